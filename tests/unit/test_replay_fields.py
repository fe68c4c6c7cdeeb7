"""Which fields of an article differ between two runs, on blocks made by hand."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from services.replay.comparing.blocks import content, differing, digests, makers
from services.replay.comparing.documents import FieldTallies, shown
from services.replay.comparing.fields import Change, changes
from tests.unit.link_articles import Page

TEXT = "Minister Anna Keller met Jake Sullivan in Rome. «The talks in Rome were long and good.» Then Anna Keller left for Oslo."


def article() -> dict[str, Any]:
    page = Page(
        "d1",
        "en",
        TEXT,
        at="2026-01-02T10:00:00Z",
        title="Talks in Rome",
        names={"Anna Keller": ("PER", "Q1"), "Jake Sullivan": ("PER", "Q2"), "Oslo": ("LOC", "Q585")},
    )
    record = page.record()
    record["entities"]["places"] = [place("m3", 585)]
    record["linked"] = {
        "story_id": "s1",
        "decision": "joined",
        "score": 0.9,
        "threshold": {"name": "en", "value": 0.5, "version": "1"},
        "runner_up": {
            "story_id": "s2",
            "score": 0.2,
            "against": [{"kind": "time", "key": "gap", "label": "hours", "weight": -3.0}],
        },
        "evidence": [evidence("Rome", 2.0), evidence("Keller", 1.0)],
        "by": {"stage": "link", "version": "1", "model_sha256": "a" * 64},
    }
    return record


def place(mention: str, number: int) -> dict[str, Any]:
    return {
        "mention_id": mention,
        "geonames_id": number,
        "lat": 1.0,
        "lon": 2.0,
        "precision": "city",
        "role": "event",
    }


def evidence(key: str, weight: float) -> dict[str, Any]:
    spans = [{"start": 0, "end": 4}]
    other = {"doc_id": "d0", "lang": "en", "text": key, "spans": spans}
    return {
        "kind": "entity",
        "key": key,
        "label": key,
        "weight": weight,
        "text": key,
        "doc_spans": spans,
        "other": other,
    }


def found(edit: Callable[[dict[str, Any]], None]) -> list[Change]:
    was, now = article(), article()
    edit(now)
    a, b = content(was), content(now)
    return changes(a, b, differing(digests(a), digests(b)))


def test_records_that_differ_in_makers_places_and_names_alone_do_not_differ() -> None:
    def edit(record: dict[str, Any]) -> None:
        for block in ("clean", "language", "entities", "linked"):
            record[block]["by"] = {"stage": "x", "version": "2"}
        record["linked"]["story_id"] = "another"
        record["linked"]["runner_up"]["story_id"] = "another"
        record["linked"]["threshold"]["version"] = "2"
        record["linked"]["evidence"][0]["other"]["spans"] = []
        record["raw_ref"]["offset"] = 99

    assert found(edit) == []
    now = article()
    edit(now)
    assert makers(article())["link"] == "1 aaaaaaaa"
    assert makers(now)["link"] == "2"


def test_a_moved_date_is_one_change_of_one_field() -> None:
    def edit(record: dict[str, Any]) -> None:
        record["clean"]["published"]["value"] = "2026-01-03T10:00:00Z"

    assert found(edit) == [
        Change("clean.published.value", "changed", "2026-01-02T10:00:00Z", "2026-01-03T10:00:00Z")
    ]


def test_a_date_that_is_gone_is_lost_and_not_changed_part_by_part() -> None:
    def edit(record: dict[str, Any]) -> None:
        record["clean"]["published"] = None

    (change,) = found(edit)
    assert (change.path, change.kind, change.now) == ("clean.published", "lost", None)


def test_a_place_lost_and_another_gained_are_two_changes_though_the_count_stays() -> None:
    def edit(record: dict[str, Any]) -> None:
        record["entities"]["places"] = [place("m2", 3169070)]

    assert sorted((change.path, change.kind) for change in found(edit)) == [
        ("entities.places[]", "gained"),
        ("entities.places[]", "lost"),
    ]


def test_a_mention_inserted_at_the_front_is_one_change_though_every_number_shifts() -> None:
    def edit(record: dict[str, Any]) -> None:
        entities = record["entities"]
        first = copy.deepcopy(entities["mentions"][0]) | {
            "exact": "Rome",
            "start": 9,
            "end": 13,
            "entity_id": "Q220",
        }
        entities["mentions"].insert(0, first)
        for number, mention in enumerate(entities["mentions"], 1):
            mention["id"] = f"m{number}"
        for entity in entities["entities"]:
            entity["mention_ids"] = [f"m{int(one[1:]) + 1}" for one in entity["mention_ids"]]
        entities["places"][0]["mention_id"] = "m4"

    (change,) = found(edit)
    assert (change.path, change.kind, change.now["exact"]) == ("entities.mentions[]", "gained", "Rome")


def test_an_entity_that_is_another_thing_is_a_change_inside_its_mention() -> None:
    def edit(record: dict[str, Any]) -> None:
        record["entities"]["mentions"][1]["entity_id"] = "Q99"

    assert found(edit) == [Change("entities.mentions[].entity_id", "changed", "Q2", "Q99")]


def test_evidence_is_matched_by_what_it_is_about() -> None:
    def edit(record: dict[str, Any]) -> None:
        record["linked"]["evidence"] = [evidence("Oslo", 3.0), evidence("Keller", 1.0), evidence("Rome", 1.5)]

    assert sorted((one.path, one.kind) for one in found(edit)) == [
        ("linked.evidence[]", "gained"),
        ("linked.evidence[].weight", "changed"),
    ]


def test_where_the_text_has_moved_the_words_stand_for_their_places() -> None:
    def edit(record: dict[str, Any]) -> None:
        page = Page(
            "d1",
            "en",
            "A line more.\n\n" + TEXT,
            at="2026-01-02T10:00:00Z",
            title="Talks in Rome",
            names={"Anna Keller": ("PER", "Q1"), "Jake Sullivan": ("PER", "Q2"), "Oslo": ("LOC", "Q585")},
        )
        moved = page.record()
        moved["entities"]["places"] = [place("m3", 585)]
        record["clean"], record["entities"] = moved["clean"], moved["entities"]

    paths = {change.path for change in found(edit)}
    assert paths == {
        "clean.text",
        "clean.fingerprint",
        "clean.quality.chars",
        "clean.quality.words",
        "entities",
    }
    (entities,) = [change for change in found(edit) if change.path == "entities"]
    assert (entities.was, entities.now) == ("the same members", "only their places or their order")


def test_a_word_list_in_another_order_is_still_a_difference() -> None:
    def edit(record: dict[str, Any]) -> None:
        record["entities"]["entities"].reverse()

    (change,) = found(edit)
    assert (change.path, change.kind) == ("entities", "changed")


def test_a_block_that_one_side_has_not_is_lost() -> None:
    (change,) = found(lambda record: record.pop("entities"))
    assert (change.path, change.kind) == ("entities", "lost")


def test_fields_are_counted_by_language_and_source_and_examples_are_kept() -> None:
    tallies = FieldTallies(at_most=1)
    for number, lang in enumerate(("fa", "fa", "ar")):
        was, now = article(), article()
        for record in (was, now):
            record["doc_id"] = f"d{number}"
            record["language"]["lang"] = lang
            record["source"]["id"] = f"s{number % 2}"
        now["clean"]["published"]["value"] = None
        now["entities"]["places"] = []
        tallies.enter(was, now, ["clean", "entities"])
    (path, tally), (other, places) = tallies.ranked()
    assert (path, other) == ("clean.published.value", "entities.places[]")
    assert (tally.articles, tally.languages, tally.sources) == (3, {"fa": 2, "ar": 1}, {"s0": 2, "s1": 1})
    assert (places.kinds["lost"], places.kinds["gained"], places.kinds["changed"]) == (3, 0, 0)
    (example,) = tally.examples
    assert (example.doc_id, example.headline, example.was, example.now) == (
        "d0",
        "Talks in Rome",
        "2026-01-02T10:00:00Z",
        None,
    )


@pytest.mark.parametrize("at", [0, 500, 998])
def test_long_values_are_shown_from_where_they_part(at: int) -> None:
    was = "x" * 1000
    a, b = shown(was, was[:at] + "Y" + was[at + 1 :])
    assert a is not None
    assert b is not None
    assert "Y" in b
    assert "Y" not in a
    assert len(b) <= 122
