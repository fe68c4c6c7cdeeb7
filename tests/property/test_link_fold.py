from __future__ import annotations

import math
import random
from dataclasses import replace

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.link.evaluation.tape import Tape, restored
from services.link.model import model
from services.link.replay import folded, signatures
from tests.unit.link_articles import Lane, Page

WORDS = {
    "fa": [
        "وزیر",
        "نفت",
        "تهران",
        "سفر",
        "مذاکره",
        "انتخابات",
        "زلزله",
        "مدرسه",
        "دریا",
        "بانک",
        "قطار",
        "بیمارستان",
        "گندم",
        "فوتبال",
        "ماهواره",
        "دادگاه",
    ],
    "ar": [
        "وزير",
        "النفط",
        "طهران",
        "زيارة",
        "مفاوضات",
        "انتخابات",
        "زلزال",
        "مدرسة",
        "بحر",
        "بنك",
        "قطار",
        "مستشفى",
        "قمح",
        "كرة",
        "قمر",
        "محكمة",
    ],
    "en": [
        "minister",
        "oil",
        "Tehran",
        "visit",
        "talks",
        "election",
        "earthquake",
        "school",
        "sea",
        "bank",
        "train",
        "hospital",
        "wheat",
        "football",
        "satellite",
        "court",
    ],
}
ARTICLE = st.tuples(
    st.sampled_from(sorted(WORDS)),
    st.lists(st.integers(0, 15), min_size=6, max_size=14),
    st.integers(0, 9 * 24) | st.none(),
    st.integers(0, 3),
    st.booleans(),
)


def page(n: int, drawn: tuple[str, list[int], int | None, int, bool]) -> Page:
    lang, words, hour, number, with_vector = drawn
    at = None if hour is None else f"2024-05-{1 + hour // 24:02d}T{hour % 24:02d}:00:00.000Z"
    dice = random.Random(number)
    vector = bytes(dice.randrange(256) for _ in range(384)) if with_vector else b""
    text = " ".join(WORDS[lang][word] for word in words) + f" {100 + number}"
    return Page(f"d{n}", lang, text, at=at, vector=vector, title=WORDS[lang][words[0]])


@settings(max_examples=25, deadline=None)
@given(st.lists(ARTICLE, min_size=2, max_size=14))
def test_reasons_add_up_and_point_at_words_of_the_article(drawn: list[tuple[str, list[int], int | None, int, bool]]) -> None:
    lane, texts = Lane(), {}
    for n, item in enumerate(drawn):
        made = page(n, item)
        texts[made.doc_id] = orjson.loads(made.value())["clean"]["text"]
        linked = lane.take(made)
        total = linked["bias"] + sum(reason["weight"] for reason in linked["evidence"]) + linked["evidence_rest"]
        assert abs(math.log(linked["score"] / (1 - linked["score"])) - total) < 1e-9
        for reason in linked["evidence"]:
            assert all(texts[made.doc_id][span["start"] : span["end"]] for span in reason["doc_spans"])
            other = texts[reason["other"]["doc_id"]]
            assert all(other[span["start"] : span["end"]] for span in reason["other"]["spans"])


@settings(max_examples=15, deadline=None)
@given(st.lists(ARTICLE, min_size=4, max_size=16), st.integers(1, 12))
def test_a_lane_restored_anywhere_sends_the_same_bytes(drawn: list[tuple[str, list[int], int | None, int, bool]], cut: int) -> None:
    pages = [page(n, item) for n, item in enumerate(drawn)]
    lane, cut = Lane(), min(cut, len(pages) - 1)
    for made in pages[:cut]:
        lane.take(made)
    restored, before = lane.restored(), len(lane.sent)
    for made in pages[cut:]:
        lane.take(made)
        restored.take(made)
    assert [(item.topic, item.key, item.value) for item in lane.sent[before:]] == [
        (item.topic, item.key, item.value) for item in restored.sent
    ]
    assert lane.changelog == restored.changelog


def crowded(number: int) -> list[Page]:
    """Thirty articles about three subjects in two days: stories are opened and merged away inside one batch."""
    dice, pages = random.Random(number), []
    for n in range(30):
        subject = dice.randrange(3)
        words = [(subject * 5 + i) % 16 for i in range(8)]
        dice.shuffle(words)
        hour = dice.choice([None, subject * 3 + dice.randrange(20)])
        pages.append(page(n, (dice.choice(sorted(WORDS)), words[: dice.randint(4, 8)], hour, subject, dice.random() < 0.7)))
    return pages


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1, 2, 5, 10]), st.booleans())
def test_a_lane_restored_from_what_its_batches_wrote_sends_the_same_bytes(number: int, batch: int, tombstones: bool) -> None:
    found = signatures([made.value() for made in crowded(number)])
    tape, again = Tape(cut=20, batch=batch), Tape()
    folded(found, model(), watch=tape)
    folded(found[20:], model(), state=restored(tape, tombstones=tombstones), watch=again)
    assert again.whole.digest() == tape.rest.digest()


@pytest.mark.parametrize("tombstones", [False, True])
def test_a_lane_restored_when_stories_have_closed_goes_on_closing_others(*, tombstones: bool) -> None:
    drawn = [("en", [n % 16, 3 * n % 16, 7 * n % 16, (n * n) % 16], None, n, True) for n in range(256)]
    made = [replace(page(n, one), at=f"2024-05-{1 + n // 24:02d}T{n % 24:02d}:00:00.000Z") for n, one in enumerate(drawn)]
    found = signatures([one.value() for one in made])
    tape, again = Tape(cut=192, batch=32), Tape()
    folded(found, model(), watch=tape)
    folded(found[192:], model(), state=restored(tape, tombstones=tombstones), watch=again)
    assert again.whole.digest() == tape.rest.digest()
