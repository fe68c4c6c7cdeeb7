from __future__ import annotations

import random

import numpy as np
import pytest

from services.link.memory import window as window_module
from services.link.memory.sketches import Sketches
from services.link.memory.terms import Terms
from services.link.numeric.vectors import DIM
from tests.unit.link_articles import Lane, Page

WIDTH = 8
WORDS = [
    "bridge",
    "river",
    "harbour",
    "council",
    "budget",
    "school",
    "strike",
    "storm",
    "museum",
    "airport",
    "vaccine",
    "orchard",
]


def vectors(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-127, 128, (n, DIM)).astype(np.int8)


def features(n: int, seed: int) -> Terms:
    dice = np.random.default_rng(seed)
    ids = dice.integers(1, 1 << 32, (n, WIDTH)).astype(np.uint32)
    return Terms(ids, dice.integers(1, 200, (n, WIDTH)).astype(np.uint8))


def filled(order: list[int], *, room: int, has_vector: bool = True) -> Sketches:
    """Sketches of 3,000 rows; the article i lies in the row order[i]."""
    n, sketches = len(order), Sketches(room)
    own, shared = features(n, 2), features(n, 3)
    sketches.put(np.array(order), vectors(n, 1), np.full(n, has_vector), own, shared)
    return sketches


def nearest(sketches: Sketches, i: int, *, vector: np.ndarray | None) -> list[int]:
    own, shared = (features(3000, seed).take(slice(i, i + 1)) for seed in (2, 3))
    rows: list[int] = sketches.nearest(vector, own, shared, live=3000).tolist()
    return rows


def test_what_is_near_does_not_depend_on_where_rows_lie() -> None:
    plain, mixed = list(range(3000)), list(range(100, 3100))
    random.Random(4).shuffle(mixed)
    here = filled(plain, room=3000)
    there = filled(mixed, room=5000)
    place = {row: i for i, row in enumerate(mixed)}
    for i in range(0, 3000, 300):
        vector = vectors(3000, 1)[i]
        found = nearest(here, i, vector=vector)
        assert i in found
        assert len(found) < 1100
        assert found == sorted(place[row] for row in nearest(there, i, vector=vector))


def test_a_likeness_of_meaning_is_found_among_thousands() -> None:
    sketches, dice = filled(list(range(3000)), room=3000), np.random.default_rng(9)
    none = Terms(np.zeros((1, WIDTH), np.uint32), np.zeros((1, WIDTH), np.uint8))
    for i in range(50):
        changed = vectors(3000, 1)[i] * 0.6 + dice.normal(0, 40, DIM)
        found = sketches.nearest(np.clip(changed, -127, 127).astype(np.int8), none, none, live=3000)
        assert i in found


def test_an_article_without_a_vector_is_found_by_its_words() -> None:
    sketches = filled(list(range(3000)), room=3000, has_vector=False)
    assert all(i in nearest(sketches, i, vector=None) for i in range(0, 3000, 100))


def test_a_row_that_was_removed_is_found_no_more() -> None:
    sketches = filled(list(range(3000)), room=3000)
    sketches.remove(7)
    sketches.grow(4000)
    assert 7 not in nearest(sketches, 7, vector=vectors(3000, 1)[7])
    assert max(nearest(sketches, 8, vector=vectors(3000, 1)[8])) < 3000


def pages(n: int) -> list[Page]:
    dice = random.Random(11)
    out = []
    for i in range(n):
        event = dice.randrange(8)
        words = [*WORDS[event : event + 4], *dice.sample(WORDS, 3)]
        vector = bytes(random.Random(event).randrange(256) for _ in range(DIM)) if i % 5 else b""
        at = f"2024-05-{1 + i // 24:02d}T{i % 24:02d}:00:00.000Z"
        out.append(
            Page(
                f"d{i}",
                "en",
                " ".join(words) + f" report {100 + event}",
                at=at,
                vector=vector,
                title=words[0],
            )
        )
    return out


def test_a_large_window_restored_anywhere_sends_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window_module, "SKETCHED_FROM", 10)
    monkeypatch.setattr(window_module, "SAMPLE_ROWS", 8)
    made, lane = pages(150), Lane()
    for page in made[:90]:
        lane.take(page)
    restored, before = lane.restored(), len(lane.sent)
    for page in made[90:]:
        lane.take(page)
        restored.take(page)
    assert [(item.topic, item.key, item.value) for item in lane.sent[before:]] == [
        (item.topic, item.key, item.value) for item in restored.sent
    ]
    assert lane.changelog == restored.changelog


def test_a_large_window_links_as_a_small_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    made, plain = pages(60), Lane()
    stories = [plain.take(page)["story_id"] for page in made]
    monkeypatch.setattr(window_module, "SKETCHED_FROM", 1)
    monkeypatch.setattr(window_module, "SAMPLE_ROWS", 1 << 20)
    sketched = Lane()
    assert [sketched.take(page)["story_id"] for page in made] == stories
    assert len(set(stories)) < len(made)
