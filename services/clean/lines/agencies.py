"""Loads the table of agencies and outlets (``data/agencies.yml``) and finds the one a name means."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, cast

import yaml

from shared.text.match_key import match_key


@dataclass(frozen=True, slots=True)
class Agencies:
    """Sources by name: *ids* (match key → id), *titles* before a name, *media_words* of outlets' names."""

    ids: dict[str, str]
    titles: tuple[str, ...]
    media_words: frozenset[str]

    def bare(self, name: str) -> str:
        """Return the match key of *name* without «خبرگزاری», «وكالة» and the like."""
        key = match_key(name).strip(" .،,:؛-()\"'")
        title = next((title for title in self.titles if key.startswith(title + " ")), "")
        return key[len(title) :].strip()

    def id_of(self, name: str) -> str | None:
        """Return the id of the outlet that *name* means, None when it is not in the table."""
        bare = self.bare(name)
        return self.ids.get(bare) or self.ids.get(match_key(name))

    def is_outlet(self, name: str) -> bool:
        """Tell whether *name* is in the table or reads like an outlet's name."""
        return self.id_of(name) is not None or not self.media_words.isdisjoint(match_key(name).split())


@cache
def load() -> Agencies:
    """Return the shipped table."""
    text = files("services.clean").joinpath("data", "agencies.yml").read_text(encoding="utf-8")
    table = cast("dict[str, Any]", yaml.safe_load(text))
    ids = {match_key(name): agency for agency, names in table["agencies"].items() for name in names}
    titles = tuple(
        sorted({match_key(title) for title in table["titles"]}, key=lambda title: (-len(title), title))
    )
    return Agencies(ids, titles, frozenset(match_key(word) for word in table["media_words"]))
