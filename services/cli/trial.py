"""``khabar try``: all stages in memory on files, no broker."""

from __future__ import annotations

import time
from itertools import chain
from typing import Any

import click
import msgspec
import orjson

from services.cli import show, telling, trace
from services.cli.dead import MEANING
from services.extract.marked import marked
from services.feed.core import raw_of
from services.feed.pages import Page, pages
from services.stages import STAGES, all_work
from shared import codec, headers, topics
from shared.errors import BadRecord
from shared.records import Mention
from shared.testing import Pipeline, Stored


@click.command()
@click.argument("sources", nargs=-1, required=True)
@click.option("--source", "source_id", default="", help="Source id of items that name none.")
@click.option("--fetched", default="", help="When the pages were fetched (RFC 3339), by default now; «yesterday» counts from it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an article, whole, then one a story.")
def command(sources: tuple[str, ...], source_id: str, fetched: str, *, as_json: bool) -> None:
    """See what the engine would make of pages: files, folders, JSON lines, or - for stdin. Nothing is stored.

    Example: khabar try tests/seeds
    """
    pipeline = Pipeline(all_work())
    read = 0
    for page in chain.from_iterable(pages(source, source_id) for source in sources):
        read += 1
        _send(pipeline, page, fetched or headers.rfc3339(time.time_ns() // 1_000_000))
    articles = [orjson.loads(one.value or b"") for one in pipeline.topics.get(topics.LINKED.name, [])]
    stories = {one.key: orjson.loads(one.value or b"") for one in pipeline.topics.get(topics.STORIES.name, [])}
    letters = [one for stage in ("feed", *STAGES) for one in pipeline.topics.get(topics.dead(stage), [])]
    if as_json:
        for value in [*articles, *stories.values(), *map(_letter, letters)]:
            show.json_line(value)
    else:
        for article in articles:
            _article(article)
        for story in stories.values():
            if story["status"] != "merged":
                show.line()
                telling.story(story)
        for letter in letters:
            found = _letter(letter)
            show.line(f"\n{show.plain(found['page'])}: refused by {found['stage']}, {MEANING[found['reason']]} ({found['detail']})")
    if letters:
        raise show.Failure(f"{len(letters)} of {read} pages could not be processed")


def _send(pipeline: Pipeline, page: Page, fetched: str) -> None:
    try:
        if page.refused is not None or page.item is None:
            raise page.refused or BadRecord("empty_text")
        raw = raw_of(page.item, page.payload, now=fetched)
    except BadRecord as error:
        letter = [("khabar-stage", b"feed"), (headers.REASON, error.reason.encode()), ("khabar-detail", error.detail.encode())]
        pipeline.send(topics.dead("feed"), page.where.encode(), page.original, letter)
        return
    pipeline.send(topics.RAW.name, raw.source.id.encode(), codec.encode(raw), [("page", page.where.encode())])


def _letter(letter: Stored) -> dict[str, str]:
    said = {name: headers.get(letter.headers, f"khabar-{name}") or "" for name in ("stage", "reason", "detail")}
    page = headers.get(letter.headers, "page") or (letter.key or b"").decode("utf-8", "replace")
    return {"page": page, **said}


def _article(article: dict[str, Any]) -> None:
    show.line(f"\narticle {article['doc_id']}  {show.plain(article['source']['id'])}")
    for text in [*trace.clean(article["clean"]), *trace.detect(article["language"]), *trace.extract(article["entities"])]:
        show.line(f"  {text}")
    mentions = msgspec.convert(article["entities"]["mentions"], list[Mention])
    show.line()
    show.line(marked(article["clean"]["text"], mentions))
    show.line()
    telling.decision(article)
