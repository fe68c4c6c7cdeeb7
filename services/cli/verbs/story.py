"""``khabar story``: a story, or the newest ones."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

import click
import orjson

from services.archive.reading import archive_standing, story_page
from services.cli import speech, story_words, which_broker
from services.cli.lookups import archive_lookup, shown_run
from services.cli.lookups.archive_lookup import archived
from services.cli.lookups.story_lookup import recent
from services.cli.lookups.story_lookup import story as looked_up
from services.cli.lookups.topic_search import looking
from shared.settings import Settings

NEWEST, NEWEST_ARCHIVED = 20, 500


@click.command()
@click.argument("story", required=False)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="The record as it is; without STORY one object a story that was read.",
)
def command(story: str | None, *, as_json: bool) -> None:
    """Show a story by its id or the beginning of it, or list the newest ones.

    A merged story's id leads to the one it went into.

    Where an archive is kept, it answers. Else the newest are those of the last records: of a large topic only
    its end is read.

    Example: khabar story
    """
    settings = which_broker.known()
    if story is not None:
        _one(
            *(_archived(settings, story) or asyncio.run(_looked_up(which_broker.connected(), story))),
            as_json=as_json,
        )
        return
    found = _newest_archived(settings) or asyncio.run(_recent(which_broker.connected()))
    if as_json:
        for value in found.stories:
            speech.json_line(value)
    elif not found.stories:
        speech.line("No stories yet. Feed pages with: ./khabar feed FILE…")
    else:
        _table(found)


class _Newest(NamedTuple):
    """Records of the newest stories, and in words of how many."""

    stories: list[dict[str, Any]]
    of: str


def _archived(settings: Settings, wanted: str) -> tuple[dict[str, Any], list[str]] | None:
    """Return the story from the archive, where there is one that has it."""
    with archived(settings) as archive:
        return None if archive is None else archive_lookup.story(archive, wanted)


async def _looked_up(settings: Settings, story: str) -> tuple[dict[str, Any], list[str]]:
    async with looking(await shown_run.newest(settings)) as look:
        seen, passed = await looked_up(look, story)
        return seen.value, passed


def _newest_archived(settings: Settings) -> _Newest | None:
    with archived(settings) as archive:
        if archive is None:
            return None
        found = [orjson.loads(value) for value in story_page.newest_records(archive, NEWEST_ARCHIVED)]
        return _Newest(found, f"{archive_standing.story_count(archive):,} in the archive")


async def _recent(settings: Settings) -> _Newest:
    async with looking(await shown_run.newest(settings)) as look:
        found = await recent(look, NEWEST)
    of = "" if found.whole else f" in the last {found.records:,} records"
    return _Newest([seen.value for seen in found.stories], f"{len(found.stories)}{of}")


def _one(value: dict[str, Any], passed: list[str], *, as_json: bool) -> None:
    if as_json:
        speech.json_line(value)
        return
    story_words.story(value, passed)
    speech.line(f"Why are they together? ./khabar why {value['doc_ids'][-1]}")


def _table(found: _Newest) -> None:
    newest = found.stories[:NEWEST]
    rows = [
        (
            one["story_id"][:8],
            one["last_at"][:16],
            one["members"]["n"],
            " ".join(one["members"]["by_lang"]),
            speech.isolate(speech.cut(_headline(one), 46)),
        )
        for one in newest
    ]
    speech.table(("story", "last (UTC)", "articles", "languages", "headline"), rows)
    speech.line(
        f"\nThe newest {len(newest)} of {found.of}. See one whole: ./khabar story {newest[0]['story_id']}"
    )


def _headline(value: dict[str, dict[str, str]]) -> str:
    return next(iter(value["label"].values()), "(no headline)")
