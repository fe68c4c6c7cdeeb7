"""``khabar why``: the reasons of a link, or of its absence."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from services.cli import look, show, telling, where
from services.link.model import model
from services.link.state import LaneState
from services.link.why import explain
from services.stages import work
from shared import topics
from shared.settings import Settings


@click.command()
@click.argument("doc")
@click.argument("story", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(doc: str, story: str | None, *, as_json: bool) -> None:
    """Show why article DOC is in its story, or why it is not in STORY. Ids may be cut short.

    Every reason has its weight (in log-odds) and the words of both articles; the weights add up to the score.

    Example: khabar why 3eb1ae8f
    """
    settings = where.connected()
    found = asyncio.run(look.by_document(settings, doc))
    if topics.LINKED.name not in found:
        raise show.Failure("the article has not reached a story", f"see where it is with: ./khabar trace {doc}")
    article = found[topics.LINKED.name][-1].value
    if story is None:
        since = asyncio.run(look.moves(settings, article["doc_id"]))
        if as_json:
            show.json_line({"doc_id": article["doc_id"], "linked": article["linked"], "since": since})
        else:
            telling.decision(article)
            for event in since:
                telling.moved(event)
        return
    weighed = asyncio.run(_elsewhere(settings, article["doc_id"], story))
    if as_json:
        show.json_line(weighed)
        return
    show.line(f"article {weighed['doc_id']} and story {weighed['story_id']}: probability {weighed['score']:.2f}")
    telling.reasons(weighed)
    if weighed["too_long_days"]:
        show.line(f"  with it the story would last {weighed['too_long_days']} days, longer than one event may")


async def _elsewhere(settings: Settings, doc_id: str, story: str) -> dict[str, Any]:
    """Return what the linker, as it stands now, would say to *doc_id* in *story*; raises Failure when it has forgotten either."""
    seen, _ = look.resolve(await look.stories(settings), story)
    state = work("link").state()
    for record in await look.read(settings, topics.changelog("link")):
        state.apply(record.key, record.value)
    if not isinstance(state, LaneState):
        raise TypeError("link keeps another state")
    weighed = explain(state, doc_id, seen.value["story_id"], model())
    if weighed is None:
        raise show.Failure(
            "the linker no longer holds both: a story closes days after its last article", "its own reasons: ./khabar why DOC"
        )
    return weighed
