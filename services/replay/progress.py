"""How far a run is: read off the committed offsets of its groups, as a stranger would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.replay import unread
from services.replay.hops import hops
from shared.kafka import clients, record_counts, stretches, tallies
from shared.records.run import Run
from shared.settings import Settings
from shared.wire.tally import Tally


@dataclass(frozen=True, slots=True)
class Station:
    """One hop: what it has *finished*, how many records it expects in all, and whether it *rests*.

    *expected* is an estimate until it rests.
    """

    stage: str
    finished: Tally
    expected: float
    rests: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """All hops of a run, in the order of the flow."""

    stations: Sequence[Station]

    @property
    def is_done(self) -> bool:
        """Whether every hop has finished all there is for it; of a run that follows: for now."""
        return all(one.rests for one in self.stations)

    @property
    def done(self) -> int:
        """How many steps, a record through one hop, are done."""
        return sum(one.finished.finished.total() for one in self.stations)

    @property
    def expected(self) -> int:
        """How many steps there are in all."""
        return max(self.done, round(sum(one.expected for one in self.stations)))


async def records(settings: Settings, run: Run) -> int:
    """Return how many records *run* has to read: an estimate; of one that follows, up to now."""
    async with clients.reader(settings, fetch_bytes=clients.SEARCH_BYTES) as client:
        whole = await stretches.whole(client, await clients.partitions(client, run.source))
        there = [one.from_offset(start) for one, start in zip(whole, run.starts, strict=True)]
        if run.ends is not None:
            there = [replace(one, end=min(one.end, end)) for one, end in zip(there, run.ends, strict=True)]
        return (await record_counts.count(client, [one for one in there if one.offsets])).n


async def standing(settings: Settings, run: Run, records: int) -> Standing:
    """Return how far *run* is; *records* is what its plan counted."""
    stations, expected, settled = list[Station](), float(records), True
    for hop in hops(run):
        finished = await tallies.of_group(settings, hop.group)
        settled = settled and not (await unread.before(settings, run, hop)).records
        done = finished.finished.total()
        expected = float(done) if settled else max(expected, done)
        stations.append(Station(hop.stage, finished, expected, settled))
        expected *= finished.finished["produced"] / done if done else 1.0
    return Standing(stations)
