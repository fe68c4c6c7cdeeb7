"""Runs that must give the same stories, or nearly: a labelled stream spoilt in small ways, replayed, and
restored halfway.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import msgspec

from services.link.memory.lane_state import LaneState
from services.link.model import Model
from services.link.numeric.time_units import HOUR_S
from services.link.reading.signature import Signature
from services.workshop.judging.link.labelled_stream import COMPARED, Stream, change
from services.workshop.judging.link.labels import labelled
from services.workshop.streams.link_fold import folded, record_of, signed
from services.workshop.streams.tape import BATCH, Tape, restored

HALF_SPACE = "\u200c"
SHIFTED, SHIFT_S = "fa", 3 * HOUR_S
HASH_SEED = "1"


def twin_runs(found: Stream, arrival: Mapping[str, Any], settings: Model) -> dict[str, Any]:
    """Return the figures of each twin with its change from the order of *arrival*, and whether the replays
    gave the same bytes.
    """
    runs = {"half_spaces_stripped": stripped(found), f"{SHIFTED}_3_hours_later": shifted(found.signatures)}
    out: dict[str, Any] = {}
    for name, articles in runs.items():
        figures = labelled(folded(articles, settings).story_of, found.labels)
        out[name] = {kind: figures[kind] for kind in (*COMPARED, "recall")} | {
            "change": change(figures, arrival)
        }
    return out | {"same_bytes": same_bytes(found, settings)}


def stripped(found: Stream) -> list[Signature]:
    """Return the stream as a scraper that loses half-spaces would have given it, through all stages."""
    return signed(
        [record_of({**row, "text": row["text"].replace(HALF_SPACE, "")}) for row in found.rows], found.earlier
    )


def shifted(articles: list[Signature]) -> list[Signature]:
    """Return the stream with the times of publication of one language moved, as a wrong time zone does."""
    replace = msgspec.structs.replace
    return [replace(s, at=s.at + SHIFT_S) if s.at is not None and s.lang == SHIFTED else s for s in articles]


def same_bytes(found: Stream, settings: Model) -> dict[str, bool]:
    """Tell whether a replay from the start in a fresh process, and lanes restored halfway, send and remember
    the same bytes.
    """
    tape = Tape(cut=len(found.signatures) // 2 // BATCH * BATCH)
    folded(found.signatures, settings, watch=tape)
    out = {"replayed": replayed(found, settings) == tape.whole.hexdigest()}
    for name, tombstones in (("restored", False), ("restored_with_tombstones", True)):
        out[name] = (
            continued(found.signatures[tape.cut :], restored(tape, tombstones=tombstones), settings)
            == tape.rest.hexdigest()
        )
    return out


def continued(articles: list[Signature], state: LaneState, settings: Model) -> str:
    """Return the hash of articles folded into *state*, or what was raised: a lane that stops is another lane
    too.
    """
    tape = Tape()
    try:
        folded(articles, settings, state=state, watch=tape)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other figures are wanted
        return f"{type(error).__name__} after {tape.seen}"
    return tape.whole.hexdigest()


def replayed(found: Stream, settings: Model) -> str:
    """Return the hash of the whole stream folded in a fresh process with another hash seed."""
    given = b"\n".join([msgspec.json.encode(settings), *found.values])
    command = [sys.executable, "-m", "services.workshop.streams.tape"]
    done = subprocess.run(  # noqa: S603 - our own module
        command, input=given, env=os.environ | {"PYTHONHASHSEED": HASH_SEED}, capture_output=True, check=True
    )
    return done.stdout.decode().strip()
