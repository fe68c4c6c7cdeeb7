"""What can become of a letter, and the count of all. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from services.dead.letter import Letter
from shared.wire import headers, topics

Verb = Literal["redrive", "edit", "drop", "ack"]
Standing = Literal[
    "goes", "marked", "rests", "refused_at_a_door", "foreign", "topic_missing", "too_large", "empty"
]

DOOR = "feed"
ACKNOWLEDGED = "acknowledged"
STAYING = frozenset[Verb](["drop", "ack"])
"""What marks a letter and sends nothing."""

BESIDE_BYTES = 4096
"""Room for what Kafka puts around a record and for the two headers that come with its return."""


def target(letter: Letter, run: str) -> topics.Topic | None:
    """Return the topic that *letter* goes back to, or None.

    It must be in the table, its stage must read it, and dead letters may be written to it.
    """
    came_from = letter.said("topic")
    for topic in topics.TOPICS:
        if (
            came_from == topics.spelled(topic.name, run)
            and letter.stage in topic.readers
            and "dead" in topic.writers
        ):
            return topic
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """What decides over a letter: the marks (by place), how many partitions each topic has, and the run."""

    marked: Mapping[str, str]
    partitions: Mapping[str, int]
    run: str

    def standing(self, letter: Letter, verb: Verb) -> Standing:
        """Return whether *letter* goes, or why it stays as it is."""
        if (state := self.marked.get(letter.place)) and (state != ACKNOWLEDGED or verb == "ack"):
            return "marked"
        if verb in STAYING:
            return "goes"
        if letter.stage == DOOR:
            return "refused_at_a_door"
        if verb == "redrive" and (
            letter.reason == "redriven_too_often"
            or headers.times_redriven(letter.headers) >= headers.MOST_RETURNS
        ):
            return "rests"
        return self._way_back(letter)

    def _way_back(self, letter: Letter) -> Standing:
        back_to = target(letter, self.run)
        if back_to is None:
            return "foreign"
        if not self.partitions.get(back_to.name):
            return "topic_missing"
        if letter.key is None and letter.value is None:
            return "empty"
        return "too_large" if size(letter) + BESIDE_BYTES > back_to.max_bytes else "goes"


def size(letter: Letter) -> int:
    """Return how many bytes the record of *letter* takes in Kafka, about."""
    beside = sum(len(name) + len(value or b"") + 8 for name, value in letter.headers)
    return len(letter.key or b"") + len(letter.value or b"") + beside


@dataclass(slots=True)
class Counts:
    """How many letters go, by stage, reason and topic, and how many stay, by stage and why.

    The topic is where they go back to; those that are dropped have none.
    """

    goes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    stays: Counter[tuple[str, Standing]] = field(default_factory=Counter)

    def enter(self, letter: Letter, standing: Standing, verb: Verb) -> None:
        """Count one."""
        if standing == "goes":
            self.goes[letter.stage, letter.reason, "" if verb in STAYING else letter.said("topic")] += 1
        else:
            self.stays[letter.stage, standing] += 1
