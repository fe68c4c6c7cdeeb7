"""What lies in Kafka when all is done: every record of every topic that a stage reads or writes, and what the
lanes say they finished.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import ConsumerRecord

from services.replay.hops import hops
from services.stages import work
from services.workshop.chaos.poison import STRANGER
from services.workshop.chaos.world import World
from shared.kafka import clients, groups
from shared.records.run import Run
from shared.settings import Settings
from shared.wire import headers, topics
from shared.wire.tally import Tally

READ = [
    *(topic.name for topic in (*topics.FLOW, topics.STORIES, topics.STORY_EVENTS, topics.LETTER_MARKS)),
    *(topics.dead(stage) for stage in topics.STAGES),
    *(name for stage in topics.STAGES if (name := topics.changelog(stage)) in topics.BY_NAME),
]
CAUSES = {False: headers.CAUSE, True: "khabar-partition"}
"""The header that names the record that something was made from, by whether it is a letter."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Records by logical topic, in order within each partition, read with read_committed; tallies by stage
    and partition.
    """

    settings: Settings
    records: dict[str, list[ConsumerRecord]]
    tallies: dict[tuple[str, int], Tally]
    lanes: int
    """The most partitions that a topic has."""

    run: Run | None = None
    """The run that it is of; None: live."""

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages that worked, in the order of the flow."""
        return topics.STAGES[topics.STAGES.index(self.run.from_stage) :] if self.run else topics.STAGES

    def source(self, stage: str) -> str:
        """Return the logical topic that *stage* read."""
        if self.run is None:
            return work(stage).source
        (hop,) = [one for one in hops(self.run) if one.stage == stage]
        return topics.logical(hop.source, self.run.name)

    def partitions(self, topic: str) -> range:
        """Return the partitions of *topic*."""
        return range(min(topics.BY_NAME[topic].partitions, self.lanes))

    def of(self, topic: str, partition: int) -> list[ConsumerRecord]:
        """Return the records of one partition."""
        return [record for record in self.records[topic] if record.partition == partition]

    def made(self, topic: str, partition: int) -> list[ConsumerRecord]:
        """Return the records of *topic* that the lane of *partition* made, by the place of the new record."""
        letters = topic in {topics.dead(stage) for stage in topics.STAGES}
        return [
            one
            for one in self.records[topic]
            if (letters or by_a_stage(one)) and _lane(one, letters=letters) == partition
        ]


def by_a_stage(record: ConsumerRecord) -> bool:
    """Whether a stage made it: no stranger, and nobody who sends letters back."""
    return not {name for name, _ in record.headers} & {STRANGER, headers.REDRIVEN}


def _lane(record: ConsumerRecord, *, letters: bool) -> int:
    if letters:
        return int(headers.get(record.headers, "khabar-partition") or -1)
    return int((headers.get(record.headers, headers.CAUSE) or "/-1//").rsplit("/", 3)[1])


async def gather(there: World, run: Run | None = None) -> Evidence:
    """Read all of live, or of *run* with what it read of live; *there* are its workers."""
    settings = there.settings
    names = {
        topics.spelled(name, settings.run): name
        for name in (READ if run is None else [*READ, topics.ORDERED.name])
    }
    if run is not None:
        names[run.source] = run.source
    found: dict[str, list[ConsumerRecord]] = {name: [] for name in names.values()}
    for record in sorted(await clients.read_all(settings, names), key=_place):
        if run is None or record.topic != run.source or _reads(run, record):
            found[names[record.topic]].append(record)
    tallies: dict[tuple[str, int], Tally] = {}
    async with clients.admin(settings) as admin:
        for stage in topics.STAGES:
            done = await groups.committed(admin, topics.group(stage, settings.run))
            tallies |= {(stage, part.partition): Tally.decoded(one.metadata) for part, one in done.items()}
    return Evidence(settings, found, tallies, there.lanes, run)


def _reads(run: Run, record: ConsumerRecord) -> bool:
    return run.starts[record.partition] <= record.offset and (
        run.ends is None or record.offset < run.ends[record.partition]
    )


def _place(record: ConsumerRecord) -> tuple[int, int]:
    return record.partition, record.offset


def ids(records: Sequence[ConsumerRecord]) -> list[str]:
    """Return the documents of *records* that a stage or feed made."""
    return [headers.get(record.headers, "ce_subject") or "" for record in records if by_a_stage(record)]
