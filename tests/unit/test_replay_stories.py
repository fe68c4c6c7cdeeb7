"""Stories of two runs as partitions of the same documents, and which articles are compared at all."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from services.replay.comparing.documents import WAITS, Death, Entry, Side, paired, unexplained
from services.replay.comparing.memberships import StoryChange, memberships
from services.replay.comparing.partitions import agreements, regroupings
from services.replay.comparing.regrouped import reason, teller
from services.replay.comparing.universe import Compared, Universe, place, places
from shared.contract import Origin
from shared.records.run import Narrowed


def stories(*groups: str) -> dict[str, str]:
    """Return the partition in which each word is a story and each letter a document."""
    return {doc: f"story of {group}" for group in groups for doc in group}


ORDER = {doc: number for number, doc in enumerate("abcdefghijklmnop")}


def regrouped(first: dict[str, str], second: dict[str, str]) -> list[tuple[str, str, str, str]]:
    return [
        (one.kind, "".join(one.docs), "".join(one.main), "".join(one.joined))
        for one in regroupings(first, second, ORDER)
    ]


def test_the_same_groups_under_other_names_are_the_same() -> None:
    first = stories("abc", "de", "f")
    second = {doc: name.upper() for doc, name in first.items()}
    assert regrouped(first, second) == []
    found = agreements(first, second)
    assert (found.stories, found.pairs.f1, found.b_cubed.f1) == ((3, 3), 1.0, 1.0)


def test_a_story_split_in_two() -> None:
    first, second = stories("abcde", "f"), stories("abc", "de", "f")
    assert regrouped(first, second) == [("split", "de", "abc", "")]
    found = agreements(first, second)
    assert (found.pairs.precision, found.pairs.recall) == (1.0, 4 / 10)
    assert (found.b_cubed.precision, found.b_cubed.recall) == (
        1.0,
        pytest.approx((3 * 3 / 5 + 2 * 2 / 5 + 1) / 6),
    )


def test_two_stories_merged() -> None:
    first, second = stories("abc", "de"), stories("abcde")
    assert regrouped(first, second) == [("merged", "de", "abc", "")]
    assert agreements(first, second).pairs.precision == 4 / 10


def test_one_document_moved() -> None:
    assert regrouped(stories("abc", "defg"), stories("ab", "cdefg")) == [("moved", "c", "ab", "defg")]


def test_a_split_a_merge_and_a_move_at_once_are_told_apart() -> None:
    first = stories("abcd", "ef", "ghi", "jkl", "m")
    second = stories("ab", "cd", "efm", "gh", "ijkl")
    assert sorted(regrouped(first, second)) == [
        ("merged", "m", "ef", ""),
        ("moved", "i", "gh", "jkl"),
        ("split", "cd", "ab", ""),
    ]


def test_nothing_to_agree_on_agrees() -> None:
    found = agreements({}, {})
    assert (found.stories, found.pairs.f1, found.b_cubed.f1) == ((0, 0), 1.0, 1.0)
    assert agreements(stories("a", "b"), stories("a", "b")).pairs.f1 == 1.0


def event(order: int, kind: str, story_id: str, other_id: str, **detail: Any) -> StoryChange:
    found = StoryChange.of(
        order, {"event": kind, "story_id": story_id, "other_id": other_id, "detail": detail}
    )
    assert found is not None
    return found


def test_the_story_at_the_end_follows_moves_splits_and_merges_in_the_order_of_the_lane() -> None:
    linked = [(1, "a", "S1"), (2, "b", "S1"), (3, "c", "S2"), (4, "d", "S1"), (9, "d", "S5")]
    told = [
        event(8, "merged", "S3", "S2", score=0.8, evidence=[{"label": "Rome", "weight": 1.0}]),
        event(5, "split", "S1", "S4", doc_ids=["b", "d"], score=0.1, against=[]),
        event(6, "moved", "S2", "S4", doc_id="b", copies=["e"], score=0.9, evidence=[]),
    ]
    found = memberships(linked, told)
    assert found.story_of == {"a": "S1", "b": "S3", "c": "S3", "d": "S5"}, (
        "d's later revision says where it is"
    )
    assert found.because.keys() == {"b"}
    cause = found.joined_by("c", "S2")
    assert cause is not None
    assert (cause.kind, cause.words) == ("merged", ("Rome",))
    assert found.joined_by("a", "S1") is None


def test_events_that_move_nothing_are_passed_over() -> None:
    assert StoryChange.of(1, {"event": "quiet", "story_id": "S1", "detail": {}}) is None


def linked(doc: str, decision: str, **more: Any) -> dict[str, Any]:
    block = {
        "story_id": "S",
        "decision": decision,
        "score": 0.93,
        "threshold": {"value": 0.5},
        "runner_up": None,
        "evidence": [],
    }
    return {"doc_id": doc, "linked": block | more}


def test_reasons_are_those_of_the_article_that_came_later() -> None:
    first = memberships([(1, "a", "S"), (2, "b", "S")], [])
    second = memberships([(1, "a", "S"), (2, "b", "T")], [])
    (split,) = regroupings(first.story_of, second.story_of, first.order_of)
    assert teller(split, first, second) == "b"
    other = {"doc_id": "a"}
    said = [
        {"label": label, "weight": weight, "other": other}
        for label, weight in (("weak", 0.1), ("Rome", 2.0), ("far", -4.0))
    ]
    joined = reason(linked("b", "joined", evidence=said), first)
    assert (joined.verb, joined.score, joined.words, joined.beside) == ("joined", 0.93, ("Rome", "weak"), "a")
    against = {"story_id": "S", "score": 0.31, "against": [{"label": "hours away", "weight": -3.0}]}
    refused = reason(linked("b", "opened", runner_up=against, evidence=said), second)
    assert (refused.verb, refused.score, refused.threshold, refused.words) == (
        "opened",
        0.31,
        0.5,
        ("hours away",),
    )


def raw(partition: int, offset: int) -> Origin:
    return Origin("articles.raw", partition, offset, 0)


def test_what_only_warmed_up_and_what_lies_behind_the_end_is_not_compared() -> None:
    one = Universe(since=[10, 0], ends=[20, 5])
    assert [one.holds(raw(0, offset)) for offset in (9, 10, 19, 20)] == [False, True, True, False]
    assert [one.reaches(raw(0, offset)) for offset in (9, 19, 20)] == [True, True, False]
    assert [one.holds(raw(1, offset)) for offset in (0, 4, 5)] == [True, True, False]
    assert not one.holds(Origin("elsewhere", 0, 12, 0))
    assert not Compared([one]).holds(None)


def test_a_run_of_a_later_topic_compares_what_that_topic_has() -> None:
    known = places([raw(0, 12), raw(0, 30), Origin("elsewhere", 0, 14, 0)])
    one = Universe(since=[13], ends=None, known=known)
    assert [one.holds(raw(0, offset)) for offset in (12, 14, 30, 31)] == [False, False, True, False]
    assert [one.reaches(raw(0, offset)) for offset in (5, 12, 14, 30, 31)] == [True, True, False, True, False]


def test_a_narrowed_run_compares_what_it_took() -> None:
    only = Compared([], [Narrowed(sources=["s1"], languages=["fa"])])
    record = {"doc_id": "d", "source": {"id": "s1"}, "language": {"lang": "fa"}}
    assert only.takes(record)
    assert not only.takes(record | {"source": {"id": "s2"}})
    assert not only.takes(record | {"language": {"lang": "ar"}})


def side(name: str, *docs: str) -> Side:
    found = Side(name)
    for doc in docs:
        number = ORDER[doc]
        found.entries[doc, "r1"] = Entry(0, number, place(raw(0, number)), number, "fa", "s", "S", b"\0" * 60)
    return found


def test_an_article_of_one_side_alone_says_what_became_of_it() -> None:
    live, run = side("live", *"abcdef"), side("run", "a", "p")
    run.deaths[place(raw(0, 1))] = Death("extract", "timeout")
    run.waiting.add(place(raw(0, 2)))
    run.elsewhere.add(("d", "r1"))
    run.entries["x", "r1"] = run.entries["a", "r1"]._replace(origin=place(raw(0, 4)))
    found = paired(live, run)
    assert [(one.key[0], one.why) for one in found.alone[0]] == [
        ("b", "died in extract (timeout)"),
        ("c", WAITS),
        ("d", "made there of a page outside of what is compared"),
        ("e", "the page became another article or revision there"),
        ("f", "dropped there (known, outdated or unwanted), or its records are no longer kept"),
    ]
    assert [one.key[0] for one in found.alone[1]] == ["p", "x"]
    assert (found.same, found.differ) == (1, {})
    assert unexplained(live, run)
    assert not unexplained(side("live", "a"), run)


def test_letters_count_where_nothing_arrived_and_only_if_they_differ() -> None:
    live, run = side("live", "a"), side("run", "a")
    for number, (was, now) in enumerate([("bug", "bug"), ("bug", "timeout"), ("crash", "")], 5):
        live.deaths[place(raw(0, number))] = Death("clean", was)
        if now:
            run.deaths[place(raw(0, number))] = Death("clean", now)
    live.deaths[place(raw(0, 0))] = Death("clean", "bug")  # sent back since, and linked
    assert paired(live, run).deaths == Counter(
        {("bug in clean", "timeout in clean"): 1, ("crash in clean", "no record"): 1}
    )
