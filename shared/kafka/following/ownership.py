"""Whether a record is due: decided from the reader's positions and the aliases, without a look at Kafka.

An origin belongs to the run from which something of it was delivered first; if nothing was, to the run that
the newest alias names. Which origins were delivered in earlier turns is not kept: it follows from the turns,
by entering their stretches again (``enter``), and that is asked for only by a record that may be one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shared.kafka.following.origins import Place, Thread
from shared.kafka.following.positions import Positions, Turn, begin
from shared.records.alias import Alias

Former = dict[Place, tuple[str, int]]
"""Of origins that may change hands: the run that something of it was delivered from first, and the number of
the turn.
"""


class Ownership:
    """The decisions of one turn.

    *aliases* are those of all turns, by epoch, narrowed to the topic that is read.
    """

    def __init__(self, positions: Positions, aliases: Mapping[int, Alias], raw_partitions: int) -> None:
        *self.closed, last = positions.turns
        self.alias = aliases[last.epoch]
        self.aliases = aliases
        self.horizon = positions.horizon
        told = [aliases[turn.epoch] for turn in positions.turns]
        self._first = self.alias.segments[0].run
        self._lowest = [
            min((low for one in told if (low := one.lowest(number)) is not None), default=None)
            for number in range(raw_partitions)
        ]

    def is_new(self, thread: Thread) -> bool:
        """Say whether nothing of this origin can have been delivered in an earlier turn."""
        if not self.closed:
            return True
        return (
            thread.raw is not None
            and thread.raw[0] < len(self.horizon)
            and thread.raw[1] >= self.horizon[thread.raw[0]]
        )

    def stays(self, thread: Thread) -> bool:
        """Say whether this origin has belonged to the first run in every turn."""
        if thread.raw is None:
            return False
        partition, offset = thread.raw
        low = self._lowest[partition] if partition < len(self._lowest) else 0
        return low is None or offset < low

    def needs_former(self, thread: Thread) -> bool:
        """Say whether ``is_due`` has to know what was delivered in earlier turns."""
        return not self.is_new(thread) and not self.stays(thread)

    def enter(self, former: Former, turn: int, run: str, threads: Iterable[Thread]) -> None:
        """Enter into *former* what that closed turn delivered of *run*; turns come in order."""
        alias = self.aliases[self.closed[turn].epoch]
        for thread in threads:
            if not self.stays(thread) and thread.place not in former and alias.owner(thread.raw) == run:
                former[thread.place] = (run, turn)

    def is_due(self, thread: Thread, run: str, partition: int, offset: int, *, former: Former) -> bool:
        """Say whether the record of *run* at this place, met in the last turn, is to be delivered."""
        if self.is_new(thread):
            return self.alias.owner(thread.raw) == run
        first = (self._first, 0) if self.stays(thread) else former.get(thread.place)
        if first is None:
            return self.alias.owner(thread.raw) == run
        owner, since = first
        return owner == run and not any(
            _has_read(turn, run, partition, offset) for turn in self.closed[since:]
        )


def turned(
    positions: Positions,
    aliases: Mapping[int, Alias],
    epoch: int,
    *,
    partitions: int,
    horizon: list[int],
    ends: Mapping[str, list[int]],
) -> Positions:
    """Return the positions of a reader who has just noticed the alias of *epoch*.

    *partitions* are those of the topic that is read, *horizon* the ends of ``articles.raw`` now, *ends* those
    of the topic in every run that was read.
    """
    alias, turns = aliases[epoch], [turn for turn in positions.turns if turn.begins != turn.ends]
    begins: dict[str, list[int]] = {}
    until: dict[str, list[int]] = {}
    for segment in alias.segments:
        owns = alias.owned(segment.run, len(horizon))

        def covers(earlier: int, run: str = segment.run) -> bool:
            former = aliases[earlier]
            return run in {one.run for one in former.segments} and owns.within(  # noqa: B023 - used here
                former.owned(run, len(horizon))
            )

        begins[segment.run] = [
            begin(turns, segment.run, partition, covers) for partition in range(partitions)
        ]
    last = turns[-1] if turns else Turn(epoch=0, begins={}, ends={})
    # of some origins something may have been delivered, and all of them is there now
    for run in last.begins.keys() - begins.keys():
        begins[run] = last.ends[run]
        until[run] = last.until.get(run, ends.get(run, last.ends[run]))
    new = Turn(epoch=epoch, begins=begins, ends={run: list(row) for run, row in begins.items()}, until=until)
    return Positions([*turns, new], horizon)


def _has_read(turn: Turn, run: str, partition: int, offset: int) -> bool:
    if run not in turn.begins or partition >= len(turn.begins[run]):
        return False
    return turn.begins[run][partition] <= offset < turn.ends[run][partition]
