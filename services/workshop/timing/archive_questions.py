"""What the questions of a page take on an archive of made news: wall and CPU, on one connection."""

from __future__ import annotations

import random
import resource
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from services.archive.reading import (
    archive_standing,
    article_page,
    front_page,
    meaning_search,
    past_story,
    story_page,
    word_search,
)
from services.archive.reading.answers import SearchWanted, StoriesWanted
from services.archive.reading.opening import Archive
from services.workshop.streams.made_news import DAYS_MS, MODEL, OUTLETS, News
from shared.wire.headers import rfc3339

QUESTIONS = 200


def asked(archive: Archive, news: News) -> dict[str, Any]:
    """Return what the questions of a page take, in ms: the middle and the 95th of a hundred, and the CPU of
    that one.
    """
    plan = random.Random(11)
    stories = [card.story_id for card in front_page.stories(archive, StoriesWanted(limit=200)).stories]
    docs = [one.doc_id for story in stories[:40] for one in story_page.story(archive, story).members]  # type: ignore[union-attr]

    def words() -> SearchWanted:
        lang = plan.choice(["fa", "ar", "en"])
        text = plan.choice(
            [
                news.text(lang, 9).split()[plan.randrange(5)],
                " ".join(news.text(lang, 9).split()[:2]),
                f'"{" ".join(news.text(lang, 9).split()[:2])}"',
                plan.choice(
                    [
                        "سالیوان",
                        "Sullivan",
                        "سوليفان",
                        "Blinken",
                        "تهران",
                        "Vienna",
                        "Jake Sullivan",
                        "iso:IR",
                        "iso:IR تهران",
                    ]
                ),
                f"e:person-{plan.randrange(168)} {news.text(lang, 9).split()[0]}",
            ]
        )
        narrowed: dict[str, Any] = plan.choice(
            [
                {},
                {},
                {"lang": lang},
                {"source": f"outlet-{plan.randrange(OUTLETS)}"},
                {"since": _moment(news, plan)},
            ]
        )
        return SearchWanted(text=text, **narrowed)

    def front() -> object:
        narrowed: dict[str, Any] = plan.choice(
            [
                {},
                {"lang": plan.choice(["fa", "ar", "en"])},
                {"source": f"outlet-{plan.randrange(OUTLETS)}"},
                {"place": "iso:IR"},
                {"person": f"e:person-{plan.randrange(168)}"},
                {"person": f"e:person-{plan.randrange(168)}", "lang": "fa"},
                {"event_from": _moment(news, plan)[:10], "event_to": _moment(news, plan)[:10]},
                {"since": _moment(news, plan)},
            ]
        )
        found = front_page.stories(
            archive,
            StoriesWanted(sort=plan.choice(["newest", "growing", "languages", "origins"]), **narrowed),
        )
        return found, [
            archive_standing.choices(archive, kind) for kind in ("lang", "source", "place", "person")
        ]

    def meaning() -> object:
        if plan.random() < 0.5:
            return meaning_search.alike(archive, plan.choice(docs))
        with archive.look() as db:
            near = archive.vectors(db).nearest(
                news.vector(plan.randrange(60_000)).astype(np.float32), (MODEL,), 1000
            )
            return meaning_search.hits_of(db, near, SearchWanted(text="", lang=plan.choice([None, "fa"])))

    begun, cpu = time.perf_counter(), time.process_time()
    meaning()
    first = {
        "wall": round((time.perf_counter() - begun) * 1000),
        "cpu": round((time.process_time() - cpu) * 1000),
    }
    return {
        "front_page_ms": _timed(front),
        "words_ms": _timed(lambda: word_search.by_words(archive, words())),
        "meaning_ms": _timed(meaning),
        "first_meaning_ms": first,
        "story_ms": _timed(lambda: story_page.story(archive, plan.choice(stories))),
        "past_story_ms": _timed(
            lambda: past_story.story_at(archive, plan.choice(stories), rfc3339(news.until_ms))
        ),
        "article_ms": _timed(lambda: article_page.article(archive, plan.choice(docs))),
        "reader_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _moment(news: News, plan: random.Random) -> str:
    return rfc3339(news.until_ms - plan.randrange(DAYS_MS))


def _timed(ask: Callable[[], object]) -> dict[str, float]:
    walls, cpus = list[float](), list[float]()
    for _ in range(QUESTIONS):
        wall, cpu = time.perf_counter(), time.process_time()
        ask()
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((time.process_time() - cpu) * 1000)
    return {
        "p50": round(statistics.median(walls), 1),
        "p95": _p95(walls),
        "most": round(max(walls), 1),
        "cpu_p50": round(statistics.median(cpus), 1),
        "cpu_p95": _p95(cpus),
    }


def _p95(taken: list[float]) -> float:
    return round(statistics.quantiles(taken, n=20)[-1], 1)
