"""The values that a lane and a stage exchange: no Kafka, no clock.

``extract`` is stateless, may be slow and runs in a process slot. ``fold`` is stateful, must be quick and runs
in the lane, one record after the other. All that a lane remembers is changed through ``State.apply`` alone,
live and when it is restored from its changelog, so a restored lane cannot differ from one that never stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol, get_args

from shared.errors import Reason


class Origin(NamedTuple):
    """Where a record lies in Kafka: topic, partition, offset and timestamp (ms since 1970)."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}/{self.timestamp_ms}"

    @classmethod
    def parse(cls, text: str) -> Origin:
        """Read the form that ``str`` writes; raises ValueError on anything else."""
        topic, partition, offset, timestamp_ms = text.rsplit("/", 3)
        return cls(topic, int(partition), int(offset), int(timestamp_ms))


class Message(NamedTuple):
    """One input record as a stage sees it; *value* holds the bytes of the topic untouched.

    A tuple, as is all that crosses to a process slot: pickling a frozen dataclass cost 14 us more a record.
    """

    key: bytes | None
    value: bytes
    origin: Origin
    attempt: int = 0


QualityMetric = Literal["date_missing", "und", "boilerplate", "singleton_story", "lang_hint_disagrees"]
QUALITIES: tuple[QualityMetric, ...] = get_args(QualityMetric)
"""What may be wrong with articles as they come or as they are understood; each metric is a ratio over the
latest articles.
"""

StageMetric = Literal["languages", "margins", "stories", QualityMetric]
"""A metric that one stage has and another has not."""


class Emit(NamedTuple):
    """A record for *topic* (its logical name).

    *type* is the CloudEvents type, *subject* the document or story id.

    The rest is counted when the record is committed: *warnings* (codes of a closed list), *language* (tag,
    confidence), *quality* (each 0–1), and *margin* (two languages, and the probability by which their
    articles were brought together or kept apart).
    """

    topic: str
    key: bytes
    value: bytes
    type: str
    subject: str
    rev: str = ""
    warnings: tuple[str, ...] = ()
    language: tuple[str, float] | None = None
    quality: tuple[tuple[QualityMetric, float], ...] = ()
    margin: tuple[str, str, float] | None = None


class StoriesHeld(NamedTuple):
    """Counts of one lane: *open* stories, *recent* articles, and how many of these are *alone* in a story."""

    open: int = 0
    recent: int = 0
    alone: int = 0


DropReason = Literal["known", "outdated", "unwanted"]
DROP_REASONS: tuple[DropReason, ...] = get_args(DropReason)


@dataclass(frozen=True, slots=True)
class Drop:
    """Nothing is sent, on purpose.

    *known*: this revision came before; *outdated*: a newer one did; *unwanted*: the stage chose so.
    """

    reason: DropReason


@dataclass(frozen=True, slots=True)
class Reject:
    """The record becomes a dead letter with its original bytes; *where* is our innermost ``file:line``."""

    reason: Reason
    detail: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Retry:
    """Wait *after_s* seconds and read the record again."""

    after_s: float
    detail: str = ""


Outcome = Emit | Drop | Reject


class State(Protocol):
    """What one lane remembers."""

    def apply(self, key: bytes, value: bytes | None) -> None:
        """Take one changelog record in; None removes the key."""


@dataclass(frozen=True, slots=True)
class Folded:
    """The result of folding one item: outcomes to send, and state items to write (None removes a key).

    There is at least one outcome, a Drop where nothing is sent: a record without any could not be counted.
    """

    outcomes: Sequence[Outcome]
    updates: Mapping[bytes, bytes | None] = field(default_factory=dict)


def remember(changes: dict[bytes, bytes | None], updates: Mapping[bytes, bytes | None]) -> None:
    """Enter *updates* into the changes of a batch, each key in the place of its last write.

    A state may build on that order: an alias moves the rows that came before it, a removal frees what it
    moved.
    """
    for key in updates:
        changes.pop(key, None)
    changes.update(updates)


class Stateless:
    """The state of a stage that has none."""

    def apply(self, key: bytes, value: bytes | None) -> None:
        """Refuse: a stage without state has no changelog."""
        raise ValueError(
            f"a stage without state was given {key!r} ({'removed' if value is None else len(value)})"
        )


def pass_on(_state: object, _message: Message, outcome: Outcome) -> Folded:
    """Fold of a stage without state: what the extract step gave is the outcome."""
    return Folded((outcome,))


def no_warm_up() -> None:
    """Nothing to load before the first record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A stage as the runner sees it. *extract* and *warm_up* run in process slots, *fold* in the lane.

    *extract* gives an item, a Drop or a Reject, or raises; a shared function turns what it raises into Reject
    or Retry. *state_version* is another number when ``State.apply`` cannot read what it wrote before: a lane
    refuses items of any other. *metrics* says which metrics the stage has beside those of all stages,
    *warnings* which codes it may put into a record; *stories* reads off a lane's state what it holds.
    """

    name: str
    version: str
    source: str
    extract: Callable[[Message], Any]
    fold: Callable[[Any, Message, Any], Folded] = pass_on
    state: Callable[[], State] = Stateless
    keeps_state: bool = False
    state_version: int = 1
    warm_up: Callable[[], None] = no_warm_up
    model_sha256: str = ""
    metrics: tuple[StageMetric, ...] = ()
    warnings: tuple[str, ...] = ()
    stories: Callable[[Any], StoriesHeld] | None = None
