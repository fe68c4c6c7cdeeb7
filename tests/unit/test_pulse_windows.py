"""The daybook and what is published of it: each note once, whatever the order; growth; the silence of
sources; bounded memory.
"""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Iterable, Sequence

import pytest
from msgspec import UNSET

from services.pulse import source_silence
from services.pulse.core import Note, Place
from services.pulse.daybook import HOUR_S, KEPT_HOURS, MINUTE_S, Daybook
from services.pulse.growth import KINDS, WindowKey, shown_hours, stale, text, windows
from services.pulse.source_silence import KnownSources, usual_gap
from shared.records.pulse_window import SourceSilence, Window

EIGHT = 1_795_507_200
"""2026-11-24T08:00:00Z"""

Notes = Sequence[tuple[Place, Note]]


def at(*moments: int, source: str = "a", entity: str = "e:x") -> list[Note]:
    return [Note(moment, "fa", source, "s", [entity]) for moment in moments]


def placed(notes: Iterable[Note]) -> Notes:
    return [(Place("live", number % 3, number // 3), note) for number, note in enumerate(notes)]


def book_of(notes: Notes) -> Daybook:
    made = Daybook()
    for place, note in notes:
        made.take(place, note)
    return made


def shown(book: Daybook) -> dict[WindowKey, Window]:
    return windows(book, shown_hours(book))


def some_days(seed: int, n: int, hours: int) -> Notes:
    plan = random.Random(seed)
    return placed(
        Note(
            EIGHT + plan.randrange(hours * HOUR_S),
            plan.choice(["fa", "ar"]),
            plan.choice("abcd"),
            f"s{plan.randrange(9)}",
            [f"e:{one}" for one in plan.sample(range(300), 4)],
        )
        for _ in range(n)
    )


@pytest.mark.parametrize("hours", [1, 30, 70])
def test_neither_order_nor_repetition_of_the_notes_changes_a_window(hours: int) -> None:
    notes = list(some_days(hours, 2000, hours))
    expected = shown(book_of(notes))
    again = notes + random.Random(1).sample(notes, 700)
    random.Random(2).shuffle(again)
    assert shown(book_of(again)) == expected
    newest = max(note.at for _, note in notes) // HOUR_S * HOUR_S
    inside = [note for _, note in notes if note.at >= newest - 23 * HOUR_S]
    for kind in KINDS:
        assert sum(window.articles for key, window in expected.items() if key.kind == kind) == len(inside)


def test_what_is_published_bit_by_bit_is_what_is_published_at_once() -> None:
    """A publisher writes the windows that changed alone; whoever reads them must hold what a new publisher
    would write.
    """
    notes = sorted(some_days(4, 500, 60), key=lambda one: one[1].at)
    book = Daybook()
    held = dict[WindowKey, Window]()
    late = random.Random(5)
    notes.sort(key=lambda one: one[1].at + (late.randrange(40 * HOUR_S) if late.random() < 0.05 else 0))
    for number, (place, note) in enumerate(notes):
        book.take(place, note)
        if number % 7 == 0:
            held |= windows(book, stale(book, book.changed))
            held = {key: window for key, window in held.items() if key.begin in shown_hours(book)}
            book.changed = set()
    held |= windows(book, stale(book, book.changed))
    assert held == shown(book_of(notes))


def test_growth_is_against_the_day_before_and_as_much_of_the_hour_as_is_over() -> None:
    before = at(*(EIGHT - hour * HOUR_S for hour in range(1, 25) for _ in range(4)))
    now = at(*range(EIGHT, EIGHT + 1800, 180))
    book = book_of(placed(before + now))
    (row,) = shown(book)[WindowKey("entity", EIGHT)].rows
    assert (row.n, row.usual) == (10, 4.0)
    part = (book.newest - EIGHT + 1) / HOUR_S
    assert row.growth == round(11 / (4 * part + 1), 3)
    book.take(Place("live", 0, 10_000), at(EIGHT + HOUR_S)[0])
    (over,) = shown(book)[WindowKey("entity", EIGHT)].rows
    assert over.growth == round(11 / 5, 3)


def test_in_the_first_hour_there_is_nothing_is_usual() -> None:
    book = book_of(placed(at(EIGHT, EIGHT + HOUR_S)))
    found = shown(book)
    assert found[WindowKey("story", EIGHT)].rows[0].usual is UNSET
    assert found[WindowKey("story", EIGHT + HOUR_S)].rows[0].usual == 1.0


def test_the_rows_are_the_largest_and_those_that_grow_most() -> None:
    usual = [
        Note(EIGHT - hour * HOUR_S, "fa", "a", "", [f"e:big{n:03d}" for n in range(start, start + 30)])
        for hour in range(1, 25)
        for start in range(0, 120, 30)
        for _ in range(5)
    ]
    today = [
        Note(EIGHT, "fa", "a", "", [f"e:big{n:03d}" for n in range(start, start + 30)])
        for start in range(0, 120, 30)
        for _ in range(5)
    ]
    sudden = [Note(EIGHT, "fa", "a", "", ["e:sudden"]) for _ in range(3)] + [
        Note(EIGHT, "fa", "a", "", ["e:few"]) for _ in range(2)
    ]
    last = [Note(EIGHT + HOUR_S - 1, "fa", "a", "", [])]
    window = shown(book_of(placed(usual + today + sudden + last)))[WindowKey("entity", EIGHT)]
    assert window.ids == 122
    rows = {row.id: row.n for row in window.rows}
    assert rows["e:sudden"] == 3
    assert "e:few" not in rows
    assert {n for name, n in rows.items() if name != "e:sudden"} == {5}
    assert len(rows) >= 100


def test_languages_have_minutes_and_sources_languages() -> None:
    notes = [
        Note(EIGHT + 61, "fa", "a", "", []),
        Note(EIGHT + 62, "ar", "a", "", []),
        Note(EIGHT + 3599, "fa", "b", "", []),
    ]
    found = shown(book_of(placed(notes)))
    fa = next(row for row in found[WindowKey("language", EIGHT)].rows if row.id == "fa")
    assert {minute: n for minute, n in enumerate(fa.minutes or []) if n} == {1: 1, 59: 1}
    a = next(row for row in found[WindowKey("source", EIGHT)].rows if row.id == "a")
    assert a.langs == {"ar": 1, "fa": 1}
    assert found[WindowKey("source", EIGHT)].until == text(EIGHT + 3599)


def test_hours_and_their_notes_are_forgotten_by_the_news_clock() -> None:
    book = book_of(placed(at(EIGHT, EIGHT + 1, EIGHT + 2)))
    assert list(book.give_up(9)) == []
    book.take(Place("live", 1, 700), at(EIGHT + KEPT_HOURS * HOUR_S)[0])
    assert sorted(book.give_up(9)) == [Place("live", part, 0) for part in range(3)]
    assert list(book.give_up(9)) == [], "each is given up once"
    assert list(book.hours) == [EIGHT + KEPT_HOURS * HOUR_S]
    for part in range(3):
        book.take(Place("live", part, 0), None)
    book.take(Place("live", 2, 0), at(EIGHT)[0])
    assert list(book.give_up(9)) == [Place("live", 2, 0)], "one that comes again after all goes again"
    assert list(book.hours) == [EIGHT + KEPT_HOURS * HOUR_S]


def test_a_source_is_missed_after_four_times_its_usual_gap_and_an_hour_at_least() -> None:
    steady = book_of(placed(at(*(EIGHT + minute * MINUTE_S for minute in range(0, 1440, 10)))))
    assert usual_gap(steady, "a") == 600
    by_day = book_of(
        placed(
            at(
                *(
                    EIGHT + minute * MINUTE_S
                    for minute in (*range(480, 1440, 10), *range(1920, 2880, 10), 2880 + 470)
                )
            )
        )
    )
    gap = usual_gap(by_day, "a")
    assert gap is not None
    assert 4 * gap > 8 * HOUR_S + 600, "its nights are no silence"
    assert usual_gap(book_of(placed(at(EIGHT, EIGHT, EIGHT + 1, EIGHT + 9000))), "a") is None, (
        "two minutes show no habit"
    )
    known = KnownSources([])
    one = known.hear(steady, "a", steady.heard["a"])
    assert one == SourceSilence(
        source="a", last_at=text(EIGHT + 1430 * MINUTE_S), usual_gap_s=600, limit_s=3600
    )
    assert known.hear(steady, "a", steady.heard["a"]) is None, "nothing new"


def test_a_source_stays_known_after_the_daybook_has_forgotten_it() -> None:
    before = SourceSilence(source="a", last_at=text(EIGHT), usual_gap_s=3000, limit_s=12000)
    known = KnownSources([before])
    assert known.hear(book_of(placed(at(EIGHT - 60))), "a", EIGHT - 60) is None, (
        "an older article is no sign of life"
    )
    later = known.hear(book_of(placed(at(EIGHT + 60))), "a", EIGHT + 60)
    assert later == SourceSilence(source="a", last_at=text(EIGHT + 60), usual_gap_s=3000, limit_s=12000)
    assert known.forget(EIGHT + 29 * 86_400) == []
    assert known.forget(EIGHT + 31 * 86_400) == ["a"]


def test_no_more_sources_are_watched_than_may_be_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_silence, "MOST_SOURCES", 2)
    book, known = Daybook(), KnownSources([])
    for number, (place, note) in enumerate(
        placed([one for name in "abc" for one in at(*range(EIGHT, EIGHT + 600, 60), source=name)])
    ):
        book.take(Place(place.run, 9, number), note)
    assert [known.hear(book, name, EIGHT) is not None for name in "abc"] == [True, True, False]
    assert known.left_out


def test_a_daybook_holds_two_days_and_no_more() -> None:
    """The fourth and the sixth day of the same stream cost the same memory."""
    plan, book, held = random.Random(7), Daybook(), []
    tracemalloc.start()
    try:
        for number in range(3000):
            note = Note(
                EIGHT + number * 173,
                "fa",
                f"src{plan.randrange(20)}",
                f"s{number // 3}",
                [f"e:{number // 2}", f"e:{plan.randrange(500)}"],
            )
            book.take(Place("live", number % 12, number // 12), note)
            for place in list(book.give_up(99)):
                book.take(place, None)
            if number in (2000, 2999):
                held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert len(book.hours) <= KEPT_HOURS
    assert held[1] < held[0] * 1.15
