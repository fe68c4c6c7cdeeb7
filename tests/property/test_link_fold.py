from __future__ import annotations

import math
import random
from collections import Counter
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.link.lifecycle import eviction
from services.link.memory import past
from services.link.model import model
from services.workshop.streams.link_fold import folded, signatures
from services.workshop.streams.tape import Tape, restored
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


THEMES = 4


def page(n: int, drawn: tuple[str, list[int], int | None, int, bool]) -> Page:
    lang, words, hour, number, with_vector = drawn
    at = None if hour is None else f"2024-05-{1 + hour // 24:02d}T{hour % 24:02d}:00:00.000Z"
    dice = random.Random(number)
    vector = bytes(dice.randrange(256) for _ in range(384)) if with_vector else b""
    text = " ".join(WORDS[lang][word] for word in words) + f" {100 + number}"
    return Page(f"d{n}", lang, text, at=at, vector=vector, title=WORDS[lang][words[0]])


@settings(max_examples=25, deadline=None)
@given(st.lists(ARTICLE, min_size=2, max_size=14))
def test_reasons_add_up_and_point_at_words_of_the_article(
    drawn: list[tuple[str, list[int], int | None, int, bool]],
) -> None:
    lane, texts = Lane(), {}
    for n, item in enumerate(drawn):
        made = page(n, item)
        texts[made.doc_id] = orjson.loads(made.value())["clean"]["text"]
        linked = lane.take(made)
        total = (
            linked["bias"] + sum(reason["weight"] for reason in linked["evidence"]) + linked["evidence_rest"]
        )
        assert abs(math.log(linked["score"] / (1 - linked["score"])) - total) < 1e-9
        for reason in linked["evidence"]:
            assert all(texts[made.doc_id][span["start"] : span["end"]] for span in reason["doc_spans"])
            other = texts[reason["other"]["doc_id"]]
            assert all(other[span["start"] : span["end"]] for span in reason["other"]["spans"])


@settings(max_examples=15, deadline=None)
@given(st.lists(ARTICLE, min_size=4, max_size=16), st.integers(1, 12))
def test_a_lane_restored_anywhere_sends_the_same_bytes(
    drawn: list[tuple[str, list[int], int | None, int, bool]], cut: int
) -> None:
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
    """Thirty articles about three subjects in two days: stories are opened and merged away inside one
    batch.
    """
    dice, pages = random.Random(number), []
    for n in range(30):
        subject = dice.randrange(3)
        words = [(subject * 5 + i) % 16 for i in range(8)]
        dice.shuffle(words)
        hour = dice.choice([None, subject * 3 + dice.randrange(20)])
        pages.append(
            page(
                n,
                (dice.choice(sorted(WORDS)), words[: dice.randint(4, 8)], hour, subject, dice.random() < 0.7),
            )
        )
    return pages


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1, 2, 5, 10]), st.booleans())
def test_a_lane_restored_from_what_its_batches_wrote_sends_the_same_bytes(
    number: int, batch: int, tombstones: bool
) -> None:
    found = signatures([made.value() for made in crowded(number)])
    tape, again = Tape(cut=20, batch=batch), Tape()
    folded(found, model(), watch=tape)
    folded(found[20:], model(), state=restored(tape, tombstones=tombstones), watch=again)
    assert again.whole.digest() == tape.rest.digest()


@pytest.mark.parametrize("tombstones", [False, True])
def test_a_lane_restored_when_stories_have_closed_goes_on_closing_others(*, tombstones: bool) -> None:
    drawn = [("en", [n % 16, 3 * n % 16, 7 * n % 16, (n * n) % 16], None, n, True) for n in range(256)]
    made = [
        replace(page(n, one), at=f"2024-05-{1 + n // 24:02d}T{n % 24:02d}:00:00.000Z")
        for n, one in enumerate(drawn)
    ]
    found = signatures([one.value() for one in made])
    tape, again = Tape(cut=192, batch=32), Tape()
    folded(found, model(), watch=tape)
    folded(found[192:], model(), state=restored(tape, tombstones=tombstones), watch=again)
    assert again.whole.digest() == tape.rest.digest()


@pytest.mark.parametrize("tombstones", [False, True])
def test_a_lane_restored_with_a_full_past_sends_the_same_bytes(
    monkeypatch: pytest.MonkeyPatch, *, tombstones: bool
) -> None:
    for module in (past, eviction):
        monkeypatch.setattr(module, "PAST_ROOM", 48)
    drawn = [("en", [n % 16, 3 * n % 16, 7 * n % 16, (n * n) % 16], None, n, True) for n in range(384)]
    dice = random.Random(0)
    # half of them days late
    hours = [n + 72 - dice.randrange(144) * (dice.random() < 0.5) + 72 for n in range(384)]
    made = [
        replace(page(n, one), at=f"2024-05-{1 + h // 24:02d}T{h % 24:02d}:00:00.000Z")
        for (n, one), h in zip(enumerate(drawn), hours, strict=True)
    ]
    found = signatures([replace(one, vector=dice.randbytes(384)).value() for one in made])
    tape, again = Tape(cut=256, batch=32), Tape()
    folded(found, model(), watch=tape)
    state = restored(tape, tombstones=tombstones)
    assert len(state.past.row_of) > 24
    folded(found[256:], model(), state=state, watch=again)
    assert again.whole.digest() == tape.rest.digest()


def drifting(number: int) -> list[Page]:
    """Articles that each lie at or between two of a few themes, some of them twice: stories run together, and
    headlines come too early.
    """
    dice, pages = random.Random(number), list[Page]()
    themes = [[dice.gauss(0, 1) for _ in range(384)] for _ in range(THEMES)]
    for n in range(60):
        lang = dice.choice(sorted(WORDS))
        (a, b) = dice.sample(range(THEMES), 2)
        share = dice.choice([0, 0, 0.15, 0.35, 0.5])
        meant = [
            (1 - share) * x + share * y + 0.5 * dice.gauss(0, 1)
            for x, y in zip(themes[a], themes[b], strict=True)
        ]
        most = max(map(abs, meant))
        words = [WORDS[lang][4 * (a if dice.random() > share else b) + dice.randrange(4)] for _ in range(8)]
        text = pages[-1].text if pages and dice.random() < 0.15 else f"{' '.join(words)} {100 + n}"
        at = None if dice.random() < 0.2 else f"2024-05-01T{n // 4:02d}:00:00.000Z"
        vector = bytes(round(value / most * 127) % 256 for value in meant)
        pages.append(
            Page(f"d{n}", lang, text, at=at, vector=vector, title=words[0], source=f"s{n % 3}.example")
        )
    return pages


def happened(number: int) -> Counter[str]:
    """What happens to the stories of a drifting stream."""
    found = Counter[str]()
    folded(
        signatures([made.value() for made in drifting(number)]),
        model(),
        watch=lambda _, changes: found.update(event.event for event in changes.events),
    )
    return found


def test_articles_of_a_drifting_stream_move_and_its_stories_split() -> None:
    found = sum((happened(number) for number in range(6)), Counter[str]())
    assert found["moved"] > 5
    assert found["split"] > 1


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 1_000), st.sampled_from([10, 20, 30, 50]), st.sampled_from([1, 5, 10]), st.booleans())
def test_a_lane_restored_among_moves_and_splits_sends_the_same_bytes(
    number: int, cut: int, batch: int, tombstones: bool
) -> None:
    found = signatures([made.value() for made in drifting(number)])
    tape, again = Tape(cut=cut, batch=batch), Tape()
    folded(found, model(), watch=tape)
    folded(found[cut:], model(), state=restored(tape, tombstones=tombstones), watch=again)
    assert again.whole.digest() == tape.rest.digest()


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 1_000))
def test_every_article_of_a_drifting_stream_is_in_one_story(number: int) -> None:
    lane, pages, last = Lane(), drifting(number), dict[str, dict[str, Any]]()
    for made in pages:
        lane.take(made)
    for item in lane.sent:
        if item.topic == "stories":
            record = orjson.loads(item.value)
            assert record["version"] == last.get(record["story_id"], {"version": 0})["version"] + 1
            last[record["story_id"]] = record
    known = [
        (doc_id, story_id)
        for story_id, record in last.items()
        if record["status"] != "merged"
        for doc_id in record["doc_ids"]
    ]
    assert sorted(known) == sorted((made.doc_id, lane.state.placed(made.doc_id)[0]) for made in pages)  # type: ignore[index]
    for record in last.values():
        members = record["members"]
        assert (
            members["n"]
            == len(record["doc_ids"])
            == sum(members["by_lang"].values())
            == sum(members["by_source"].values())
        )
        assert (
            {item["doc_id"] for item in record["timeline"]}
            == set(record["doc_ids"])
            >= set(record["medoid"].values())
        )
        assert set(record["medoid"]) == set(record["label"]) == set(members["by_lang"])
        assert record["origins"]["n_independent"] == len(record["origins"]["list"])
