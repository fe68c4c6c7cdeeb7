"""What a lane has finished since it began.

It is the metadata of the committed offset, so it is exactly as true as the offset, and anybody may read it
with the group's offsets. An operator who resets offsets by hand resets it too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

import orjson


@dataclass(slots=True)
class Tally:
    """Records *finished* by ending; of these, the *dropped* and the *dead* by reason."""

    finished: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)

    def plus(self, other: Tally) -> Tally:
        """Return what both have finished."""
        return Tally(self.finished + other.finished, self.dropped + other.dropped, self.dead + other.dead)

    def encoded(self) -> str:
        """Return the tally as the metadata of an offset (Kafka takes 4,096 bytes)."""
        return orjson.dumps({"finished": self.finished, "dropped": self.dropped, "dead": self.dead}).decode()

    @classmethod
    def decoded(cls, metadata: str) -> Self:
        """Read an offset's metadata; one that no lane has written gives an empty tally."""
        try:
            parsed = orjson.loads(metadata)
            return cls(
                *(
                    Counter({str(key): int(n) for key, n in parsed[part].items()})
                    for part in ("finished", "dropped", "dead")
                )
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            return cls()

    @classmethod
    def summed(cls, tallies: Iterable[Tally]) -> Self:
        """Return the tally of several lanes."""
        total = cls()
        for tally in tallies:
            total.finished.update(tally.finished)
            total.dropped.update(tally.dropped)
            total.dead.update(tally.dead)
        return total
