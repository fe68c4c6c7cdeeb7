"""The two seeds among the project's own articles, moved into their week: one story, and nobody else in it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import msgspec

from services.link.model import model
from services.workshop.judging.link.seeds_in_a_week import seeds_among
from services.workshop.streams.before_link import Earlier
from services.workshop.streams.labelled_events import written
from shared.records import Raw
from shared.records.raw import Declared

RECURRENCE = Path(__file__).parent / "recurrence"
MONDAY = date(2022, 1, 24)  # the seeds tell of the Wednesday


def in_their_week(page: Raw) -> Raw:
    """The article on the same day of the week, which its text may name, and at the same hour."""
    day, clock = page.fetched_at.split("T")
    at = f"{MONDAY + timedelta(days=date.fromisoformat(day).weekday())}T{clock}"
    return msgspec.structs.replace(
        page, fetched_at=at, first_seen_at=at, declared=Declared(published=at, lang=page.declared.lang)
    )


def test_the_seeds_are_one_story_alone_in_a_week_of_other_news() -> None:
    others = [
        in_their_week(page) for name in ("apart", "together") for page in written(RECURRENCE / f"{name}.tsv")
    ]
    assert len(others) > 100
    found = seeds_among(others, Earlier(), model())
    assert found["one_story"]
    assert found["foreign"] == 0
    assert found["members"] == 2
