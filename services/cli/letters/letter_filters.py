"""Which dead letters a command means: its options, and how to say the same again."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Sequence
from typing import Any

import click

from services.cli.option_kinds import moment
from services.cli.speech import WRONG_USE, Failure
from services.dead.selection import Selection
from services.stages import VIEWS
from shared.errors import REASONS
from shared.wire import headers
from shared.wire.headers import rfc3339
from shared.wire.topics import STAGES

SOURCES = ("feed", *STAGES, *VIEWS)

OPTIONS = (
    click.option(
        "--stage",
        multiple=True,
        type=click.Choice(SOURCES),
        metavar="STAGE",
        help="Only letters of this stage; may be given again.",
    ),
    click.option(
        "--reason",
        multiple=True,
        type=click.Choice(REASONS),
        metavar="REASON",
        help="Only letters with this reason; may be given again.",
    ),
    click.option("--source", default="", help="Only letters whose record names this source."),
    click.option("--doc", default="", help="Only letters of the document whose id begins so."),
    click.option(
        "--since",
        default="",
        help="Only letters written then or later: 2026-01-31T12:00:00Z, or 3d, 12h, 30m ago.",
    ),
    click.option("--until", default="", help="Only letters written before then."),
)


def filters[F: Callable[..., Any]](command: F) -> F:
    """Give *command* the options that narrow letters down."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def meant(chosen: dict[str, Any], names: Sequence[str] = ()) -> Selection:
    """Return what the options *chosen* and the letters named take; raises Failure on a bad name or time."""
    stages = tuple(dict.fromkeys(stage_of(name) for name in names))
    asked = chosen["stage"]
    now_ms = time.time_ns() // 1_000_000
    return Selection(
        stages=tuple(
            stage for stage in SOURCES if stage in (stages or SOURCES) and stage in (asked or SOURCES)
        ),
        names=frozenset(names),
        reasons=frozenset(chosen["reason"]),
        source=chosen["source"],
        document=chosen["doc"],
        since_ms=moment(chosen["since"], now_ms) if chosen["since"] else 0,
        until_ms=moment(chosen["until"], now_ms) if chosen["until"] else None,
    )


def narrowed(chosen: dict[str, Any], names: Sequence[str]) -> Selection:
    """Return the same for a command that changes something.

    Some letters must be named, and what comes from now on is left out.
    """
    if not names and not any(chosen.values()):
        raise Failure(
            "say which letters",
            "name some (clean/17), or narrow them down by --reason, --stage, --since …",
            code=WRONG_USE,
        )
    return meant({**chosen, "until": chosen["until"] or headers.now()}, names)


def again(verb: str, selection: Selection, *flags: str) -> str:
    """Return the command that means *selection* and nothing else, whenever it is given."""
    words = [verb, *sorted(selection.names)]
    if not selection.names:
        words += [
            word for stage in selection.stages if selection.stages != SOURCES for word in ("--stage", stage)
        ]
    words += [word for reason in sorted(selection.reasons) for word in ("--reason", reason)]
    words += ["--source", selection.source] * bool(selection.source) + ["--doc", selection.document] * bool(
        selection.document
    )
    words += ["--since", rfc3339(selection.since_ms)] * bool(selection.since_ms)
    if selection.until_ms is not None and not selection.names:
        words += ["--until", rfc3339(selection.until_ms)]
    return f"./khabar dead {shlex.join([*words, *flags])}"


def stage_of(name: str) -> str:
    """Return the stage of the letter called *name*; raises Failure when that is no name of a letter."""
    stage, _, offset = name.partition("/")
    if stage not in SOURCES or not offset.isdigit():
        raise Failure(
            f"{name} is not a letter", "its form is STAGE/OFFSET, as in: ./khabar dead list", code=WRONG_USE
        )
    return stage
