"""Places with coordinates and their role: where it happened, where it was written, or only mentioned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from msgspec import UNSET

from services.extract.found_name import Name
from services.extract.lexicon import snapshot
from services.extract.lexicon.cues import IN_WORDS
from services.extract.words_of_article import OPENING_CHARS, Words
from shared.records import Clean, Mention, Place, entity_ids

AFTER_DATELINE = re.compile(r"\s?[(\[–—:/-]|\s[،,]")
"""What follows the place of a dateline; a comma right behind it makes a list or a sentence."""
Precision = Literal["country", "adm1", "city", "site"]
_PRECISION: dict[str, Precision] = {
    "state": "country",
    "region": "adm1",
    "city": "city",
    "water": "site",
    "site": "site",
}


def places(mentions: Sequence[Mention], names: Sequence[Name], clean: Clean, words: Words) -> list[Place]:
    """Return every mention of which it is known where it lies.

    The first place after «در», في, in within the first third is the event's.
    """
    out: list[Place] = []
    event: str | None = None
    for mention, name in zip(mentions, names, strict=True):
        location = _location(mention.entity_id)
        if location is None or mention.type not in {"LOC", "FAC"}:
            continue
        role: Literal["event", "dateline", "mention"] = "mention"
        if _is_dateline(mention, clean, words):
            role = "dateline"
        elif (
            _follows_in(name, words)
            and mention.start < len(words.text) / 3
            and event in {None, mention.entity_id}
        ):
            role, event = "event", mention.entity_id
        out.append(
            Place(
                mention_id=mention.id,
                geonames_id=location.geonames_id or UNSET,
                lat=location.lat,
                lon=location.lon,
                precision=location.precision,
                role=role,
            )
        )
    return out


def _is_dateline(mention: Mention, clean: Clean, words: Words) -> bool:
    """Tell whether a place says where the article was written."""
    if clean.dateline and mention.start in clean.dateline.place:
        return True
    opens = mention.start == 0 or (
        words.text[: mention.start].endswith("\n\n") and mention.start < OPENING_CHARS
    )
    return opens and bool(AFTER_DATELINE.match(words.text, mention.end))


def _follows_in(name: Name, words: Words) -> bool:
    """Tell whether «in» stands before a name, be it as Arabic «ب» glued to it."""
    before = words.key_before(name.first)
    clitic = (
        words.lang == "ar"
        and name.start > words.tokens[name.first].start
        and words.keys[name.first][0] == "ب"
    )
    return clitic or (bool(before) and words.reads_as(name.first - 1, IN_WORDS))


class _Location(NamedTuple):
    """Where an entity lies, in degrees; *geonames_id* is 0 without one."""

    lat: float
    lon: float
    precision: Precision
    geonames_id: int


def _location(entity_id: str) -> _Location | None:
    row = snapshot.entity(entity_id)
    geonames_id = entity_ids.geonames_id(entity_id)
    if row and row.get("at"):
        lat, lon = row["at"]
        return _Location(lat, lon, _PRECISION.get(row["kind"], "site"), geonames_id)
    city = snapshot.city(geonames_id) if geonames_id else None
    return _Location(city.lat, city.lon, "city", geonames_id) if city else None
