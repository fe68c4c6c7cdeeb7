"""Names that are everyday words: «سيول» is Seoul where its neighbourhood is named or a tagger is sure, else floods."""

from __future__ import annotations

import msgspec
import pytest

from services.extract.bench import article
from services.extract.core import extract
from services.extract.seam import Models, TaggedSpan

SEOUL = "gn:1835848"


def ids(text: str, *spans: TaggedSpan) -> list[str | None]:
    made = article("ar", 0)
    assert made.clean
    models = Models(tag=lambda _tokens, _lang: spans) if spans else Models()
    return [
        m.entity_id for m in extract(msgspec.structs.replace(made, clean=msgspec.structs.replace(made.clean, text=text)), models).mentions
    ]


@pytest.mark.parametrize("text", ["ضربت سيول عنيفة شرق ليبيا.", "حذرت الأرصاد من أمطار وسيول في جنوب البلاد."])
def test_floods_are_no_place(text: str) -> None:
    assert SEOUL not in ids(text)


@pytest.mark.parametrize("text", ["طوكيو وسيول تتفقان على استئناف الحوار.", "أعلنت سيول أن كوريا الشمالية أطلقت صاروخا."])
def test_a_place_nearby_speaks_for_the_city(text: str) -> None:
    assert SEOUL in ids(text)


@pytest.mark.parametrize(("confidence", "city"), [(0.9, True), (0.6, False)])
def test_only_a_sure_tagger_speaks_for_the_city(confidence: float, city: bool) -> None:
    assert (SEOUL in ids("وصل الوزير إلى سيول اليوم.", TaggedSpan(3, 4, "LOC", confidence, "encoder"))) is city


def test_what_is_no_name_is_no_tagged_name_either() -> None:
    assert ids("تسببت سيول في أضرار.", TaggedSpan(1, 2, "LOC", 0.6, "encoder")) == []
