"""What a person says of two articles (``stories.marks``): one story or not.

Gold data: no stage reads it, evaluation and diffs do.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

BETWEEN_DOCUMENTS = "\x1f"


class Mark(Struct, frozen=True, kw_only=True):
    """What a reader says of two documents, *first* and *second* in the order of their ids.

    A later mark of the same two takes the place of this one.
    """

    schema: int = 1
    first: str
    second: str
    same: bool
    """Whether they tell one story."""

    at: str
    """When it was said (RFC 3339)."""

    by: str = ""
    """Who said it, as they call themselves; empty: they did not say."""

    note: str = ""
    together: bool
    """Whether the engine had them in one story when it was said."""

    run: str = "live"
    """The run whose stories the reader saw."""

    def is_kept(self, story_of: Mapping[str, str]) -> bool:
        """Tell whether stories (document → story), which have both documents, say the same."""
        return (story_of[self.first] == story_of[self.second]) == self.same

    @property
    def key(self) -> str:
        """The key of its record."""
        return f"{self.first}{BETWEEN_DOCUMENTS}{self.second}"
