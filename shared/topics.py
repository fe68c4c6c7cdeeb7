"""Every topic: its key, record, partitions, retention, and who may write and read it.

The one table that ``khabar topics apply`` and ``check``, the runner and ARCHITECTURE.md work from. A *run* is ``live`` or the name
of a replay; each run has its own topics and groups, and this module is the only place that knows how they are spelled.
"""

from __future__ import annotations

from dataclasses import dataclass

LIVE = "live"
DAY_MS = 86_400_000
MAX_MESSAGE_BYTES = 4 << 20
MAX_STAGE_LETTER_BYTES = MAX_MESSAGE_BYTES + (1 << 20)
"""A dead letter is the record itself with more headers."""

MAX_LETTER_BYTES = 40 << 20
"""What feed refuses may be much larger than what it takes, and is kept whole all the same."""

STAGES = ("clean", "detect", "extract", "link")


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic: *compacted* keeps the last value of a key, *retention_days* forgets what is older (None: never)."""

    name: str
    key: str
    record: str
    partitions: int
    retention_days: int | None
    writers: tuple[str, ...]
    readers: tuple[str, ...]
    compacted: bool = False
    max_bytes: int = MAX_MESSAGE_BYTES

    def configs(self) -> dict[str, str]:
        """Return the topic's Kafka settings."""
        policies = ["compact"] * self.compacted + ["delete"] * (self.retention_days is not None)
        settings = {"cleanup.policy": ",".join(policies), "max.message.bytes": str(self.max_bytes)}
        return settings if self.retention_days is None else settings | {"retention.ms": str(self.retention_days * DAY_MS)}


def _articles(name: str, record: str, *, days: int, by: str, readers: tuple[str, ...] = (), lanes: int = 12) -> Topic:
    return Topic(
        name=f"articles.{name}",
        key="doc_id",
        record=record,
        partitions=lanes,
        retention_days=days,
        writers=(by,),
        readers=readers,
    )


RAW = Topic(
    name="articles.raw",
    key="source.id",
    record="Raw",
    partitions=12,
    retention_days=30,
    writers=("feed", "replay", "dead"),
    readers=("clean",),
)
CLEAN = _articles("clean", "Article: head, clean", days=7, by="clean", readers=("detect",))
DETECTED = _articles("detected", "+ language", days=7, by="detect", readers=("extract",))
EXTRACTED = _articles("extracted", "+ entities", days=14, by="extract", readers=("link",), lanes=1)  # the linker is one lane
LINKED = _articles("linked", "+ linked", days=30, by="link", readers=("pulse", "web", "exporters"))
STORIES = Topic(
    name="stories",
    key="story_id",
    record="Story",
    partitions=12,
    retention_days=None,
    compacted=True,
    writers=("link",),
    readers=("web", "exporters"),
)
STORY_EVENTS = Topic(
    name="stories.events",
    key="story_id",
    record="merged, split, moved, quiet, closed, reopened, gap",
    partitions=12,
    retention_days=90,
    writers=("link",),
    readers=("web", "exporters"),
)


def _dead(stage: str, max_bytes: int = MAX_STAGE_LETTER_BYTES) -> Topic:
    return Topic(
        name=f"{stage}.dead",
        key="as it came",
        record="the original bytes",
        partitions=1,
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
        retention_days=None,
        compacted=True,
        writers=(stage,),
        readers=(stage,),
    )


ALIASES = Topic(
    name="control.aliases",
    key="logical topic",
    record="the version readers should read",
    partitions=1,
    retention_days=None,
    compacted=True,
    writers=("replay",),
    readers=("all",),
)
AUDIT = Topic(
    name="ops.audit",
    key="actor",
    record="what an operator did",
    partitions=1,
    retention_days=365,
    writers=("replay", "dead"),
    readers=("ops",),
)

PULSE_COUNTS = Topic(
    name="khabar.pulse.counts",
    key="partition, language, source; hour",
    record="articles by minute, last offset",
    partitions=LINKED.partitions,  # Faust wants a table's changelog to have its source's
    retention_days=None,  # a window that is forgotten leaves a tombstone
    compacted=True,
    writers=("pulse",),
    readers=("pulse", "status", "web"),
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
    _changelog("feed", 1),
    _changelog("clean", RAW.partitions),
    _changelog("link", EXTRACTED.partitions),
    PULSE_COUNTS,
    ALIASES,
    AUDIT,
)
BY_NAME = {topic.name: topic for topic in TOPICS}


def spelled(name: str, run: str = LIVE) -> str:
    """Return how the logical topic *name* is spelled in Kafka for *run*."""
    return name if run == LIVE else f"{name}.{run}"


def group(stage: str, run: str = LIVE) -> str:
    """Return the consumer group of *stage*."""
    return spelled(f"khabar.{stage}", run)


def transactional_id(stage: str, source: str, partition: int, run: str = LIVE) -> str:
    """Return the transactional id of one lane: stable over restarts, one per input partition, never per process (A1)."""
    return f"{group(stage, run)}-{spelled(source, run)}-{partition}"


def dead(stage: str) -> str:
    """Return the logical name of the stage's dead letters."""
    return f"{stage}.dead"


def changelog(stage: str) -> str:
    """Return the logical name of the stage's changelog."""
    return f"{stage}.changelog"
