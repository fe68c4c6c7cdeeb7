"""``khabar story``: a story, or the newest ones."""

from __future__ import annotations

import asyncio

import click

from services.cli import look, show, telling, where

NEWEST = 20


@click.command()
@click.argument("story", required=False)
@click.option("--json", "as_json", is_flag=True, help="The record as it is; without STORY one object a story.")
def command(story: str | None, *, as_json: bool) -> None:
    """Show a story by the beginning of its id, or list the newest ones. A merged story's id leads to the one it went into.

    Example: khabar story
    """
    found = asyncio.run(look.stories(where.connected()))
    if story is not None:
        seen, passed = look.resolve(found, story)
        if as_json:
            show.json_line(seen.value)
        else:
            telling.story(seen.value, passed)
            show.line(f"Why are they together? ./khabar why {seen.value['doc_ids'][-1][:12]}")
        return
    newest = sorted((one.value for one in found.values() if one.value["status"] != "merged"), key=lambda one: one["last_at"], reverse=True)
    if as_json:
        for value in newest:
            show.json_line(value)
        return
    if not newest:
        show.line("No stories yet. Feed pages with: ./khabar feed FILE…")
        return
    head = ("story", "last (UTC)", "articles", "languages", "headline")
    rows = [
        (
            one["story_id"][:8],
            one["last_at"][:16],
            one["members"]["n"],
            " ".join(one["members"]["by_lang"]),
            show.isolate(show.cut(_headline(one), 46)),
        )
        for one in newest[:NEWEST]
    ]
    show.table(head, rows)
    show.line(f"\nThe newest {min(NEWEST, len(newest))} of {len(newest)}. See one whole: ./khabar story {newest[0]['story_id'][:8]}")


def _headline(value: dict[str, dict[str, str]]) -> str:
    return next(iter(value["label"].values()), "(no headline)")
