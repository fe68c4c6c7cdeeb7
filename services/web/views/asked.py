"""A request for a page, and its answer: what becomes JSON, and what the template needs beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.web.library import Library
from services.web.tongue import Tongue

LONGEST = 400
"""Characters of a parameter of an address: nobody types more, and each word of a search costs."""

TURN_SIZE, MOST_SKIPPED = 20, 2_000
"""Stories or hits on one page; how far a search can be leafed through: who needs more narrows it."""


class NotFound(Exception):
    """What was asked for is not in the archive."""


class Unreadable(Exception):
    """A parameter of the address is none; the message says which and how it is written."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: *name* is what stands in its path, if anything."""

    library: Library
    tongue: Tongue
    query: Mapping[str, str]
    base: str
    """Where this page is reached from outside: feeds and exports need whole addresses."""

    name: str = ""

    def there[Answer](self, found: Answer | None) -> Answer:
        """Return *found*; raises NotFound when the archive has nothing of this name."""
        if found is None:
            raise NotFound(self.name)
        return found

    def text(self, key: str) -> str | None:
        """Return a parameter; None where it is not given or empty. Raises Unreadable when it is too long."""
        found = self.query.get(key, "").strip()
        if len(found) > LONGEST:
            raise Unreadable(f"{key} is longer than {LONGEST} characters")
        return found or None

    def day(self, key: str) -> str | None:
        """Return a day as ``2022-01-26``; raises Unreadable."""
        found = self.text(key)
        if found is not None:
            try:
                dt.date.fromisoformat(found)
            except ValueError:
                raise Unreadable(f"{key} is a day, written as 2022-01-26") from None
        return found

    def skip(self) -> int:
        """Return how many hits come before this page; raises Unreadable."""
        found = self.text("skip") or "0"
        if not (found.isascii() and found.isdigit() and int(found) <= MOST_SKIPPED):
            raise Unreadable(f"skip is a number up to {MOST_SKIPPED}")
        return int(found)


@dataclass(frozen=True, slots=True)
class Shown:
    """A page: *answer* is what its JSON says, *more* what the template gets beside it."""

    template: str
    title: str
    answer: Any
    more: Mapping[str, Any] = field(default_factory=dict)
