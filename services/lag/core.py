"""Which groups are looked at, and under which labels their lag is shown. Pure.

A run's name is no label: all runs that readers do not wait for are shown together as ``replay``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from shared.kafka import aliases
from shared.kafka.lag import LaneLag
from shared.records.alias import Alias
from shared.records.run import Run
from shared.wire import topics
from shared.worker.lag_metrics import LagPlace
from shared.worker.metrics import Traffic

PULSE, BACKFILL, ORDER = "pulse", "backfill", "order"
READS = dict(zip(topics.STAGES, topics.FLOW, strict=False))
"""What each stage of live reads."""

OF_RUNS = (*topics.STAGES, ORDER)


class Target(NamedTuple):
    """A *group* and a *source* that it reads, as Kafka spells them, with the labels of its lag.

    *ends*: where it has nothing more to read.
    """

    group: str
    source: str
    stage: str
    topic: str
    traffic: Traffic
    ends: tuple[int, ...] = ()


def expected(alias: Alias) -> list[Target]:
    """Return the groups that there should be, started or not; *alias* is what readers see.

    Old pages may wait by design, so backfill counts as a replay. A view of pulse that is no longer shown
    rests for ever and is left out.
    """
    stages = [_target(stage, topics.LIVE, source.name, alias) for stage, source in READS.items()]
    view = aliases.of_topic(alias, topics.LINKED)
    group, linked = topics.group(PULSE, view.chain), topics.LINKED.name
    views = [
        Target(group, topics.spelled(linked, segment.run), PULSE, linked, "live") for segment in view.segments
    ]
    old = Target(topics.group(BACKFILL), topics.BACKFILL.name, BACKFILL, topics.BACKFILL.name, "replay")
    return [*stages, *views, old]


def run_of(group: str) -> tuple[str, str] | None:
    """Return the stage and the run of a run's group; None when it is none."""
    stage, _, run = group.removeprefix(topics.group("")).partition(".")
    return (stage, run) if group.startswith(topics.group("")) and stage in OF_RUNS and run else None


def of_run(group: str, sources: Iterable[str], alias: Alias, runs: Mapping[str, Run]) -> list[Target]:
    """Return what is shown of a run's group with committed offsets of *sources*; nothing of a foreign one."""
    if (ours := run_of(group)) is None:
        return []
    stage, run = ours
    found = [
        _target(stage, run, source, alias)
        for source in sorted(sources)
        if topics.logical(source, run) in KNOWN
    ]
    known = runs.get(run)
    if known is None or known.ends is None or stage != known.from_stage:
        return found
    return [one._replace(ends=tuple(known.ends)) if one.source == known.source else one for one in found]


def added(lags: Iterable[tuple[Target, int, LaneLag]]) -> tuple[dict[LagPlace, int], dict[LagPlace, float]]:
    """Return records and seconds by their labels, from the lag of each target by partition.

    Where labels meet, records add up and the oldest counts.
    """
    records, seconds = dict[LagPlace, int](), dict[LagPlace, float]()
    for target, partition, found in lags:
        place = LagPlace(target.stage, target.topic, partition, target.traffic)
        records[place] = records.get(place, 0) + found.records
        seconds[place] = max(seconds.get(place, 0.0), found.seconds)
    return records, seconds


KNOWN = frozenset(topics.BY_NAME) | {topics.ORDERED.name}


def _target(stage: str, run: str, source: str, alias: Alias) -> Target:
    made = topics.BY_NAME[topics.dead(topics.STAGES[-1] if stage == ORDER else stage)]
    shown = aliases.of_topic(alias, made).newest
    return Target(
        topics.group(stage, run),
        source,
        stage,
        topics.logical(source, run),
        "live" if run == shown else "replay",
    )
