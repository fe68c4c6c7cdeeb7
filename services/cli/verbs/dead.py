"""``khabar dead``: what could not be processed, why, and the way back."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from services.cli import speech, which_broker
from services.cli.letters import letter_filters, letter_words
from services.cli.letters.letter_orders import Wish, edit, order
from services.cli.option_kinds import Rate
from services.dead import letterbox, marks
from services.dead.letter import Letter
from services.dead.marks import Mark
from services.dead.selection import Selection
from shared.settings import Settings


@click.group()
def command() -> None:
    """List, show, acknowledge, send back or drop dead letters: records that could not be processed.

    They are kept with their original bytes.

    Example: khabar dead list
    """


@command.command("list")
@letter_filters.filters
@click.option(
    "--all", "marked_too", is_flag=True, help="Those too that were redriven, edited, dropped or acknowledged."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a letter.")
def list_(*, marked_too: bool, as_json: bool, **chosen: Any) -> None:
    """List them: how many for which reason, then the newest."""
    listing = asyncio.run(
        _listed(
            which_broker.connected(), letter_filters.meant(chosen), marked_too=marked_too, as_json=as_json
        )
    )
    if not as_json:
        listing.show()


async def _listed(
    settings: Settings, selection: Selection, *, marked_too: bool, as_json: bool
) -> letter_words.Listing:
    listing, known = letter_words.Listing(), await marks.seen(settings)
    async with letterbox.letters(settings, selection) as stream:
        async for letter in stream:
            mark = known.get(letter.place)
            if mark is not None and not marked_too:
                listing.hidden += 1
            elif as_json:
                speech.json_line(letter_words.described(letter, mark))
            else:
                listing.enter(letter, mark)
    return listing


@command.command("show")
@click.argument("letter")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, the bytes as base64.")
@click.option("--raw", is_flag=True, help="Only the original bytes, untouched.")
def show_(letter: str, *, as_json: bool, raw: bool) -> None:
    """Show one: where it came from, why it died, what became of it, and its bytes.

    LETTER is STAGE/OFFSET as in the list.
    """
    found, mark = asyncio.run(_one(which_broker.connected(), letter))
    if raw:
        click.get_binary_stream("stdout").write(found.value or b"")
    elif as_json:
        speech.json_line(letter_words.described(found, mark))
    else:
        letter_words.whole(found, mark)


async def _one(settings: Settings, name: str) -> tuple[Letter, Mark | None]:
    found = await letterbox.one(settings, letter_filters.stage_of(name), name)
    if found is None:
        raise speech.Failure(f"there is no letter {name}", "list them with: ./khabar dead list")
    return found, (await marks.seen(settings)).get(found.place)


@command.command()
@click.argument("letters", nargs=-1)
@letter_filters.filters
@click.option("--rate", type=Rate(), help="At most so many letters a second: 200, or 200/s.")
@click.option(
    "--edit",
    "edited",
    is_flag=True,
    help="Change the bytes of one letter in $EDITOR first; the original stays.",
)
@click.option("--because", default="", help="Why; the audit keeps it.")
@click.option("--go", is_flag=True, help="Do it. Without this nothing is changed.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with the counts.")
def redrive(letters: tuple[str, ...], *, edited: bool, **given: Any) -> None:
    """Send letters back to where their records came from, byte for byte, each once.

    What comes back three times rests.

    Example: khabar dead redrive --stage clean --reason bug --since 3d
    """
    wish = Wish.of("edit" if edited else "redrive", letters, given)
    (edit if edited else order)(which_broker.connected(), wish)


@command.command()
@click.argument("letters", nargs=-1)
@letter_filters.filters
@click.option("--because", default="", help="Why they may stay; the audit keeps it.")
@click.option("--go", is_flag=True, help="Do it. Without this nothing is changed.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with the counts.")
def ack(letters: tuple[str, ...], **given: Any) -> None:
    """Acknowledge letters: they are known, and status speaks of them no more.

    They may still be sent back or dropped.

    Example: khabar dead ack --stage clean --since 3d --because "mended in the next release"
    """
    wish = Wish.of("ack", letters, given)
    order(which_broker.connected(), wish)


@command.command()
@click.argument("letters", nargs=-1)
@letter_filters.filters
@click.option("--because", required=True, help="Why; the audit keeps it.")
@click.option("--go", is_flag=True, help="Do it. Without this nothing is changed.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with the counts.")
def drop(letters: tuple[str, ...], **given: Any) -> None:
    """Mark letters as not worth sending back; their bytes stay until they are 90 days old.

    Example: khabar dead drop --stage feed --since 3d --because "a scraper's test"
    """
    wish = Wish.of("drop", letters, given)
    order(which_broker.connected(), wish)
