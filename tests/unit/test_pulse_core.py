"""What pulse notes of an article."""

from __future__ import annotations

import msgspec
import pytest

from services.pulse.core import (
    MOST_ENTITIES,
    Named,
    Note,
    Place,
    Publisher,
    Seen,
    Speech,
    Told,
    Who,
    note,
    place_of,
    seconds,
)
from shared.wire import codec

EIGHT = 1_795_507_200
"""2026-11-24T08:00:00Z"""


def article(*entities: Named, lang: str = "fa") -> Seen:
    return Seen(
        first_seen_at="2026-11-24T08:30:00Z",
        source=Publisher(id="farsnews"),
        language=Speech(lang=lang),
        entities=Who(entities=list(entities)),
        linked=Told(story_id="s1"),
    )


def test_a_note_holds_what_the_article_counts_for() -> None:
    made = note(article(Named("iso:IR", 0.9), Named("wd:Q1", 0.2)), EIGHT + 3600)
    assert made == Note(EIGHT + 1800, "fa", "farsnews", "s1", ["iso:IR", "wd:Q1"])
    assert msgspec.json.decode(codec.encode(made), type=Note) == made


def test_an_article_that_no_stage_has_read_counts_for_its_source() -> None:
    bare = Seen(first_seen_at="2026-11-24T08:30:00Z", source=Publisher(id="farsnews"))
    assert note(bare, EIGHT + 3600) == Note(EIGHT + 1800, "und", "farsnews", "", [])


def test_an_entity_counts_once_and_the_most_salient_ones_alone() -> None:
    named = [Named(f"e:{n:02d}", n / 100) for n in range(MOST_ENTITIES + 5)]
    made = note(article(*named, named[-1]), EIGHT + 3600)
    assert made.entities == [f"e:{n:02d}" for n in range(MOST_ENTITIES + 4, 4, -1)]


def test_no_article_is_seen_after_it_was_written() -> None:
    assert note(article(), EIGHT + 60).at == EIGHT + 60


@pytest.mark.parametrize("place", [Place("live", 3, 17), Place("t12-4", 11, 0), Place("a/b", 0, 5)])
def test_a_key_names_the_place(place: Place) -> None:
    assert place_of(place.key) == place


def test_times_are_read_with_their_zone() -> None:
    assert seconds("2026-11-24T08:00:00Z") == EIGHT
    assert seconds("2026-11-24T11:30:00+03:30") == EIGHT


@pytest.mark.parametrize("moment", ["2026-11-24T08:00:00", "yesterday", ""])
def test_a_time_that_is_none_is_refused(moment: str) -> None:
    with pytest.raises(ValueError, match=r"zone|isoformat"):
        seconds(moment)
