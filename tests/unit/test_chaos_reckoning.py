"""Chaos is drawn from its seed alone, and its reckoning sees every kind of damage."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from aiokafka import ConsumerRecord

from services.feed.core import item_of, raw_of
from services.stages import work
from services.workshop.chaos import reckoning, rerun_reckoning, suite
from services.workshop.chaos.faults import DONE_BY
from services.workshop.chaos.gathered import READ, Evidence
from services.workshop.chaos.plan import BESIDE, LONG, ON_A_FOLLOWER, ON_A_REPLAY, SHORT, Beside, Plan, draw
from services.workshop.chaos.poison import KINDS, STRANGER
from services.workshop.chaos.reckoning import findings
from services.workshop.chaos.refold import refold
from services.workshop.chaos.rerun_reckoning import Found
from services.workshop.streams.short_articles import line
from shared.contract import Emit, Origin, Work
from shared.errors import Reason
from shared.kafka.partitioner import partition_of
from shared.records.run import Run
from shared.settings import Settings
from shared.wire import codec, headers, topics
from shared.wire.tally import Tally
from shared.worker.batch import Batch

QUIET = Plan(0, 1, ())
ARTICLES = 6
FOLDED: dict[object, Batch] = {}


def test_a_seed_repeats_its_plan_and_neighbours_have_every_fault() -> None:
    for nodes, long in LONG.items():
        assert [draw(seed, nodes) for seed in range(20)] == [draw(seed, nodes) for seed in range(20)]
        assert len({draw(seed, nodes) for seed in range(20)}) == 20
        kinds = {fault.kind for seed in range(100, 108) for fault in draw(seed, nodes).faults}
        assert kinds == {*long, *SHORT}
    assert {*LONG[1], *LONG[3], *SHORT} == set(DONE_BY)
    for beside, strikes in (("promote", ON_A_FOLLOWER), ("replay", ON_A_REPLAY)):
        plans = [plan for seed in range(60) if (plan := draw(seed, 1)).beside == beside]
        assert {fault.kind for plan in plans for fault in plan.strikes} == {*strikes}
        assert {plan.from_stage for plan in plans} == {*topics.STAGES}
    assert {draw(seed, 1).beside for seed in range(3, 6)} == {*BESIDE}
    assert all(draw(seed, 3).has("lose") and not draw(seed, 1).has("lose") for seed in range(50))


class Shelf:
    """Evidence that grows record by record, as Kafka would hold it."""

    def __init__(self) -> None:
        self.records: dict[str, list[ConsumerRecord]] = defaultdict(list, {name: [] for name in READ})

    def put(
        self, place: tuple[str, int], key: bytes | None, value: bytes | None, made: list[tuple[str, bytes]]
    ) -> None:
        topic, partition = place
        offset = sum(one.partition == partition for one in self.records[topic])
        size = len(value or b"")
        self.records[topic].append(
            ConsumerRecord(topic, partition, offset, 1_000, 0, key, value, None, 0, size, tuple(made))
        )


@pytest.fixture(autouse=True)
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fold the same input once for all tests: it gives the same."""
    monkeypatch.setattr(reckoning, "refold", folded_once)


def folded_once(
    one: Work, settings: Settings, records: Sequence[ConsumerRecord], died: Mapping[int, Reason]
) -> Batch:
    key = (
        one.name,
        settings.run,
        tuple((record.partition, record.offset, record.value, record.headers) for record in records),
        tuple(died.items()),
    )
    if key not in FOLDED:
        FOLDED[key] = refold(one, settings, records, died)
    return FOLDED[key]


@pytest.fixture(scope="module")
def held() -> Evidence:
    """What six articles and every poison into detect leave behind when nothing goes wrong."""
    shelf, tallies = Shelf(), dict[tuple[str, int], Tally]()
    for number in range(ARTICLES):
        raw = raw_of(*item_of(line(number), ""), now="2026-01-01T00:00:00.000Z")
        emit = Emit(
            topics.RAW.name,
            raw.source.id.encode(),
            codec.encode(raw),
            "news.article.raw.v1",
            raw.doc_id,
            raw.rev,
        )
        maker = headers.RecordMaker(stage="feed", version="1", model_sha256="", run="live", instance="")
        made = headers.output_headers(emit, maker, headers.Cause((), Origin("test", 0, 0, 0), 0, ""))
        made = [pair for pair in made if pair[0] not in (headers.ORIGIN, headers.CAUSE)]
        shelf.put(
            (emit.topic, partition_of(emit.key, range(topics.RAW.partitions))), emit.key, emit.value, made
        )
    for at, value in enumerate(KINDS.values()):
        shelf.put((topics.CLEAN.name, at % topics.CLEAN.partitions), b"poison", value, [(STRANGER, b"1")])
    for stage in topics.STAGES:
        tallies |= worked(shelf, stage, work(stage).source, Settings())
    return Evidence(Settings(), shelf.records, tallies, 12)


def worked(shelf: Shelf, stage: str, source: str, settings: Settings) -> dict[tuple[str, int], Tally]:
    """Let *stage* fold what lies in *source*."""
    tallies = dict[tuple[str, int], Tally]()
    for partition in range(topics.BY_NAME[work(stage).source].partitions):
        records = [one for one in shelf.records[source] if one.partition == partition]
        batch = folded_once(work(stage), settings, records, {})
        for send in batch.all_sends():
            topic = topics.logical(send.topic, settings.run)
            where = (
                partition_of(send.key, range(topics.BY_NAME[topic].partitions))
                if send.partition is None
                else send.partition
            )
            later = [
                (name, b"another" if name in ("ce_time", "ce_instance") else given)
                for name, given in send.headers or []
            ]
            shelf.put((topic, where), send.key, send.value, later)
        tallies[stage, partition] = batch.tally
    return tallies


@pytest.fixture(scope="module")
def fed(held: Evidence) -> list[str]:
    return [headers.get(one.headers, "ce_subject") or "" for one in held.records[topics.RAW.name]]


def test_nothing_is_found_where_nothing_is_wrong(held: Evidence, fed: list[str]) -> None:
    assert len(held.records[topics.LINKED.name]) == ARTICLES
    assert len(held.records["detect.dead"]) == len(KINDS)
    assert list(findings(held, fed, QUIET)) == []


def without_last(records: list[ConsumerRecord]) -> list[ConsumerRecord]:
    return records[:-1]


def last_twice(records: list[ConsumerRecord]) -> list[ConsumerRecord]:
    return [*records, replace(records[-1], offset=records[-1].offset + 1)]


def last_other(records: list[ConsumerRecord]) -> list[ConsumerRecord]:
    return [*records[:-1], replace(records[-1], value=(records[-1].value or b"") + b" ")]


def header_other(records: list[ConsumerRecord]) -> list[ConsumerRecord]:
    return [*records[:-1], replace(records[-1], headers=(*records[-1].headers, ("more", b"")))]


WRITTEN = [
    topics.CLEAN.name,
    topics.DETECTED.name,
    topics.EXTRACTED.name,
    topics.LINKED.name,
    topics.STORIES.name,
    "detect.dead",
    "clean.changelog",
    "link.changelog",
]


@pytest.mark.parametrize("topic", WRITTEN)
@pytest.mark.parametrize("damage", [without_last, last_twice, last_other, header_other])
def test_every_damage_to_a_topic_is_found(
    held: Evidence, fed: list[str], topic: str, damage: Callable[[list[ConsumerRecord]], list[ConsumerRecord]]
) -> None:
    if topic.endswith(".changelog") and damage in (last_twice, header_other):
        return  # the last value of a key is all that counts there, and it has no headers
    hurt = dataclasses.replace(held, records={**held.records, topic: damage(held.records[topic])})
    assert list(findings(hurt, fed, QUIET))


def test_an_article_that_is_nowhere_or_twice_is_named(held: Evidence, fed: list[str]) -> None:
    gone = {**held.records, topics.LINKED.name: without_last(held.records[topics.LINKED.name])}
    assert any(
        one.startswith("lost: 1 articles")
        for one in findings(dataclasses.replace(held, records=gone), fed, QUIET)
    )
    twice = {**held.records, topics.DETECTED.name: last_twice(held.records[topics.DETECTED.name])}
    assert any(
        one.startswith("duplicated: 1 articles")
        for one in findings(dataclasses.replace(held, records=twice), fed, QUIET)
    )
    assert any("confirmed" in one for one in findings(held, [*fed, "another"], QUIET))


def test_an_order_a_tally_and_an_innocent_death_are_found(held: Evidence, fed: list[str]) -> None:
    letters = held.records["detect.dead"]
    lane = [one for one in letters if headers.get(one.headers, "khabar-partition") == "0"]
    assert len(lane) > 1
    swapped = {**held.records, "detect.dead": [*reversed(lane), *(one for one in letters if one not in lane)]}
    assert any(
        "another order" in one for one in findings(dataclasses.replace(held, records=swapped), fed, QUIET)
    )
    place = next(place for place, tally in held.tallies.items() if tally.finished)
    more = held.tallies | {place: Tally(held.tallies[place].finished + held.tallies[place].finished)}
    assert any("tally" in one for one in findings(dataclasses.replace(held, tallies=more), fed, QUIET))
    crashed = replace(
        letters[0],
        headers=tuple(
            (name, b"crash" if name == headers.REASON else value) for name, value in letters[0].headers
        ),
    )
    found = list(
        findings(
            dataclasses.replace(held, records={**held.records, "detect.dead": [crashed, *letters[1:]]}),
            fed,
            QUIET,
        )
    )
    assert any("died of «crash», 0 slots were struck" in one for one in found)


def test_a_letter_that_came_back_twice_is_found(held: Evidence, fed: list[str]) -> None:
    letter = held.records["detect.dead"][0]
    back = replace(letter, topic=topics.CLEAN.name, headers=(*letter.headers, (headers.REDRIVEN, b"1")))
    mark = replace(
        letter,
        topic=topics.LETTER_MARKS.name,
        key=f"{letter.topic}/{letter.partition}/{letter.offset}".encode(),
        value=orjson.dumps({}),
    )
    for copies, marks in ((2, 1), (1, 0), (0, 1), (1, 2)):
        hurt = {
            **held.records,
            topics.CLEAN.name: [*held.records[topics.CLEAN.name], *[back] * copies],
            topics.LETTER_MARKS.name: [mark] * marks,
        }
        found = list(findings(dataclasses.replace(held, records=hurt), fed, QUIET))
        assert any("sent back" in one or "marked twice" in one for one in found)


RUN_OF_ALL = Run(
    name="again",
    state="caught_up",
    source="articles.detected",
    from_stage="extract",
    starts=[0] * 12,
    ends=[99] * 12,
    since=[],
    by="",
    at="",
)


@pytest.fixture(scope="module")
def again(held: Evidence) -> Found:
    """What a replay from extract on leaves behind, and what a reader was given over a promotion of it: half
    of the articles from each.
    """
    shelf, settings, tallies = Shelf(), Settings(run=RUN_OF_ALL.name), dict[tuple[str, int], Tally]()
    shelf.records[topics.DETECTED.name] = held.records[topics.DETECTED.name]
    tallies |= worked(shelf, "extract", topics.DETECTED.name, settings)
    live_order = [one.key for one in held.records[topics.EXTRACTED.name]]
    made = {
        one.key: replace(one, topic="articles.extracted.again")
        for one in shelf.records[topics.EXTRACTED.name]
    }
    shelf.records[topics.EXTRACTED.name] = list(made.values())
    for one in (made[key] for key in live_order):
        kept = [pair for pair in one.headers if pair[0] != headers.CAUSE]
        place = str(Origin(one.topic, 0, one.offset, 0)).encode()
        shelf.put((topics.ORDERED.name, 0), one.key, one.value, [*kept, (headers.CAUSE, place)])
    tallies |= worked(shelf, "link", topics.ORDERED.name, settings)
    copies = [
        replace(one, headers=(("from", b"live" if number % 2 else b"again"),))
        for number, one in enumerate(held.records[topics.LINKED.name])
    ]
    ends = {topic: [999] * 12 for topic in held.records}
    return Found(Evidence(settings, shelf.records, tallies, 12, RUN_OF_ALL), copies, replayed("replay"), ends)


def replayed(beside: Beside) -> Plan:
    return Plan(0, 1, (), beside, "extract", ())


def test_nothing_is_found_in_a_run_where_nothing_is_wrong(
    again: Found, held: Evidence, fed: list[str]
) -> None:
    assert list(rerun_reckoning.findings(again, held, fed)) == []
    assert (
        list(rerun_reckoning.findings(dataclasses.replace(again, plan=replayed("promote")), held, fed)) == []
    )
    assert rerun_reckoning.figures(again)["linked_by_the_run"] == ARTICLES


@pytest.mark.parametrize(
    "topic",
    [topics.EXTRACTED.name, topics.ORDERED.name, topics.LINKED.name, topics.STORIES.name, "link.changelog"],
)
@pytest.mark.parametrize("damage", [without_last, last_twice, last_other])
def test_every_damage_to_a_run_is_found(
    again: Found,
    held: Evidence,
    fed: list[str],
    *,
    topic: str,
    damage: Callable[[list[ConsumerRecord]], list[ConsumerRecord]],
) -> None:
    if topic.endswith(".changelog") and damage == last_twice:
        return  # the last value of a key is all that counts there
    own = dataclasses.replace(
        again.own, records={**again.own.records, topic: damage(again.own.records[topic])}
    )
    assert list(rerun_reckoning.findings(dataclasses.replace(again, own=own), held, fed))


def test_a_run_that_is_right_in_itself_and_not_what_live_made_is_found(
    again: Found, held: Evidence, fed: list[str]
) -> None:
    other = dataclasses.replace(
        held, records={**held.records, topics.LINKED.name: last_other(held.records[topics.LINKED.name])}
    )
    assert any("different articles.linked" in one for one in rerun_reckoning.findings(again, other, fed))
    turned = dataclasses.replace(
        held,
        records={**held.records, topics.EXTRACTED.name: list(reversed(held.records[topics.EXTRACTED.name]))},
    )
    assert any("another order than live's" in one for one in rerun_reckoning.findings(again, turned, fed))


def test_what_a_reader_was_given_twice_never_or_otherwise_is_found(
    again: Found, held: Evidence, fed: list[str]
) -> None:
    copies = again.copies
    for hurt, said in (
        (copies[:-1], "never given 1 articles"),
        ([*copies, copies[0]], "1 articles more than once"),
        (last_other(copies), "did not make so"),
        ([replace(one, headers=(("from", b"live"),)) for one in copies], "given nothing of again"),
    ):
        found = dataclasses.replace(again, copies=hurt, plan=replayed("promote"))
        assert any(said in one for one in rerun_reckoning.findings(found, held, fed)), said


def test_a_plan_that_breaks_stops_no_other_and_leaves_its_evidence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def tried(verdict: suite.Verdict, folder: Path, _given: suite.Conditions) -> None:
        (folder / "log").touch()
        if verdict.plan.seed == 8:
            raise RuntimeError("a bug of the suite")
        verdict.figures = {"articles": 10}
        if verdict.plan.seed == 9:
            verdict.wrong.append("lost: 1 articles")

    monkeypatch.setattr(suite, "tried", tried)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    said: list[str] = []
    environment = dict(os.environ)
    found = suite.run(
        plans=4,
        seed=7,
        nodes=1,
        at_once=2,
        records=1,
        lanes=1,
        outage_s=1,
        say=said.append,
        progress=lambda *_: None,
    )
    assert [(plan["seed"], plan["held"]) for plan in found["plans"]] == [
        (7, True),
        (8, False),
        (9, False),
        (10, True),
    ]
    assert found["held"] is False
    assert dict(os.environ) == environment, "the models of the workers are those of this process no longer"
    assert said[-1].startswith("2 of 4 plans held, those of seed 8, 9 did not")
    assert [f"1 of 4: {draw(7, 1)}", f"4 of 4: {draw(10, 1)}"] == [
        one for one in said if one.startswith(("1 of", "4 of"))
    ]
    assert [[path.name for path in sorted(Path(plan["kept"]).iterdir())] for plan in found["plans"][1:3]] == [
        ["log", "suite.txt"],
        ["log"],
    ]
    assert len(list(tmp_path.iterdir())) == 2, "what held leaves nothing"
