"""Looking things up by whole id, by the beginning of one, and counting, on topics as the stages leave them:
markers, deaths and all.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from spoken import objects, speaker

from services.cli.lookups import story_lookup, topic_search
from services.link.stories.story_record import story_id
from shared.contract import Emit, Origin, Reject
from shared.kafka import clients, declare, record_counts, stretches
from shared.kafka.partitioner import partition_of
from shared.settings import Settings
from shared.wire import headers, topics
from shared.wire.topics import FLOW, STAGES

NOW = "2026-01-01T00:00:00.000Z"
TWICE, DIED, WAITS, DIED_LATER, PASSED_OVER, ASTRAY = (f"{number:x}" * 32 for number in range(10, 16))
OTHERS = [f"{number:08x}".ljust(32, "0") for number in range(20)]
DEATHS = 13
MERGED, SURVIVOR, MOVED_TO = (story_id(name, 1) for name in ("merged", "survivor", "moved to"))


@dataclass(slots=True)
class Scribe:
    """Does what the lanes do, a record a transaction: it sends the outcome and commits the input."""

    settings: Settings
    producer: AIOKafkaProducer
    revision: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def send(
        self,
        emit: Emit,
        made: list[tuple[str, bytes]],
        *,
        partition: int | None = None,
        done: tuple[str, headers.Cause] | None = None,
    ) -> Origin:
        async with self.producer.transaction():
            topic = topics.spelled(emit.topic, self.settings.run)
            sent = await (
                await self.producer.send(topic, emit.value, key=emit.key, headers=made, partition=partition)
            )
            if done is not None:
                await self.commit(*done)
        return Origin(sent.topic, sent.partition, sent.offset, sent.timestamp)

    async def commit(self, stage: str, cause: headers.Cause) -> None:
        part = TopicPartition(cause.origin.topic, cause.origin.partition)
        group = topics.group(stage, self.settings.run)
        await self.producer.send_offsets_to_transaction({part: cause.origin.offset + 1}, group)

    async def feed(self, doc: str) -> headers.Cause:
        value = orjson.dumps({"doc_id": doc, "first_seen_at": NOW, "rev": str(next(self.revision))})
        emit = Emit(topics.RAW.name, b"a source", value, "news.article.raw.v1", doc)
        made = headers.output_headers(
            emit, self.maker("feed"), headers.Cause((), Origin("page", 0, 0, 0), 0, NOW)
        )
        made = [pair for pair in made if pair[0] not in {headers.ORIGIN, headers.CAUSE}]
        return headers.Cause(made, await self.send(emit, made), 0, NOW)

    async def work(self, stage: str, cause: headers.Cause, doc: str, **more: Any) -> headers.Cause:
        sink = FLOW[STAGES.index(stage) + 1]
        emit = Emit(
            sink.name,
            doc.encode(),
            orjson.dumps({"doc_id": doc, "first_seen_at": NOW} | more),
            "news.article.x.v1",
            doc,
        )
        made = headers.output_headers(emit, self.maker(stage), cause)
        return headers.Cause(made, await self.send(emit, made, done=(stage, cause)), 0, NOW)

    async def bury(self, stage: str, cause: headers.Cause) -> None:
        made = headers.dead_letter_headers(Reject("bug", "it died"), self.maker(stage), cause, 1)
        await self.send(Emit(topics.dead(stage), b"key", b"value", "", ""), made, done=(stage, cause))

    async def pass_on(self, doc: str, *stages: str) -> headers.Cause:
        cause = await self.feed(doc)
        for stage in stages:
            cause = await self.work(stage, cause, doc, linked={"story_id": MERGED})
        return cause

    async def story(self, name: str, **more: Any) -> None:
        record = {
            "story_id": name,
            "status": "open",
            "last_at": NOW,
            "label": {},
            "members": {"n": 1, "by_lang": {}},
            "doc_ids": [],
        }
        await self.send(Emit(topics.STORIES.name, name.encode(), orjson.dumps(record | more), "", ""), [])

    def maker(self, stage: str) -> headers.RecordMaker:
        return headers.RecordMaker(
            stage=stage, version="1", model_sha256="", run=self.settings.run, instance="test"
        )


@pytest.fixture(scope="module")
def run(broker: str) -> Settings:
    settings = Settings(kafka=broker, run=f"lookup-{time.time_ns()}")
    asyncio.run(_written(settings))
    return settings


async def _written(settings: Settings) -> None:
    await declare.apply(settings)
    producer = clients.transactional(settings, transactional_id=settings.run)
    await producer.start()
    scribe = Scribe(settings, producer)
    for doc in OTHERS:
        await scribe.pass_on(doc, *STAGES)
    await scribe.pass_on(TWICE, *STAGES)
    await scribe.pass_on(TWICE, *STAGES)
    died = await scribe.feed(DIED)
    for _ in range(DEATHS):
        await scribe.bury("clean", died)
    await scribe.pass_on(DIED_LATER, *STAGES)
    await scribe.bury("link", await scribe.pass_on(DIED_LATER, *STAGES[:-1]))
    passed_over = await scribe.feed(PASSED_OVER)
    async with producer.transaction():
        await scribe.commit("clean", passed_over)
    await scribe.pass_on(TWICE, "clean")
    await scribe.feed(WAITS)
    home = partition_of(ASTRAY.encode(), range(topics.LINKED.partitions))
    astray = Emit(topics.LINKED.name, ASTRAY.encode(), b"{}", "", ASTRAY)
    await scribe.send(
        astray, [("ce_subject", ASTRAY.encode())], partition=(home + 1) % topics.LINKED.partitions
    )
    await scribe.story(MERGED, status="merged", merged_into=SURVIVOR)
    for n in range(3):
        await scribe.story(SURVIVOR, members={"n": n, "by_lang": {}}, doc_ids=[TWICE])
    moved = {
        "event": "moved",
        "story_id": MOVED_TO,
        "other_id": SURVIVOR,
        "detail": {"doc_id": TWICE, "copies": []},
    }
    quiet = {"event": "quiet", "story_id": MOVED_TO, "detail": {}}
    for event in (moved, quiet):
        made = [("ce_type", f"news.story.{event['event']}.v1".encode())]
        await scribe.send(
            Emit(topics.STORY_EVENTS.name, MOVED_TO.encode(), orjson.dumps(event), "", ""), made
        )
    await scribe.story(MOVED_TO)
    await producer.stop()


@pytest.fixture
def say(run: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    return speaker(run, monkeypatch)


async def _scanned(settings: Settings, doc: str) -> list[tuple[str, int, bytes]]:
    """Return what a reading of all topics finds of *doc*: the truth."""
    return [
        (topic.name, record.offset, record.value)
        for topic in FLOW
        for record in await clients.read_all(settings, [topics.spelled(topic.name, settings.run)])
        if headers.get(record.headers, "ce_subject") == doc
    ]


@pytest.mark.parametrize("first", [1, 2_000])
def test_a_whole_id_leads_to_all_its_records(
    say: Any, run: Settings, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    monkeypatch.setattr(topic_search, "NEWEST_OFFSETS", first)
    records = {TWICE: 12, DIED: 1, WAITS: 1, DIED_LATER: 9, PASSED_OVER: 1, OTHERS[0]: 5, OTHERS[-1]: 5}
    for doc, n in records.items():
        truth = asyncio.run(_scanned(run, doc))
        assert len(truth) == n
        said = say("trace", doc, "--json")
        assert [(one["topic"], one["offset"], one["record"]) for one in objects(said)] == [
            (a, b, orjson.loads(c)) for a, b, c in truth
        ]
        assert ("searching everything" in said.stderr) == (doc == PASSED_OVER)


def test_the_beginning_of_an_id_is_searched_for_and_says_so(say: Any) -> None:
    for doc in (TWICE, DIED, WAITS, PASSED_OVER):
        cut = say("trace", doc[:20], "--json")
        assert "is not a whole id: searching" in cut.stderr
        assert objects(cut) == objects(say("trace", doc, "--json"))


def test_a_whole_id_is_looked_for_where_its_key_belongs(say: Any) -> None:
    assert "no article" in say("trace", ASTRAY, code=1).stderr
    assert [one["topic"] for one in objects(say("trace", ASTRAY[:12], "--json"))] == [topics.LINKED.name]


def test_ids_of_nothing_and_of_too_much(say: Any) -> None:
    assert "no article has an id that begins with " + "9" * 32 in say("trace", "9" * 32, code=1).stderr
    assert "no article" in say("trace", "99999", code=1).stderr
    assert f"{len(OTHERS)} articles begin with 000000" in say("trace", "000000", code=1).stderr
    assert "has not reached a story" in say("why", WAITS, code=1).stderr
    assert "no story" in say("story", story_id("unknown", 1), code=1).stderr
    assert "too short" in say("story", SURVIVOR[:2], code=2).stderr


def test_a_merged_story_leads_to_what_it_went_into(say: Any) -> None:
    whole = say("story", MERGED, "--json")
    (found,) = objects(whole)
    assert (found["story_id"], found["members"]["n"]) == (SURVIVOR, 2)
    assert whole.stderr == ""
    cut = say("story", MERGED[:9], "--json")
    assert objects(cut) == [found]
    assert "is not a whole id: searching" in cut.stderr


def test_why_tells_what_moved_the_article_since(say: Any) -> None:
    said = say("why", TWICE, "--json")
    (found,) = objects(said)
    assert [event["story_id"] for event in found["since"]] == [MOVED_TO]
    assert said.stderr == ""


def test_merged_stories_are_not_counted_and_a_part_is_not_sold_as_the_whole(
    say: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "The newest 2 of 2." in say("story").stdout
    assert ", 2 stories\n" in say("status").stdout
    (found,) = objects(say("status", "--json"))
    assert (found["stories"], found["stories_at_least"]) == (2, False)
    monkeypatch.setattr(story_lookup, "RECENT_OFFSETS", 2)
    (found,) = objects(say("status", "--json"))
    assert (found["stories"], found["stories_at_least"]) == (2, True)
    assert ", at least 2 stories (seen in the newest 3 records)" in say("status").stdout


def test_numbers_are_counted_or_said_to_be_estimates(
    say: Any, run: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    (found,) = objects(say("status", "--json"))
    assert {row["stage"]: row["dead"] for row in found["stages"]} == {
        "clean": DEATHS,
        "detect": 0,
        "extract": 0,
        "link": 1,
    }
    assert not any("dead" in row["estimated"] for row in found["stages"])
    monkeypatch.setattr(record_counts, "SAMPLE_OFFSETS", 2 * DEATHS - 2)
    assert f"about {DEATHS}" in say("status").stdout, (
        "its offsets would say twice as many: each letter has its marker"
    )
    estimate = asyncio.run(_counted(run))
    assert not estimate.exact
    assert abs(estimate.n - len(OTHERS) - 4) <= 6
    say("dead", "ack", "--stage", "clean", "--go")
    (clean, *_) = objects(say("status", "--json"))[0]["stages"]
    assert (clean["dead"], "dead" in clean["estimated"]) == (0, False), "none is left, and that is counted"


async def _counted(settings: Settings) -> record_counts.Count:
    async with clients.reader(settings) as client:
        parts = await clients.partitions(client, topics.spelled(topics.LINKED.name, settings.run))
        return await record_counts.count(client, await stretches.whole(client, parts))
