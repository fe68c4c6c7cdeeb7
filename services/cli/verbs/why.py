"""``khabar why``: the reasons of a link, or of its absence."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click
import msgspec
import orjson

from services.archive.reading import article_page
from services.cli import speech, story_words, which_broker
from services.cli.lookups import archive_lookup, shown_run
from services.cli.lookups.archive_lookup import archived
from services.cli.lookups.article_lookup import linked
from services.cli.lookups.story_lookup import moves
from services.cli.lookups.story_lookup import story as looked_up
from services.cli.lookups.topic_search import Look, Seen, looking
from services.stages import work
from shared.settings import Settings
from shared.wire import state_version, topics

if TYPE_CHECKING:
    from services.link.memory.lane_state import LaneState


@click.command()
@click.argument("doc")
@click.argument("story", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(doc: str, story: str | None, *, as_json: bool) -> None:
    """Show why article DOC is in its story, or why it is not in STORY.

    Ids may be cut short; whole ones are found at once.

    Every reason has its weight (in log-odds) and the words of both articles; the weights add up to the score.

    Example: khabar why 3eb1ae8f
    """
    settings = which_broker.known()
    if story is None:
        article, since = _archived(settings, doc) or asyncio.run(_decided(which_broker.connected(), doc))
        if as_json:
            speech.json_line({"doc_id": article["doc_id"], "linked": article["linked"], "since": since})
        else:
            story_words.decision(article)
            for event in since:
                story_words.moved(event)
        return
    weighed = asyncio.run(_elsewhere(which_broker.connected(), doc, story))
    if as_json:
        speech.json_line(weighed)
        return
    speech.line(
        f"article {weighed['doc_id']} and story {weighed['story_id']}: probability {weighed['score']:.2f}"
    )
    story_words.reasons(weighed)
    if weighed["too_long_days"]:
        speech.line(
            f"  with it the story would last {weighed['too_long_days']} days, longer than one event may"
        )


def _archived(settings: Settings, doc: str) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    """Return the same from the archive, where there is one that has the article."""
    with archived(settings) as archive:
        doc_id = None if archive is None else archive_lookup.document(archive, doc)
        page = None if archive is None or doc_id is None else article_page.article(archive, doc_id)
        return (
            None
            if page is None
            else (orjson.loads(page.raw), [msgspec.to_builtins(one.event) for one in page.events])
        )


async def _decided(settings: Settings, doc: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the article as it was linked last, and what has moved it since."""

    async def found(look: Look) -> tuple[Seen, tuple[dict[str, Any], list[dict[str, Any]]]]:
        seen = await linked(look, doc)
        return seen, (seen.value, await moves(look, seen))

    return await shown_run.of_article(settings, found)


async def _elsewhere(settings: Settings, doc: str, story: str) -> dict[str, Any]:
    """Return what the linker now would say to *doc* in *story*; raises Failure if it forgot either."""
    from services.link.model import model  # noqa: PLC0415 - what the linker needs is loaded for this question alone
    from services.link.reasons.why_not import explain  # noqa: PLC0415

    async with looking(await shown_run.newest(settings)) as look:
        article = (await linked(look, doc)).value
        seen, _ = await looked_up(look, story)
        state = await _lane_state(look)
    weighed = explain(state, article["doc_id"], seen.value["story_id"], model())
    if weighed is None:
        raise speech.Failure(
            "the linker no longer holds both: a story closes days after its last article",
            "its own reasons: ./khabar why DOC",
        )
    return weighed


async def _lane_state(look: Look) -> LaneState:
    """Return what the linker remembers: of its live stories, so this one topic is read whole."""
    from services.link.memory.lane_state import LaneState  # noqa: PLC0415

    linker = work("link")
    state, where = linker.state(), await look.stretches(topics.changelog(linker.name))
    if not isinstance(state, LaneState):
        raise TypeError("link keeps another state")
    async for records in look.batches(where, "what the linker remembers"):
        for record in records:
            state_version.check(record.headers, linker, record.partition)
            state.apply(record.key, record.value)
    return state
