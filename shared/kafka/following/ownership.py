"""Whether a record is due: decided from the reader's positions and the aliases, without a look at Kafka.

A thread is a raw record and all that was made from it. It belongs to the run from which something of it was
delivered first; if nothing was, to the run that the newest alias names. What earlier turns delivered is not
stored. It is worked out by reading their stretches again (``enter``), and only when a record comes that may
have been delivered before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from shared.kafka.following.origins import RecordPlace, Thread
from shared.kafka.following.positions import Positions, Turn, begin
from shared.records.alias import Alias


class FirstDelivery(NamedTuple):
    """The run that delivered something of a thread first, and the number of the turn it did so in."""

    run: str
    turn: int


FirstDeliveries = dict[RecordPlace, FirstDelivery]
"""The first delivery of each thread that may have changed hands."""


class Ownership:
    """The decisions of one turn.

    *aliases* are those of all turns, by epoch, narrowed to the topic that is read.
    """

    def __init__(self, positions: Positions, aliases: Mapping[int, Alias], raw_partitions: int) -> None:
        *self.closed, last = positions.turns
        self.alias = aliases[last.epoch]
        self.aliases = aliases
        self.horizon = positions.horizon
        aliases_read = [aliases[turn.epoch] for turn in positions.turns]
        self._first = self.alias.segments[0].run
        self._lowest = [
            min((low for alias in aliases_read if (low := alias.lowest(number)) is not None), default=None)
            for number in range(raw_partitions)
        ]

    def is_new(self, thread: Thread) -> bool:
        """Tell whether nothing of this thread can have been delivered in an earlier turn."""
        if not self.closed:
            return True
        return (
            thread.raw is not None
            and thread.raw[0] < len(self.horizon)
            and thread.raw[1] >= self.horizon[thread.raw[0]]
        )

    def stays(self, thread: Thread) -> bool:
        """Tell whether this thread has belonged to the first run in every turn."""
        if thread.raw is None:
            return False
        partition, offset = thread.raw
        low = self._lowest[partition] if partition < len(self._lowest) else 0
        return low is None or offset < low

    def needs_former(self, thread: Thread) -> bool:
        """Tell whether ``is_due`` must know what earlier turns delivered."""
        return not self.is_new(thread) and not self.stays(thread)

    def enter(self, former: FirstDeliveries, turn: int, run: str, threads: Iterable[Thread]) -> None:
        """Enter into *former* the threads that closed *turn* delivered from *run*; turns come in order."""
        alias = self.aliases[self.closed[turn].epoch]
        for thread in threads:
            if not self.stays(thread) and thread.place not in former and alias.owner(thread.raw) == run:
                former[thread.place] = FirstDelivery(run, turn)

    def is_due(
        self, thread: Thread, run: str, partition: int, offset: int, *, former: FirstDeliveries
    ) -> bool:
        """Tell whether the record of *run* at *offset*, met in the last turn, is to be delivered."""
        if self.is_new(thread):
            return self.alias.owner(thread.raw) == run
        first = FirstDelivery(self._first, 0) if self.stays(thread) else former.get(thread.place)
        if first is None:
            return self.alias.owner(thread.raw) == run
        return first.run == run and not any(
            _has_read(turn, run, partition, offset) for turn in self.closed[first.turn :]
        )


def with_new_turn(
    positions: Positions,
    aliases: Mapping[int, Alias],
    epoch: int,
    *,
    partitions: int,
    horizon: list[int],
    ends: Mapping[str, list[int]],
) -> Positions:
    """Return the positions of a reader who has just noticed the alias of *epoch*.

    *partitions*: how many partitions the topic has. *horizon*: the ends of ``articles.raw`` now. *ends*:
    those of the topic, by run, for every run that was read.
    """
    alias, turns = aliases[epoch], [turn for turn in positions.turns if turn.begins != turn.ends]
    begins: dict[str, list[int]] = {}
    until: dict[str, list[int]] = {}
    for segment in alias.segments:
        covers = _covering(aliases, alias, segment.run, len(horizon))
        begins[segment.run] = [
            begin(turns, segment.run, partition, covers) for partition in range(partitions)
        ]
    last = turns[-1] if turns else Turn(epoch=0, begins={}, ends={})
    # a run that left the alias may have delivered part of a thread: it is read on to its present end
    for run in last.begins.keys() - begins.keys():
        begins[run] = last.ends[run]
        until[run] = last.until.get(run, ends.get(run, last.ends[run]))
    new = Turn(epoch=epoch, begins=begins, ends={run: list(row) for run, row in begins.items()}, until=until)
    return Positions([*turns, new], horizon)


def _covering(
    aliases: Mapping[int, Alias], alias: Alias, run: str, raw_partitions: int
) -> Callable[[int], bool]:
    """Return what tells of an earlier epoch whether *run* had all then that it has under *alias*."""
    owned_now = alias.owned(run, raw_partitions)

    def covers(epoch: int) -> bool:
        former = aliases[epoch]
        return run in {segment.run for segment in former.segments} and owned_now.within(
            former.owned(run, raw_partitions)
        )

    return covers


def _has_read(turn: Turn, run: str, partition: int, offset: int) -> bool:
    if run not in turn.begins or partition >= len(turn.begins[run]):
        return False
    return turn.begins[run][partition] <= offset < turn.ends[run][partition]
