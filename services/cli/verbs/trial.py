"""``khabar try``: all stages in memory on files, no broker."""

from __future__ import annotations

from typing import Any

import click
import msgspec
import orjson

from services.cli import page_sources, speech, story_words
from services.cli.letters.letter_words import MEANING
from services.cli.verbs import trace
from services.extract.marked import marked
from services.feed.core import fetched_ms, raw_of
from services.feed.reading import named
from services.feed.submission import Submission
from services.stages import all_work
from shared.errors import BadRecord
from shared.records import Mention
from shared.text.moments import milliseconds
from shared.wire import codec, headers, topics
from shared.wire.topics import STAGES
from shared.worker.in_memory import Pipeline, StoredRecord


@click.command()
@click.argument("sources", nargs=-1, required=True)
@click.option(
    "--source",
    "source_id",
    help="Source id of items that name none (by default the host of their url, or a page's folder).",
)
@click.option(
    "--fetched",
    default="",
    help="When the pages were fetched (RFC 3339), by default now; «yesterday» counts from it.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object an article, whole, then one a story.")
def command(sources: tuple[str, ...], source_id: str | None, fetched: str, *, as_json: bool) -> None:
    """See what the engine would make of pages, of all kinds that feed takes. Nothing is stored.

    Example: khabar try tests/seeds
    """
    job = page_sources.job(sources, source_id, None)
    at = _fetched(fetched)
    works = all_work()
    for work in works:
        work.warm_up()  # what a setting forbids is said once, not for every page
    pipeline = Pipeline(works)
    read = 0
    for page in named.submissions(sources, job):
        read += 1
        _send(pipeline, page, at)
    articles = [orjson.loads(one.value or b"") for one in pipeline.topics.get(topics.LINKED.name, [])]
    stories = {
        one.key: orjson.loads(one.value or b"") for one in pipeline.topics.get(topics.STORIES.name, [])
    }
    letters = [one for stage in ("feed", *STAGES) for one in pipeline.topics.get(topics.dead(stage), [])]
    if as_json:
        for value in [*articles, *stories.values(), *map(_letter, letters)]:
            speech.json_line(value)
    else:
        for article in articles:
            _article(article)
        for story in stories.values():
            if story["status"] != "merged":
                speech.line()
                story_words.story(story)
        for letter in letters:
            found = _letter(letter)
            speech.line(
                f"\n{speech.plain(found['page'])}: refused by {found['stage']}, {MEANING[found['reason']]} ({found['detail']})"
            )
    if letters:
        raise speech.Failure(f"{len(letters)} of {read} pages could not be processed")


def _fetched(given: str) -> str:
    """Return when the pages were fetched as records write it.

    Raises Failure (wrong use) when *given* is no such moment.
    """
    if not given:
        return headers.now()
    try:
        return headers.rfc3339(fetched_ms(given))
    except BadRecord as error:
        raise speech.Failure(error.detail.replace("fetched_at", "--fetched"), code=speech.WRONG_USE) from None


def _send(pipeline: Pipeline, page: Submission, fetched: str) -> None:
    try:
        if page.refused is not None or page.item is None:
            raise page.refused or BadRecord("empty_text")
        raw = raw_of(page.item, page.payload, now=_latest(page.item.fetched_at, fetched))
    except BadRecord as error:
        letter = [
            ("khabar-stage", b"feed"),
            (headers.REASON, error.reason.encode()),
            ("khabar-detail", error.detail.encode()),
        ]
        pipeline.send(topics.dead("feed"), page.where.encode(), page.original, letter)
        return
    pipeline.send(topics.RAW.name, raw.source.id.encode(), codec.encode(raw), [("page", page.where.encode())])


def _latest(given: str | msgspec.UnsetType, fetched: str) -> str:
    """Return the later of an item's own time of fetching and the one asked for.

    What an item says of itself is kept here.
    """
    try:
        return fetched if not isinstance(given, str) or fetched_ms(given) < milliseconds(fetched) else given
    except (ValueError, BadRecord):
        return fetched


def _letter(letter: StoredRecord) -> dict[str, str]:
    said = {
        name: headers.get(letter.headers, f"khabar-{name}") or "" for name in ("stage", "reason", "detail")
    }
    page = headers.get(letter.headers, "page") or (letter.key or b"").decode("utf-8", "replace")
    return {"page": page, **said}


def _article(article: dict[str, Any]) -> None:
    speech.line(f"\narticle {article['doc_id']}  {speech.plain(article['source']['id'])}")
    for text in [
        *trace.clean(article["clean"]),
        *trace.detect(article["language"]),
        *trace.extract(article["entities"]),
    ]:
        speech.line(f"  {text}")
    mentions = msgspec.convert(article["entities"]["mentions"], list[Mention])
    speech.line()
    speech.line(marked(article["clean"]["text"], mentions))
    speech.line()
    story_words.decision(article)
