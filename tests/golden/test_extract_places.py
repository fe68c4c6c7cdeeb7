"""A town is one place in every language that names it: the table beside this file, in sentences of each
language, without a tagger.
"""

from __future__ import annotations

import math
from pathlib import Path

import msgspec
import pytest

from services.extract.core import extract
from services.workshop.timing.extract import article
from shared.records import Entities

REACH_KM = 60
SENTENCES = {
    "fa": "سه نفر بر اثر انفجار در شهر {} کشته شدند.",
    "ar": "قتل ثلاثة أشخاص جراء انفجار في مدينة {} أمس.",
    "en": "Three people were killed in an explosion in the city of {} yesterday.",
}
ROWS = [
    line.split("\t")
    for line in Path(__file__).with_name("extract_places.tsv").read_text("utf8").splitlines()
    if line[0] != "#"
]


def read(text: str, lang: str) -> Entities:
    made = article(lang, 0)
    assert made.clean
    return extract(msgspec.structs.replace(made, clean=msgspec.structs.replace(made.clean, text=text)))


def points(found: Entities) -> dict[str, tuple[float, float]]:
    ids = {mention.id: mention.entity_id for mention in found.mentions}
    return {ids[place.mention_id]: (place.lat, place.lon) for place in found.places}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2])
def test_a_place_is_one_in_three_languages(row: list[str]) -> None:
    lat, lon = float(row[3]), float(row[4])
    found = [
        points(read(SENTENCES[lang].format(name), lang)) for lang, name in zip(SENTENCES, row, strict=False)
    ]
    shared = set.intersection(*map(set, found))
    assert len(shared) == 1, found
    here = found[0][shared.pop()]
    assert 111 * math.hypot(here[0] - lat, (here[1] - lon) * math.cos(math.radians(lat))) < REACH_KM
