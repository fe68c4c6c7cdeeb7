"""Which letters are meant: by name, stage, reason, source, document and time. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from services.dead.letter import Letter


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a letter must be to be meant; whatever is empty excludes nothing.

    *document* is the beginning of an id, *until_ms* is exclusive.
    """

    stages: tuple[str, ...]
    names: frozenset[str] = frozenset()
    reasons: frozenset[str] = frozenset()
    source: str = ""
    document: str = ""
    since_ms: int = 0
    until_ms: int | None = None

    def takes(self, letter: Letter) -> bool:
        """Whether *letter* is meant; what costs most is asked last."""
        return (
            letter.stage in self.stages
            and (not self.names or letter.name in self.names)
            and (not self.reasons or letter.reason in self.reasons)
            and self.since_ms <= letter.timestamp_ms
            and (self.until_ms is None or letter.timestamp_ms < self.until_ms)
            and (not self.document or letter.document.startswith(self.document))
            and (not self.source or letter.source == self.source)
        )
