"""Names that are everyday words too: «سيول» is Seoul and floods. The word is the name only where something else says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.extract import lexicon
from services.extract.name import Name

SURE = 0.8
"""What a tagger must give the word: on «سيول» it gave the city .83 to .98 of the time it named it, floods .50 to .78."""
NEAR = 15.0
"""Degrees of latitude and longitude together within which another named place speaks for it: Seoul with both Koreas and Tokyo."""


def told_apart(looked_up: Sequence[Name], tagged: Sequence[Name]) -> tuple[list[Name], list[Name], list[Name]]:
    """Return both lists without the words that are no names here, and those: no place nearby is named, no tagger is sure of them."""
    places = [place for name in looked_up if name.use != "word" and (place := _place(name))]
    plain = [name for name in looked_up if name.use == "word" and not _near(name, places) and not _sure(name, tagged)]
    kept = [replace(name, use="name") if name.use == "word" else name for name in looked_up if name not in plain]
    return kept, [name for name in tagged if not any(name.overlaps(word) for word in plain)], plain


def _sure(name: Name, tagged: Sequence[Name]) -> bool:
    return any(other.confidence >= SURE for other in tagged if (other.first, other.last) == (name.first, name.last))


def _near(name: Name, places: Sequence[Sequence[float]]) -> bool:
    here = _place(name)
    return here is None or any(abs(here[0] - lat) + abs(here[1] - lon) <= NEAR for lat, lon in places)


def _place(name: Name) -> Sequence[float] | None:
    row = lexicon.entity(name.entity_id) if name.entity_id else None
    return row.get("at") if row else None
