"""Every topic: its key, record, partitions, retention, and who may write and read it.

The one table that ``khabar topics apply`` and ``check``, the runner and ARCHITECTURE.md work from. A *run* is
``live`` or the name of a replay; each run has its own topics and groups, and this module is the only place
that knows how they are spelled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from shared.records import alias
from shared.wire.codec import MAX_VALUE_BYTES

LIVE = alias.LIVE
DAY_MS = 86_400_000
MAX_MESSAGE_BYTES = MAX_VALUE_BYTES
MAX_STAGE_LETTER_BYTES = MAX_MESSAGE_BYTES + (1 << 20)
"""A dead letter is the record itself with more headers."""

MAX_LETTER_BYTES = 40 << 20
"""What feed refuses may be much larger than what it takes, and is kept whole all the same."""

STAGES = ("clean", "detect", "extract", "link")
LANES = 12
"""Partitions of a topic that many lanes read, unless ``widened`` says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic.

    *compacted* keeps the last value of a key, *retention_days* forgets what is older (None: never).

    *schema* names the schema of its values in ``shared/schemas``; a topic without one is private: its values
    may change with any release. *widens*: its partitions are lanes of clean, detect or extract, so there may
    be as many as are wanted when it is created. *rewritten*: its keys are written or deleted again within a
    day. It is compacted early, so that whoever begins to read it is soon through.
    """

    name: str
    key: str
    record: str
    writers: tuple[str, ...]
    readers: tuple[str, ...]
    partitions: int = 1
    retention_days: int | None = None
    compacted: bool = False
    rewritten: bool = False
    max_bytes: int = MAX_MESSAGE_BYTES
    schema: str = ""
    widens: bool = False

    def configs(self) -> dict[str, str]:
        """Return the topic's Kafka settings."""
        policies = ["compact"] * self.compacted + ["delete"] * (self.retention_days is not None)
        settings = {"cleanup.policy": ",".join(policies), "max.message.bytes": str(self.max_bytes)}
        if self.rewritten:
            settings |= {"segment.bytes": str(8 << 20), "segment.ms": str(DAY_MS), "compression.type": "gzip"}
        return (
            settings
            if self.retention_days is None
            else settings | {"retention.ms": str(self.retention_days * DAY_MS)}
        )


def _articles(
    name: str, record: str, *, days: int, writer: str, readers: tuple[str, ...] = (), widens: bool = False
) -> Topic:
    return Topic(
        name=f"articles.{name}",
        key="doc_id",
        record=record,
        partitions=LANES,
        retention_days=days,
        writers=(writer, "dead"),
        readers=readers,
        schema="article",
        widens=widens,
    )


def _dead(stage: str, max_bytes: int = MAX_STAGE_LETTER_BYTES) -> Topic:
    return Topic(
        name=f"{stage}.dead",
        key="as it came",
        record="the original bytes",
        retention_days=90,
        writers=(stage,),
        readers=("dead",),
        max_bytes=max_bytes,
    )


def _changelog(stage: str, lanes: int) -> Topic:
    return Topic(
        name=f"{stage}.changelog",
        key="state key",
        record="state item or tombstone",
        partitions=lanes,
        compacted=True,
        writers=(stage,),
        readers=(stage,),
        widens=lanes == LANES,
    )


RAW = Topic(
    name="articles.raw",
    key="source.id",
    record="Raw",
    partitions=LANES,
    widens=True,
    retention_days=30,
    writers=("feed", "backfill", "dead"),
    readers=("clean",),
    schema="raw",
)
CLEAN = _articles("clean", "Article: head, clean", days=7, writer="clean", readers=("detect",), widens=True)
DETECTED = _articles("detected", "+ language", days=7, writer="detect", readers=("extract",), widens=True)
# the linker is one lane
EXTRACTED = replace(
    _articles("extracted", "+ entities", days=14, writer="extract", readers=("link",)), partitions=1
)
LINKED = _articles("linked", "+ linked", days=30, writer="link", readers=("pulse", "archive", "exporters"))
FLOW = (RAW, CLEAN, DETECTED, EXTRACTED, LINKED)
"""An article's way: each of ``STAGES`` reads one of these and writes the next."""

ORDERED = Topic(
    name="articles.ordered",
    key="doc_id",
    record="+ entities",
    retention_days=14,
    writers=("order",),
    readers=("link",),
    schema="article",
)
"""What a run's link reads: its ``articles.extracted``, in the order in which live took the same articles.

Not in ``TOPICS``, which are those of live: its link reads ``articles.extracted`` itself.
"""

STORIES = Topic(
    name="stories",
    key="story_id",
    record="Story",
    partitions=12,
    compacted=True,
    writers=("link",),
    readers=("archive", "exporters"),
    schema="story",
)
STORY_EVENTS = Topic(
    name="stories.events",
    key="story_id",
    record="merged, split, moved, quiet, closed, reopened, gap",
    partitions=12,
    retention_days=90,
    writers=("link",),
    readers=("archive", "exporters"),
    schema="story_event",
)


BACKFILL = Topic(
    name="articles.raw.backfill",
    key="source.id",
    record="Raw",
    partitions=RAW.partitions,
    retention_days=90,
    writers=("feed",),
    readers=("backfill",),
    schema="raw",
    widens=True,
)
FEEDERS = Topic(
    name="control.feeders",
    key="feeder",
    record="what it has handed over so far",
    retention_days=7,
    compacted=True,
    writers=("feed",),
    readers=("status",),
)
FEEDS = Topic(
    name="control.feeds",
    key="address of the feed",
    record="when it is due, its validators, what it has delivered",
    compacted=True,
    writers=("feed",),
    readers=("feed",),
)
LETTER_MARKS = Topic(
    name="dead.marks",
    key="the letter's topic/partition/offset",
    record="what became of a letter: redriven, edited, dropped, acknowledged",
    retention_days=120,  # longer than any letter: one without its mark would be sent again
    compacted=True,
    writers=("dead",),
    readers=("dead",),
)
RUNS = Topic(
    name="control.runs",
    key="run",
    record="what it reads, how far, and its state",
    compacted=True,
    writers=("replay",),
    readers=("all",),
    schema="run",
)
ALIASES = Topic(
    name="control.aliases",
    key="epoch",  # every switch is kept: a reader that was away meanwhile must know what it read under which
    record="which run readers read, from which origin on",
    compacted=True,
    writers=("replay",),
    readers=("all",),
    schema="alias",
)
DIFFS = Topic(
    name="control.diffs",
    key="run/the one it is compared with",
    record="what the run changes, as it was found last",
    compacted=True,
    writers=("replay",),
    readers=("archive",),
    schema="run_diff",
)
STORY_MARKS = Topic(
    name="stories.marks",
    key="two documents",
    record="what a person says of them: one story or not",
    compacted=True,  # and never forgotten: what a person has said is gold data
    writers=("web",),
    readers=("archive", "replay"),
    schema="mark",
)
AUDIT = Topic(
    name="ops.audit",
    key="actor",
    record="what an operator did",
    retention_days=365,
    writers=("replay", "dead"),
    readers=("ops",),
    schema="act",
)

COUNTED = Topic(
    name="pulse.counted",
    key="run/partition/offset in articles.linked",
    record="what the article counts for",
    partitions=4,
    compacted=True,  # a note that says nothing of the last two days leaves a tombstone
    rewritten=True,
    writers=("pulse",),
    readers=("pulse",),
)
PULSE_WINDOWS = Topic(
    name="pulse.windows",
    key="kind/hour",
    record="Window",
    schema="window",
    compacted=True,
    rewritten=True,
    writers=("pulse",),
    readers=("pulse", "status", "archive"),
)
PULSE_SOURCES = Topic(
    name="pulse.sources",
    key="source.id",
    record="SourceSilence",
    schema="source_silence",
    compacted=True,
    rewritten=True,
    writers=("pulse",),
    readers=("pulse", "status", "archive"),
)

TOPICS: tuple[Topic, ...] = (
    RAW,
    CLEAN,
    DETECTED,
    EXTRACTED,
    LINKED,
    STORIES,
    STORY_EVENTS,
    _dead("feed", MAX_LETTER_BYTES),
    *(_dead(stage) for stage in (*STAGES, "pulse")),
    _changelog("clean", RAW.partitions),
    _changelog("link", EXTRACTED.partitions),
    COUNTED,
    PULSE_WINDOWS,
    PULSE_SOURCES,
    BACKFILL,
    FEEDERS,
    FEEDS,
    LETTER_MARKS,
    RUNS,
    ALIASES,
    DIFFS,
    STORY_MARKS,
    AUDIT,
)
SHARED = (RUNS, ALIASES, DIFFS, STORY_MARKS)
"""Topics that live and all runs share: they are spelled as they are."""

BY_NAME = {topic.name: topic for topic in TOPICS}


def widened(table: Iterable[Topic], lanes: int) -> list[Topic]:
    """Return *table* with so many lanes of clean, detect and extract."""
    return [replace(topic, partitions=lanes) if topic.widens else topic for topic in table]


def spelled(name: str, run: str = LIVE) -> str:
    """Return how the logical topic *name* is spelled in Kafka for *run*."""
    return name if run == LIVE else f"{name}.{run}"


def logical(spelling: str, run: str = LIVE) -> str:
    """Return the logical name of the topic that *run* spells *spelling*."""
    return spelling if run == LIVE else spelling.removesuffix(f".{run}")


def run_of(spelling: str, name: str) -> str:
    """Return the run in which the logical topic *name* is spelled *spelling*."""
    return LIVE if spelling == name else spelling.removeprefix(f"{name}.")


def group(stage: str, run: str = LIVE) -> str:
    """Return the consumer group of *stage*."""
    return spelled(f"khabar.{stage}", run)


def transactional_id(stage: str, source: str, partition: int, run: str = LIVE) -> str:
    """Return the transactional id of one lane: one per input partition, stable over restarts.

    See ``shared/worker/HAZARDS.md`` (A1).
    """
    return f"{group(stage, run)}-{spelled(source, run)}-{partition}"


def principal(stage: str) -> str:
    """Return the name of *stage* (or a door, or a verb) to a broker that asks for passwords."""
    return f"khabar-{stage}"


def dead(stage: str) -> str:
    """Return the logical name of the stage's dead letters."""
    return f"{stage}.dead"


def changelog(stage: str) -> str:
    """Return the logical name of the stage's changelog."""
    return f"{stage}.changelog"
