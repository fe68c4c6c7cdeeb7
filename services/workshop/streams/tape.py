"""What a lane sends and remembers: a running hash of every byte, and the changelog as its batches write it.

Run as a module: a replay.

``python -m services.workshop.streams.tape`` reads settings, then extracted records, one a line, and prints
the hash of the whole.
"""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass, field

import msgspec

from services.link.changes import Changes
from services.link.memory.lane_state import LaneState
from services.link.model import Model
from services.link.reading.signature import Signature
from services.link.stage import emitted
from services.workshop.streams.link_fold import folded, signatures
from shared.contract import Message, Origin, remember
from shared.settings import Settings

BATCH = Settings().batch_records
_EMPTY = Message(None, b"{}", Origin("articles.extracted", 0, 0, 0))


@dataclass(slots=True)
class Tape:
    """Watches a fold: *whole* hashes all of it, *rest* what comes after the first *cut* articles, *log* is
    the changelog up to there.

    A lane writes the last value of a key once a batch, in the order of the last writes; a compacted log keeps
    the last of them. *cut* is a multiple of the batch, since nothing else is ever restored. The article's own
    bytes are hashed as its block alone: what it brought is the same in every run.
    """

    cut: int = 0
    batch: int = BATCH
    whole: hashlib._Hash = field(default_factory=hashlib.sha256)
    rest: hashlib._Hash = field(default_factory=hashlib.sha256)
    log: dict[bytes, bytes | None] = field(default_factory=dict)
    seen: int = 0
    _changes: dict[bytes, bytes | None] = field(default_factory=dict)

    def __call__(self, article: Signature, changes: Changes) -> None:
        """Take what one article changes."""
        sent = [
            f"{emit.topic} ".encode() + emit.key + b" " + emit.value
            for emit in emitted(_EMPTY, article, changes)
        ]
        kept = [key + b" " + (b"-" if value is None else value) for key, value in changes.updates.items()]
        for item in [*sent, *kept]:
            self.whole.update(b"%d " % len(item) + item)
            if self.seen >= self.cut:
                self.rest.update(b"%d " % len(item) + item)
        if self.seen < self.cut:
            remember(self._changes, changes.updates)
        self.seen += 1
        if self.seen % self.batch == 0:
            remember(self.log, self._changes)
            self._changes.clear()


def restored(tape: Tape, *, tombstones: bool) -> LaneState:
    """Return the state at the cut, built from the compacted changelog; *tombstones*: with the removals that
    compaction keeps for a day.
    """
    state = LaneState()
    for key, value in tape.log.items():
        if value is not None or tombstones:
            state.apply(key, value)
    return state


def main() -> None:
    """Fold the records of standard input from an empty state and print the hash of all that was sent and
    remembered.
    """
    first, *values = sys.stdin.buffer.read().split(b"\n")
    tape = Tape()
    folded(signatures(filter(None, values)), msgspec.json.decode(first, type=Model), watch=tape)
    print(tape.whole.hexdigest())  # noqa: T201


if __name__ == "__main__":
    main()
