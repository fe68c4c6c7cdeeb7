"""Who owns a thread, and what a reader delivers over switches and kills: the decisions alone, without
Kafka.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest
from msgspec import structs

from shared.kafka import aliases
from shared.kafka.following.origins import Thread
from shared.kafka.following.ownership import FirstDeliveries, Ownership, with_new_turn
from shared.kafka.following.positions import Positions
from shared.records.alias import Alias, Segment
from shared.wire import codec, topics

LIVE, OURS = topics.LIVE, "better-names"


def alias(*segments: tuple[str, list[int]], epoch: int = 1) -> Alias:
    return Alias(
        epoch=epoch, segments=[Segment(run=LIVE), *(Segment(run=run, cut=cut) for run, cut in segments)]
    )


def owners(of: Alias, partition: int, offsets: int = 12) -> list[str]:
    return [of.owner((partition, offset)) for offset in range(offsets)]


def test_without_a_promotion_everything_is_live() -> None:
    assert owners(Alias(), 3) == [LIVE] * 12
    assert Alias().owner(None) == LIVE


def test_a_run_has_what_lies_at_or_after_its_cut() -> None:
    one = alias((OURS, [5, 0, 100]))
    assert owners(one, 0) == [LIVE] * 5 + [OURS] * 7
    assert owners(one, 1) == [OURS] * 12
    assert owners(one, 2) == [LIVE] * 12
    assert owners(one, 3) == [OURS] * 12, "a partition that was added later"
    assert one.owner(None) == OURS


def test_of_three_the_last_wins_where_it_begins_and_a_rollback_gives_back_what_it_took() -> None:
    chain = alias(("a", [4, 6]), ("b", [8, 2]))
    assert owners(chain, 0) == [LIVE] * 4 + ["a"] * 4 + ["b"] * 4
    assert owners(chain, 1) == [LIVE] * 2 + ["b"] * 10, "b begins before a: nothing is left of a there"
    back = structs.replace(chain, segments=chain.segments[:-1])
    assert owners(back, 0) == [LIVE] * 4 + ["a"] * 8
    assert owners(structs.replace(back, segments=back.segments[:-1]), 0) == [LIVE] * 12


def test_what_a_run_owns_says_the_same_as_the_owner() -> None:
    chain = alias(("a", [4, 6]), ("b", [8, 2]))
    for run in (LIVE, "a", "b"):
        owned = chain.owned(run, 2)
        for partition in range(2):
            end = owned.ends[partition]
            has = [
                owned.starts[partition] <= offset and (end is None or offset < end) for offset in range(12)
            ]
            assert has == [one == run for one in owners(chain, partition)]
    assert Alias().owned(LIVE, 2).within(Alias().owned(LIVE, 2))
    assert chain.owned(LIVE, 2).within(Alias().owned(LIVE, 2))
    assert not Alias().owned(LIVE, 2).within(chain.owned(LIVE, 2))
    assert not chain.owned("b", 2).within(alias(("a", [4, 6]), ("b", [9, 2])).owned("b", 2))


def test_a_run_that_begins_late_does_not_have_what_it_does_not_make() -> None:
    one = Alias(segments=[Segment(run=LIVE), Segment(run=OURS, from_stage="link")])
    assert aliases.of_topic(one, topics.LINKED).newest == OURS
    assert aliases.of_topic(one, topics.STORIES).newest == OURS
    assert aliases.of_topic(one, topics.EXTRACTED).newest == LIVE
    assert aliases.of_topic(one, topics.RAW).newest == LIVE


def test_an_alias_survives_the_wire() -> None:
    one = alias((OURS, [5, 0, 100]))
    assert codec.decode(codec.encode(one), Alias) == one


RAWS, PARTITIONS = 2, 3
RUNS = (LIVE, "a", "b", "c")


class Made(NamedTuple):
    """A record of a run: what it was made from."""

    thread: Thread


@dataclass
class World:
    """Runs that make 0 to 3 records of every thread, in transactions, each at its own pace; and one alias
    after the other.
    """

    plan: random.Random
    raw: list[int] = field(default_factory=lambda: [0] * RAWS)
    topics: dict[str, list[list[Made]]] = field(
        default_factory=lambda: defaultdict(lambda: [[] for _ in range(PARTITIONS)])
    )
    backlog: dict[str, list[Thread]] = field(default_factory=lambda: defaultdict(list))
    aliases: dict[int, Alias] = field(default_factory=lambda: {0: Alias()})
    cuts: dict[str, list[int]] = field(default_factory=dict)

    @property
    def alias(self) -> Alias:
        return self.aliases[max(self.aliases)]

    def feed(self, n: int) -> None:
        for _ in range(n):
            partition = self.plan.randrange(RAWS)
            thread = Thread(
                (topics.RAW.name, partition, self.raw[partition]), (partition, self.raw[partition])
            )
            if self.plan.random() < 0.05:
                thread = Thread(("foreign", partition, self.raw[partition]), None)
            self.raw[partition] += 1
            for run in RUNS:
                self.backlog[run].append(thread)

    def work(self, run: str, n: int) -> None:
        todo, self.backlog[run] = self.backlog[run][:n], self.backlog[run][n:]
        for thread in todo:
            for _ in range(self.plan.choice((0, 1, 1, 2, 3))):
                self.topics[run][self.plan.randrange(PARTITIONS)].append(Made(thread))

    def switch(self) -> None:
        segments = self.alias.segments
        free = [run for run in "abc" if run not in {one.run for one in segments}]
        if len(segments) > 1 and (not free or self.plan.random() < 0.5):
            segments = segments[:-1]
        elif free:
            cut = self.cuts.setdefault(free[0], [self.plan.randrange(end + 1) for end in self.raw])
            segments = [*segments, Segment(run=free[0], cut=cut)]
        epoch = self.alias.epoch + 1
        self.aliases[epoch] = Alias(epoch=epoch, segments=segments)


class Reader:
    """Reads as the follower does; what it delivered it keeps beside its positions, so that a kill takes both
    back.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.positions = Positions()
        self.delivered: list[tuple[Thread, str, int, int]] = []
        self.kept: tuple[Positions, int] = (self.positions, 0)
        self.ownership: Ownership | None = None
        self.former: FirstDeliveries | None = None

    def keep(self) -> None:
        self.kept = (self.positions, len(self.delivered))

    def killed(self) -> None:
        positions, n = self.kept
        self.positions = positions
        self.delivered = self.delivered[:n]
        self.ownership = None
        self.former = None
        offsets = positions.offsets(topics.LINKED)
        assert Positions.from_offsets(topics.LINKED, RUNS, offsets) == positions, (
            "as metadata they say the same"
        )
        assert all(len(one.metadata) < 4096 for one in offsets.values())

    def look(self) -> None:
        epoch = max(self.world.aliases)
        if not self.positions.turns or self.positions.turns[-1].epoch != epoch:
            ends = {run: [len(row) for row in rows] for run, rows in self.world.topics.items()}
            self.positions = with_new_turn(
                self.positions,
                self.world.aliases,
                epoch,
                partitions=PARTITIONS,
                horizon=list(self.world.raw),
                ends=ends,
            )
            self.ownership = None
        if self.ownership is None:
            self.ownership, self.former = Ownership(self.positions, self.world.aliases, RAWS), None

    def read(self, most: int) -> int:
        self.look()
        assert self.ownership is not None
        *closed, turn = self.positions.turns
        run, partition = self.world.plan.choice(
            [(run, partition) for run in turn.begins for partition in range(PARTITIONS)]
        )
        begin = turn.ends[run][partition]
        rows = self.world.topics[run][partition][begin : begin + most]
        if run in turn.until:
            rows = rows[: max(0, turn.until[run][partition] - begin)]
        for offset, row in enumerate(rows, begin):
            if self.former is None and self.ownership.needs_former(row.thread):
                self.former = {}
                for number, one in enumerate(closed):
                    for its, begins in one.begins.items():
                        for part in range(PARTITIONS):
                            stretch = self.world.topics[its][part][begins[part] : one.ends[its][part]]
                            self.ownership.enter(self.former, number, its, (made.thread for made in stretch))
            if self.ownership.is_due(row.thread, run, partition, offset, former=self.former or {}):
                self.delivered.append((row.thread, run, partition, offset))
        ends = {its: list(row) for its, row in turn.ends.items()}
        ends[run][partition] = begin + len(rows)
        self.positions = Positions([*closed, structs.replace(turn, ends=ends)], self.positions.horizon)
        return len(rows)


def lived(world: World, reader: Reader) -> set[Thread]:
    """Let 200 things happen, then all be made and read; returns what had been delivered at the last
    switch.
    """
    before = set[Thread]()
    for _ in range(200):
        match world.plan.choices(("feed", "work", "read", "keep", "kill", "switch"), (3, 6, 9, 2, 1, 1))[0]:
            case "feed":
                world.feed(world.plan.randrange(8))
            case "work":
                world.work(world.plan.choice(RUNS), world.plan.randrange(12))
            case "read":
                reader.read(world.plan.randrange(1, 12))
            case "keep":
                reader.keep()
            case "kill":
                reader.killed()
            case _:
                before = {thread for thread, *_ in reader.delivered}
                world.switch()
    for run in RUNS:
        world.work(run, 10_000)
    for _ in range(300):
        reader.read(50)
    return before


@pytest.mark.parametrize("seed", range(150))
def test_over_switches_and_kills_each_thread_comes_from_one_run_and_whole(seed: int) -> None:
    world = World(random.Random(seed))
    reader = Reader(world)
    before = lived(world, reader)
    assert reader.delivered, "nothing was read"
    assert max(Counter(tuple(place) for _, *place in reader.delivered).values()) == 1, "no record twice"
    given, held = defaultdict[Thread, set[Any]](set), defaultdict[tuple[Thread, str], set[Any]](set)
    for thread, *place in reader.delivered:
        given[thread].add(tuple(place))
    for run, rows in world.topics.items():
        for partition, row in enumerate(rows):
            for offset, made in enumerate(row):
                held[made.thread, run].add((run, partition, offset))
    for thread in {thread for thread, _ in held}:
        owner = world.alias.owner(thread.raw)
        runs = {run for run, _, _ in given[thread]} or {owner}
        assert len(runs) == 1, "one thread, one run"
        assert given[thread] == held[thread, *runs], "whole"
        assert runs == {owner} or thread in before, "from another run only if that was before the last switch"
