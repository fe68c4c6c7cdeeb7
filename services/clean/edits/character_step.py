"""One rule that changes characters of a text, and when it is tried."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from services.clean.edits.ledger import Rule

type Give = str | Callable[[re.Match[str]], str]


@dataclass(frozen=True, slots=True)
class CharacterStep:
    """One rule, tried on a text that holds one of *triggers* and one of *signs*, where there are any.

    Looking for a sign is ten times as fast as letting a pattern find nothing: 0.2 of a page's 1.7 ms.
    """

    op: Rule
    pattern: re.Pattern[str]
    give: Give
    triggers: frozenset[str] = frozenset()
    signs: tuple[str, ...] = ()

    def concerns(self, text: str, present: frozenset[str]) -> bool:
        """Tell whether the rule may find something in *text*, whose characters are *present*."""
        if self.triggers and present.isdisjoint(self.triggers):
            return False
        return not self.signs or any(sign in text for sign in self.signs)
