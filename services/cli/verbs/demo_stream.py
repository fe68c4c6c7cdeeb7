"""The stream of ``khabar demo``: three days of invented news in six languages, and what to look at in it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

from services.checkout import STREAM
from services.cli import speech
from services.cli.lookups.article_lookup import newest_linked
from services.cli.lookups.topic_search import Look, looking
from services.cli.worker_processes import Engine
from services.feed.core import canonical_url, doc_id
from services.feed.feeding import feed
from services.feed.reading import named
from services.feed.reading.job import Job
from shared.settings import Settings

LIMIT_SECONDS = 300.0
LAST = ("gulf-courier.example", "region/dust-ahvaz-cost")
"""The article that is waited for besides those of SIGHTS: the last that is fed."""

SIGHTS = (
    ("story", "wakalat-alrafid.example", "news/7712", "an earthquake, told in six languages"),
    (
        "why",
        "payam-aras.example",
        "news/88139/مصدومان-ماکو",
        "the article that said 17 injured where the others said 12",
    ),
    (
        "trace",
        "gulf-courier.example",
        "region/maku-earthquake",
        "a page whose headline and number were changed without a word",
    ),
    ("why", "rooznegar.example", "news/301598", "a near copy of an agency's report"),
    ("story", "karunpress.example", "news/19903", "… and how few origins seven articles rest on"),
    (
        "story",
        "sindh-chronicle.example",
        "city/fire-grid-station",
        "a fire and a power cut: two stories, until an article told of both",
    ),
    ("story", "dijla-alyawm.example", "iraq/55081", "a committee meets in Basra …"),
    (
        "story",
        "wakalat-alrafid.example",
        "news/7826",
        "… and two days later in Ahvaz: the same people, another story",
    ),
    (
        "why",
        "karunpress.example",
        "news/19911",
        "experts meet in Vienna: the places of the two pages, but other people: another story",
    ),
)
"""Verb, outlet and path of an article, and what it shows.

`tests/golden/test_demo_stream.py` holds them to it.
"""


async def fed(
    settings: Settings, engine: Engine, stop: threading.Event, *, say: Callable[[str], None]
) -> list[str]:
    """Feed the stream, wait until it is linked or *stop* is set, and return lines on what to look at."""
    report = await feed(settings, named.submissions([str(STREAM)], Job()), stop=stop)
    say(f"fed {STREAM.name}, {report.accepted} pages; waiting for them to be linked …")
    ids = [named_id(outlet, path) for _, outlet, path, _ in SIGHTS]
    async with looking(settings) as look:
        stories = await _linked(look, engine, [*ids, named_id(*LAST)], stop)
    if stop.is_set():
        return []
    if len(stories) <= len(ids):
        say(f"not all of it is linked after {LIMIT_SECONDS:.0f} s; it goes on: see ./khabar status")
    lines = ["Three days of invented news in six languages are in it too:"]
    for (verb, _, _, words), doc in zip(SIGHTS, ids, strict=True):
        if doc in stories:
            lines.append(f"  ./khabar {verb:5s} {(stories[doc] if verb == 'story' else doc)[:8]}   {words}")
    return [*lines, "  ./khabar dead list        a page without an article in it"]


def named_id(outlet: str, path: str) -> str:
    """Return the id that feed gives to the article of *outlet* at *path*."""
    return doc_id(outlet, "canonical_url", canonical_url(f"https://www.{outlet}/{path}"))


async def _linked(look: Look, engine: Engine, docs: list[str], stop: threading.Event) -> dict[str, str]:
    """Wait until *docs* are linked and return their stories, without those late or not before *stop*."""
    deadline, found = time.monotonic() + LIMIT_SECONDS, dict[str, str]()
    while time.monotonic() < deadline and not stop.is_set():
        for doc in docs:
            if doc not in found and (seen := await newest_linked(look, doc)) is not None:
                found[doc] = ""
        if len(found) == len(docs):
            break
        if ended := engine.endings():
            raise speech.Failure(ended, f"its log: {engine.logs}", code=speech.OUTSIDE_FAILED)
        await asyncio.sleep(0.2)
    for doc in found:  # once more: a merge or a move may have come since, and a later revision
        if (seen := await newest_linked(look, doc)) is not None:
            found[doc] = seen.value["linked"]["story_id"]
    return found
