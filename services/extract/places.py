"""Places with coordinates and their role: where it happened, where it was written, or only mentioned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from msgspec import UNSET

from services.extract.found_name import OPENING, Name, Words
from services.extract.lexicon import snapshot
from shared.records import Clean, Mention, Place, entity_ids

AFTER_DATELINE = re.compile(r"\s?[(\[–—:/،,-]")
IN_WORDS = frozenset({"در", "فی", "in", "at", "near", "outside", "قرب", "بمدینه", "شهر", "مدینه"})
Precision = Literal["country", "adm1", "city", "site"]
_PRECISION: dict[str, Precision] = {
    "state": "country",
    "region": "adm1",
    "city": "city",
    "water": "site",
    "site": "site",
}


def places(listed: Sequence[Mention], names: Sequence[Name], clean: Clean, words: Words) -> list[Place]:
    """Return every mention whose place is known.

    The first place after «در», في, in within the first third is the event's.
    """
    out: list[Place] = []
    event: str | None = None
    for mention, name in zip(listed, names, strict=True):
        point = _point(mention.entity_id)
        if point is None or mention.type not in {"LOC", "FAC"}:
            continue
        lat, lon, precision, geonames_id = point
        role: Literal["event", "dateline", "mention"] = "mention"
        if _dateline(mention, clean, words):
            role = "dateline"
        elif (
            _inside(name, words)
            and mention.start < len(words.text) / 3
            and event in {None, mention.entity_id}
        ):
            role, event = "event", mention.entity_id
        out.append(
            Place(
                mention_id=mention.id,
                geonames_id=geonames_id or UNSET,
                lat=lat,
                lon=lon,
                precision=precision,
                role=role,
            )
        )
    return out


def _dateline(mention: Mention, clean: Clean, words: Words) -> bool:
    if clean.dateline and mention.start in clean.dateline.place:
        return True
    opens = mention.start == 0 or (words.text[: mention.start].endswith("\n\n") and mention.start < OPENING)
    return (
        opens
        and bool(AFTER_DATELINE.match(words.text, mention.end))
        and words.text[mention.end : mention.end + 1] not in {",", "،"}
    )


def _inside(name: Name, words: Words) -> bool:
    before = words.beside(name.first, name.first - 1)
    clitic = (
        words.lang == "ar"
        and name.start > words.tokens[name.first].start
        and words.keys[name.first][0] == "ب"
    )
    return clitic or (bool(before) and words.reads_as(name.first - 1, IN_WORDS))


def _point(entity_id: str) -> tuple[float, float, Precision, int] | None:
    row = snapshot.entity(entity_id)
    number = entity_ids.geonames_id(entity_id)
    if row and row.get("at"):
        return row["at"][0], row["at"][1], _PRECISION.get(row["kind"], "site"), number
    city = snapshot.city(number) if number else None
    return (city.lat, city.lon, "city", number) if city else None
