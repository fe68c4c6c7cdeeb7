from __future__ import annotations

from pathlib import Path

import pytest

from services.detect import core

SEEDS = Path(__file__).resolve().parents[1] / "seeds"


@pytest.mark.parametrize(
    ("name", "lang"), [("000_3eb1ae8f6e4d07b5.txt", "fa"), ("002_7e478acb9f3015b4.txt", "ar")]
)
def test_a_seed_is_one_language_from_end_to_end(name: str, lang: str) -> None:
    text = (SEEDS / name).read_text(encoding="utf-8")
    found = core.detect(text)
    assert (found.lang, found.lang_macro, found.dir, found.confidence) == (lang, lang, "rtl", 1.0)
    assert [(span.start, span.lang) for span in found.spans] == [(0, lang)]
    assert found.spans[0].end == len(text.rstrip())
    assert found.spans[0].confidence > 0.99
    assert not found.mixed
    assert found.warnings == []


def test_the_keyboards_of_the_seeds_are_told() -> None:
    ratios = {}
    for name in ("000_3eb1ae8f6e4d07b5.txt", "002_7e478acb9f3015b4.txt"):
        block = core.detect((SEEDS / name).read_text(encoding="utf-8")).orthography
        ratios[name[:3]] = block.arabic_keyboard_ratio if block else None
    assert ratios == {"000": 0.0, "002": 1.0}
