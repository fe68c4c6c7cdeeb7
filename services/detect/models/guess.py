"""What a branch of models makes of a text."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.detect.models.cld2 import Opinion


@dataclass(frozen=True, slots=True)
class Guess:
    """Probability of each tag, none where nothing tells; CLD2's *opinion* if it was asked.

    *dialect* is the log-ratio of Arabic dialect to standard Arabic, 0 outside of the Arabic script.
    """

    probabilities: dict[str, float] = field(default_factory=dict)
    opinion: Opinion | None = None
    dialect: float = 0.0
