"""``khabar why``: the reasons of a link, or of its absence."""

from __future__ import annotations

import asyncio

import click

from services.cli import look, show, telling, where
from services.link.explain import explain
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
    if story is not None:
        article = asyncio.run(_elsewhere(settings, article, story))
    if as_json:
        show.json_line({"doc_id": article["doc_id"], "linked": article["linked"]})
    else:
        telling.decision(article)


async def _elsewhere(settings: Settings, article: dict[str, object], story: str) -> dict[str, object]:
    """Return the article with the link it would have to *story*."""
    seen, _ = look.resolve(await look.stories(settings), story)
    state = work("link").state()
    for record in await look.read(settings, topics.changelog("link")):
        state.apply(record.key, record.value)
    return article | {"linked": explain(state, str(article["doc_id"]), seen.value["story_id"])}
