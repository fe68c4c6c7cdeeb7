from __future__ import annotations

import pytest

from services.pulse.core import (
    HOUR_S,
    KEEP_S,
    Count,
    Hour,
    Key,
    Publisher,
    Reading,
    Seen,
    Speech,
    is_forgotten,
    key_of,
    read,
    rows,
    seconds,
)

EIGHT = 1_795_507_200
"""2026-11-24T08:00:00Z"""


def article(lang: str | None = "fa") -> Seen:
    source = Publisher(id="farsnews")
    return Seen(first_seen_at="2026-11-24T08:30:00Z", source=source, language=Speech(lang=lang)) if lang else Seen("…", source)


def test_each_article_is_counted_in_its_minute() -> None:
    hour = Hour().add(4, EIGHT).add(5, EIGHT + 59).add(9, EIGHT + 60)
    assert hour == Hour(9, {"00": 2, "01": 1})
    assert hour.articles == 3


def test_a_record_that_comes_again_changes_nothing() -> None:
    once = Hour().add(4, EIGHT).add(5, EIGHT)
    assert once.add(4, EIGHT).add(5, EIGHT) == once


def test_a_window_is_never_changed_in_place() -> None:
    before = Hour(3, {"07": 1})
    before.add(4, EIGHT + 7 * 60)
    assert before == Hour(3, {"07": 1})


def test_two_empty_windows_share_nothing() -> None:
    Hour().add(0, EIGHT)
    assert Hour().articles == 0


def test_an_article_without_a_language_is_undetermined() -> None:
    assert key_of(3, article(None)) == Key(3, "und", "farsnews")
    assert key_of(3, article()) == Key(3, "fa", "farsnews")


def test_a_window_is_forgotten_by_the_news_clock() -> None:
    assert not is_forgotten(EIGHT, EIGHT + KEEP_S)
    assert is_forgotten(EIGHT, EIGHT + KEEP_S + HOUR_S)


def test_no_article_is_seen_after_it_was_written() -> None:
    written = EIGHT + 60
    assert read(article(), 0, 5, written).at == written
    assert read(article(), 0, 5, EIGHT + HOUR_S) == Reading(Key(0, "fa", "farsnews"), 5, EIGHT + 1800)


def test_times_are_read_with_their_zone() -> None:
    assert seconds("2026-11-24T08:00:00Z") == EIGHT
    assert seconds("2026-11-24T11:30:00+03:30") == EIGHT


@pytest.mark.parametrize("moment", ["2026-11-24T08:00:00", "yesterday", ""])
def test_a_time_that_is_none_is_refused(moment: str) -> None:
    with pytest.raises(ValueError, match=r"zone|isoformat"):
        seconds(moment)


def test_rows_add_partitions_up_and_sort() -> None:
    hours = [
        (Key(1, "fa", "farsnews"), EIGHT, Hour(7, {"05": 2})),
        (Key(0, "fa", "farsnews"), EIGHT, Hour(3, {"05": 1, "06": 1})),
        (Key(0, "ar", "rt"), EIGHT + HOUR_S, Hour(4, {"00": 1})),
    ]
    assert rows(hours) == [
        Count("hour", "2026-11-24T08:00:00Z", "fa", "farsnews", 4),
        Count("hour", "2026-11-24T09:00:00Z", "ar", "rt", 1),
        Count("minute", "2026-11-24T08:05:00Z", "fa", "farsnews", 3),
        Count("minute", "2026-11-24T08:06:00Z", "fa", "farsnews", 1),
        Count("minute", "2026-11-24T09:00:00Z", "ar", "rt", 1),
    ]
