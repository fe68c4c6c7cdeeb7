"""``khabar replay diff``: what a run would change."""

from __future__ import annotations

import asyncio
import sys

import click

from services.cli import speech, which_broker
from services.cli.actor import actor
from services.cli.replays import diff_words
from services.replay.comparing import kept_diff
from services.replay.comparing.comparison import Comparison, NothingThere, compare
from shared.kafka import runs
from shared.records.run import Run
from shared.settings import Settings
from shared.wire import headers, topics

KEPT = 3
"""Examples of a field in JSON where no number was asked for."""

SHOWN = 12
"""Splits, merges and moves that the page shows, of each."""


@click.command()
@click.argument("name")
@click.option(
    "--against",
    default=topics.LIVE,
    show_default=True,
    metavar="RUN",
    help="Compare with live, or with this run.",
)
@click.option(
    "--examples", type=click.IntRange(0, 1000), metavar="N", help="Show every field, with N examples of each."
)
@click.option("--keep", is_flag=True, help="Also write it down, so that the page shows it: /runs/NAME.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def diff(name: str, against: str, examples: int | None, *, keep: bool, as_json: bool) -> None:
    """Show what the run NAME made otherwise than live: articles, their fields, and stories.

    Articles are matched by id and revision, stories compared by who is together.

    The exit status is 0 when nothing differs, and 1 when something does or the run has not finished.

    Example: khabar replay diff better-names
    """
    settings = which_broker.connected()
    kept = examples if examples is not None else KEPT if as_json else 1
    found = asyncio.run(_compared(settings, name, against, max(kept, SHOWN) if keep else kept))
    if keep:
        made = kept_diff.record_of(found, at=headers.now(), by=actor())
        asyncio.run(kept_diff.keep(settings, made))
        found = found.with_examples(kept)
    if as_json:
        speech.json_line(diff_words.as_object(found))
    else:
        diff_words.show(found, examples)
    if not found.alike:
        sys.exit(speech.FOUND_WRONG)


async def _compared(settings: Settings, name: str, against: str, examples: int) -> Comparison:
    """Return what the run *name* changes; raises Failure when one of the two is not there."""
    if name == against:
        raise speech.Failure(
            f"{name} is the same on both sides", "give another run with --against", code=speech.WRONG_USE
        )
    run = await _known(settings, name)
    other = None if against == topics.LIVE else await _known(settings, against)
    lines: dict[str, speech.Progress] = {}

    def shown(what: str, done: int, of: int) -> None:
        at = lines.setdefault(what, speech.Progress(f"reading {what}, offset", of))
        if done < of:
            at.show(done)
        else:
            at.end()

    try:
        return await compare(settings, run, other, examples=examples, shown=shown)
    except NothingThere as error:
        raise speech.Failure(
            str(error), f"see what the run does with: ./khabar replay status {name}"
        ) from None


async def _known(settings: Settings, name: str) -> Run:
    found = await runs.load(settings, name)
    if found is None:
        raise speech.Failure(
            f"there is no run {name}", "list the runs with: ./khabar replay status", code=speech.WRONG_USE
        )
    if found.state == "dropped":
        raise speech.Failure(
            f"run {name} was dropped, and its topics with it", "plan it anew with: ./khabar replay plan"
        )
    return found
