"""Who may do what in Kafka: one principal for each thing that runs, each with what it needs and nothing else.

Made from ``shared/wire/topics.py``: whoever writes or reads a topic there may do so here. What the table
cannot say stands in this module: groups, transactional ids, who looks at the lag of others, and what an
operator of runs does. Right to read or write brings the right to describe with it. Nobody here may grant
rights or declare live topics: that is for a super user of the cluster.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from shared.wire import topics
from shared.wire.topics import LIVE, STAGES, Topic, group, spelled

Kind = Literal["topic", "group", "transactional-id"]
Operation = Literal["Read", "Write", "Create", "Delete", "Describe"]

OPERATORS = {
    "feed": "the doors: files, http, feeds",
    "backfill": "the relay of old pages",
    "order": "the worker that puts a run's articles into live's order",
    "dead": "khabar dead",
    "replay": "khabar replay",
    "web": "the analyst's page: what readers say of two articles, and nothing else",
    "ops": "khabar status, trace, why, story: reads everything, changes nothing",
    "lag": "the exporter of lag",
}
WORKERS = {stage: f"the workers of {stage}" for stage in STAGES}
READERS = {
    "pulse": "pulse",
    "archive": "the archive, which pages and the command read",
    "exporters": "other teams",
}
PRINCIPALS = WORKERS | READERS | OPERATORS
"""Every principal, and what runs under its name."""

IN_GROUPS = (*STAGES, "pulse", "backfill", "order", "exporters")
"""Principals that are members of a consumer group of their own name, or commit to one."""

TRANSACTING = (*STAGES, "pulse", "order", "dead", "replay")
WATCHES = {
    "feed": ("clean",),
    "backfill": STAGES,
    "order": STAGES,
    "replay": STAGES,
    "lag": (*STAGES, "pulse", "backfill", "order"),
}
"""The stages whose committed offsets a principal looks at, and therefore their sources.

The relay only counts offsets; the others also read how old the records are.
"""

SOURCES = (*topics.FLOW, topics.ORDERED, topics.BACKFILL)


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """*principal* may do *operation* with what is called *name*, or with all whose names begin so."""

    principal: str
    kind: Kind
    operation: Operation
    name: str
    prefixed: bool = False


def rights(run: str = LIVE) -> list[Right]:
    """Return what every principal may do in *run*: in live, or what a run needs beside that."""
    all_rights = {*_of_table(run), *_of_groups(run), *_of_operators(run)}
    wide = [right for right in all_rights if right.prefixed]
    return sorted(
        right for right in all_rights if right.prefixed or not any(_covers(other, right) for other in wide)
    )


def _covers(wide: Right, right: Right) -> bool:
    return (wide.principal, wide.kind, wide.operation) == (
        right.principal,
        right.kind,
        right.operation,
    ) and right.name.startswith(wide.name)


def _table(run: str) -> Iterable[tuple[Topic, str]]:
    """Yield the topics of *run*, each with its name in Kafka; those that all runs share belong to live."""
    for topic in topics.TOPICS if run == LIVE else (*topics.TOPICS, topics.ORDERED):
        if run == LIVE or topic not in topics.SHARED:
            yield topic, spelled(topic.name, run)


def _of_table(run: str) -> Iterable[Right]:
    for topic, name in _table(run):
        for principal in PRINCIPALS:
            if principal in topic.writers:
                yield Right(principal, "topic", "Write", name)
            if principal in topic.readers or "all" in topic.readers:
                yield Right(principal, "topic", "Read", name)


def _of_groups(run: str) -> Iterable[Right]:
    """Yield the rights in groups and transactional ids; those of a principal's own name hold in every run."""
    for principal in IN_GROUPS:
        yield Right(principal, "group", "Read", group(principal), prefixed=True)
    for principal in TRANSACTING:
        yield Right(principal, "transactional-id", "Write", group(principal), prefixed=True)
    for principal, stages in WATCHES.items():
        for stage in stages:
            yield Right(principal, "group", "Describe", group(stage, run))
            sources = [name for topic, name in _table(run) if topic in SOURCES and stage in topic.readers]
            yield from (
                Right(principal, "topic", "Describe" if principal == "backfill" else "Read", name)
                for name in sources
            )


def _of_operators(run: str) -> Iterable[Right]:
    yield Right("ops", "group", "Describe", group(""), prefixed=True)
    for operation in ("Create", "Write", "Read"):  # notes of their own after every promotion
        yield Right("pulse", "topic", operation, topics.COUNTED.name, prefixed=True)
    if run == LIVE:
        # where the raw topic ended when a switch was noticed
        yield Right("archive", "topic", "Describe", topics.RAW.name)
    # whoever deletes the notes has all counted anew
    yield Right("pulse", "group", "Delete", group("pulse"), prefixed=True)
    for topic, name in _table(run):
        yield Right("ops", "topic", "Read", name)
        yield Right("replay", "topic", "Read", name)
        if topic in topics.FLOW:
            yield Right("dead", "topic", "Read", name)  # whether something newer of the document has passed
        if run != LIVE and topic.writers[0] in (*STAGES, "order"):
            yield Right("replay", "topic", "Create", name)
            yield Right("replay", "topic", "Delete", name)
    if run != LIVE:
        # it sets a run's groups to where they begin, and takes them away with the run
        for stage in (*STAGES, "order"):
            yield Right("replay", "group", "Read", group(stage, run))
            yield Right("replay", "group", "Delete", group(stage, run))
