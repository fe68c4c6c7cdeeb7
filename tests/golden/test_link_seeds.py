"""The two articles that the project exists for become one story, with reasons that a reader understands."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.link_articles import Lane, Page

SEEDS = Path(__file__).parents[1] / "seeds"
NAMES = {
    "fa": {
        "جِیک سالیوان": ("PER", "p:JK SLFN"),
        "ایال هولاتا": ("PER", "p:AL HLT"),
        "SCG": ("ORG", "e:scg"),
        "وین": ("LOC", "gn:2761369"),
    },
    "ar": {
        "جيك سوليفان": ("PER", "p:JK SLFN"),
        "إيال هولاتا": ("PER", "p:AL HLT"),
        "SCG": ("ORG", "e:scg"),
        "فيينا": ("LOC", "gn:2761369"),
    },
}


def seed(lang: str) -> Page:
    """A seed as clean would leave it: its long lines, its headline; the Persian one alone has a date."""
    path = next(SEEDS.glob("000_*.txt" if lang == "fa" else "002_*.txt"))
    lines = path.read_text(encoding="utf8").split("\n")
    title = lines[4] if lang == "fa" else lines[0]
    text = "\n\n".join(line for line in lines if len(line) > 60 and line != title)
    return Page(
        lang,
        lang,
        text,
        title=title,
        names=NAMES[lang],
        at="2022-01-27T10:32:00.000Z" if lang == "fa" else None,
    )


@pytest.mark.parametrize("order", [("fa", "ar"), ("ar", "fa")])
def test_the_seeds_become_one_story_in_either_order(order: tuple[str, str]) -> None:
    lane = Lane()
    first, second = (lane.take(seed(lang)) for lang in order)
    assert second["story_id"] == first["story_id"]
    assert second["cross_lingual"]
    shown = {
        (item["kind"], item["other"]["text"])
        for item in second["evidence"]
        if item["weight"] > 0 and item["doc_spans"]
    }
    kinds = {kind for kind, _ in shown}
    assert {"entity", "place", "time", "quote"} <= kinds
    assert ("entity", "SCG") in shown
    people = {"جِیک سالیوان", "ایال هولاتا", "جيك سوليفان", "إيال هولاتا"}
    assert len({text for kind, text in shown if kind == "entity"} & people) == 2


def sent_digest() -> str:
    lane = Lane()
    for lang in ("fa", "ar"):
        lane.take(seed(lang))
    return hashlib.sha256(b"".join(item.key + item.value for item in lane.sent)).hexdigest()


def test_what_is_sent_does_not_depend_on_the_hash_seed() -> None:
    code = "from tests.golden.test_link_seeds import sent_digest; print(sent_digest())"
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": number},
            cwd=SEEDS.parents[1],
            capture_output=True,
            check=True,
        ).stdout
        for number in ("1", "2")
    }
    assert len(found) == 1
    assert found.pop().decode().strip() == sent_digest()
