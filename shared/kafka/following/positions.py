"""How far a reader is: what it has read of which run while which alias was the newest.

Values only, to be stored with its own data.

Kept as the committed offsets of a group, each with the turns of its partition as metadata (``offsets``,
``from_offsets``), or as JSON wherever the reader keeps what it made of the records.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import orjson
from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata
from msgspec import Struct

from shared.wire import topics


class Turn(Struct, frozen=True, kw_only=True):
    """What was read of every run, by partition, while the alias of *epoch* was the newest.

    It lies from *begins* to before *ends*.

    A run that has just left the alias is still read *until* an offset, to finish the threads that it
    delivered in part.
    """

    epoch: int
    begins: dict[str, list[int]]
    ends: dict[str, list[int]]
    until: dict[str, list[int]] = {}


class Positions(Struct, frozen=True):
    """All that a reader must keep: its turns in order, of which the last goes on.

    *horizon*: by raw partition, the end of ``articles.raw`` when the last turn began; no thread that begins
    there or later was delivered in an earlier turn.
    """

    turns: list[Turn] = []
    horizon: list[int] = []

    def runs(self) -> set[str]:
        """Return every run of which something was read."""
        return {run for turn in self.turns for run in turn.begins}

    def offsets(self, topic: topics.Topic) -> dict[TopicPartition, OffsetAndMetadata]:
        """Return these positions as offsets that a group commits: all of them together, or none."""
        offsets = {}
        for run in sorted(self.runs()):
            of_run = [turn for turn in self.turns if run in turn.begins]
            for partition, offset in enumerate(of_run[-1].ends[run]):
                rows = [
                    [
                        turn.epoch,
                        turn.begins[run][partition],
                        turn.ends[run][partition],
                        *[until[partition] for until in _until(turn, run)],
                    ]
                    for turn in of_run
                ]
                metadata = orjson.dumps({"turns": rows, "horizon": self.horizon}).decode()
                offsets[TopicPartition(topics.spelled(topic.name, run), partition)] = OffsetAndMetadata(
                    offset, metadata
                )
        return offsets

    @classmethod
    def from_offsets(
        cls, topic: topics.Topic, runs: Collection[str], committed: Mapping[TopicPartition, OffsetAndMetadata]
    ) -> Positions:
        """Return what a group has committed for *topic* in *runs*; ValueError when others wrote it."""
        turns: dict[int, Turn] = {}
        horizon: list[int] = []
        for run in runs:
            of_run = sorted(
                (part.partition, offset)
                for part, offset in committed.items()
                if part.topic == topics.spelled(topic.name, run)
            )
            for _, offset in of_run:
                stored = orjson.loads(offset.metadata)
                horizon = stored["horizon"]
                for epoch, begin, end, *until in stored["turns"]:
                    turn = turns.setdefault(epoch, Turn(epoch=epoch, begins={}, ends={}))
                    turn.begins.setdefault(run, []).append(begin)
                    turn.ends.setdefault(run, []).append(end)
                    if until:
                        turn.until.setdefault(run, []).append(until[0])
        return cls([turns[epoch] for epoch in sorted(turns)], horizon)


def begin(turns: Sequence[Turn], run: str, partition: int, covers: Callable[[int], bool]) -> int:
    """Return the offset at which to read *run* in a new turn.

    It is the end of the gapless reading that *covers* (asked by epoch) what the run owns now, and never
    beyond the end of its last turn.
    """
    of_run = [turn for turn in turns if run in turn.begins and partition < len(turn.begins[run])]
    spans = [
        (turn.begins[run][partition], turn.ends[run][partition]) for turn in of_run if covers(turn.epoch)
    ]
    reached = 0
    while (further := max((end for start, end in spans if start <= reached), default=reached)) > reached:
        reached = further
    return min(reached, of_run[-1].ends[run][partition]) if of_run else 0


def _until(turn: Turn, run: str) -> list[list[int]]:
    return [turn.until[run]] if run in turn.until else []
