"""The archive on a real broker: killed again and again while articles come and while another run takes the
place of the first, it is what a rebuild from the topics is.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import random
import sys
import time
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from herd import Herd
from prometheus_client import CollectorRegistry

from services.archive.archive_metrics import ArchiveMetrics
from services.archive.archivist import Archivist
from services.archive.shelf.file_places import Places
from services.cli.worker_processes import environment
from services.web.serving.mark_sender import MarkSender
from services.workshop.streams.archive_contents import contents
from services.workshop.streams.made_news import News, Record
from shared.broker.node import Broker
from shared.kafka import clients, declare
from shared.records.alias import Alias, Segment
from shared.records.mark import Mark
from shared.settings import Settings
from shared.wire import codec, topics

RUN = "better-names"
KILLS = int(os.environ.get("ARCHIVE_KILLS", "8"))
DIFF = (Path(__file__).parents[1] / "contract" / "samples" / "run_diff.1.json").read_bytes()
MADE = [topics.LINKED, topics.STORIES, topics.STORY_EVENTS]


@asynccontextmanager
async def writing(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    await declare.apply(settings)
    await declare.apply(dataclasses.replace(settings, run=RUN), MADE)
    async with clients.transacting(settings, transactional_id="makers") as producer:
        yield producer


async def write(producer: AIOKafkaProducer, run: str, records: Iterable[Record]) -> None:
    async with producer.transaction():
        sent = [
            await producer.send(
                topics.spelled(one.topic, run),
                one.value,
                key=one.key,
                headers=one.headers,
                timestamp_ms=one.at_ms,
            )
            for one in records
        ]
        await asyncio.gather(*sent)


def with_more(records: Iterable[Record]) -> list[Record]:
    """Return the records, and beside them what made news lacks: revisions, an article that moves, a story
    that merges, windows, rubbish.
    """
    found: list[Record] = []
    stories: list[bytes] = []
    for number, one in enumerate(records):
        found.append(one)
        if one.topic == topics.STORIES.name:
            stories.append(one.value)
        elif number % 10 == 0 and one.topic == topics.LINKED.name:
            value = orjson.loads(one.value)
            title = {"text": f"corrected {value['clean']['title']['text']}", "span": {"start": 0, "end": 9}}
            value |= {"rev": f"{number:016x}", "rev_no": 2, "clean": value["clean"] | {"title": title}}
            found.append(one._replace(value=orjson.dumps(value)))
        if number % 50 == 49:
            loser, winner = orjson.loads(stories[-9]), orjson.loads(stories[-1])
            by, key = loser["by"], winner["story_id"].encode()
            lost = loser | {
                "version": loser["version"] + 1,
                "status": "merged",
                "merged_into": winner["story_id"],
            }
            merged = {
                "story_id": winner["story_id"],
                "event": "merged",
                "other_id": loser["story_id"],
                "at": winner["last_at"],
                "detail": {},
                "by": by,
            }
            detail = {
                "doc_id": loser["doc_ids"][0],
                "copies": [],
                "score": 0.9,
                "margin": 1.0,
                "evidence": [],
                "against": [],
            }
            found += [
                one._replace(
                    topic=topics.STORIES.name, key=loser["story_id"].encode(), value=orjson.dumps(lost)
                ),
                one._replace(topic=topics.STORY_EVENTS.name, key=key, value=orjson.dumps(merged)),
                one._replace(
                    topic=topics.STORY_EVENTS.name,
                    key=key,
                    value=orjson.dumps(merged | {"event": "moved", "detail": detail}),
                ),
                one._replace(topic=topics.LINKED.name, key=b"x", value=b'{"doc_id": 5}'),
            ]
    return found


def of_run(records: Iterable[Record]) -> list[Record]:
    """Return the records as another run makes them: with other stories."""
    renamed: dict[str, str] = {}

    def other(value: bytes) -> bytes:
        text = value.decode()
        for old in {word for word in text.split('"') if len(word) == 36 and word.count("-") == 4}:
            text = text.replace(
                old, renamed.setdefault(old, str(uuid.uuid5(uuid.NAMESPACE_URL, f"{RUN} {old}")))
            )
        return text.encode()

    return [
        one._replace(
            value=other(one.value),
            key=one.key if one.topic == topics.LINKED.name else other(b'"%b"' % one.key)[1:-1],
        )
        for one in records
    ]


class Keeper:
    """The worker, killed and started again."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.places = Places.of(settings)
        folder.mkdir()
        self.herd = Herd(
            [sys.executable, "-m", "services.cli", "run", "archive"], environment(settings), folder
        )
        self.worker = self.herd.add()

    def kill(self) -> None:
        assert self.worker.poll() is None, self.herd.logs()
        self.herd.kill(self.worker)

    def start(self) -> None:
        self.worker = self.herd.add()

    async def follows(self) -> None:
        """Wait until the one who is at work has begun to read."""
        deadline = time.monotonic() + 60
        while self.herd.logs().count("archive-follows") < len(self.herd.groups):
            assert self.worker.poll() is None, self.herd.logs()
            assert time.monotonic() < deadline, self.herd.logs()
            await asyncio.sleep(0.01)

    async def current(self, file: Path, since: float) -> None:
        """Wait until *file* is read, and holds what there was at *since*."""
        deadline = time.monotonic() + 90
        while self.places.current() != file or (self.places.current_at() or 0) < since:
            assert self.worker.poll() is None, self.herd.logs()
            assert time.monotonic() < deadline, self.herd.logs()
            await asyncio.sleep(0.1)


async def rebuilt(settings: Settings, home: Path, epoch: int) -> dict[str, str]:
    """Return what an archive says that is built from the topics of now."""
    fresh = dataclasses.replace(settings, home=home)
    archivist = Archivist(fresh, ArchiveMetrics.create(version="1", registry=CollectorRegistry()))
    work = asyncio.create_task(archivist.run())
    file = archivist.places.file(epoch)
    while archivist.places.current() != file and not work.done():  # noqa: ASYNC110 - a file, and no event
        await asyncio.sleep(0.1)
    work.cancel()
    await asyncio.wait([work])
    return contents(file)


async def switch(settings: Settings, alias: Alias) -> None:
    async with clients.transacting(settings, transactional_id="operator") as operator, operator.transaction():
        await operator.send_and_wait(topics.ALIASES.name, codec.encode(alias), key=str(alias.epoch).encode())


async def marked(settings: Settings) -> None:
    """Say of two articles that they are one story, and then that they are not, as the page does."""
    sender = MarkSender(settings)
    for same in (True, False):
        await sender.send(
            Mark(first="a", second="b", same=same, at="2026-01-01T00:00:00.000Z", together=True)
        )
    await sender.close()


@pytest.mark.slow
async def test_killed_at_any_moment_it_is_what_a_rebuild_is(own_broker: Broker, tmp_path: Path) -> None:
    settings = Settings(kafka=own_broker.bootstrap, home=tmp_path / "home", transaction_ms=10_000)
    plan, news = random.Random(5), News(700, until_ms=int(time.time() * 1000), words=40)
    records = with_more(news.records())
    async with writing(settings) as producer:
        await write(
            producer,
            topics.LIVE,
            [records[0]._replace(topic=topics.DIFFS.name, key=b"better-names/live", value=DIFF)],
        )
        await marked(settings)
        keeper = Keeper(settings, tmp_path / "logs")
        try:
            step = len(records) // KILLS
            for first in range(0, len(records), step):
                for at in range(first, min(first + step, len(records)), 40):
                    await write(producer, topics.LIVE, records[at : min(at + 40, first + step)])
                await keeper.follows()
                await asyncio.sleep(plan.uniform(0, 0.6))  # while it reads, makes ready, writes, commits
                keeper.kill()
                keeper.start()
            await keeper.current(keeper.places.file(0), time.time())
            found = contents(keeper.places.file(0))
            assert found == await rebuilt(settings, tmp_path / "again", 0)
            rows = {table: int(digest.split()[0]) for table, digest in found.items()}
            assert rows["articles"] > rows["vectors"] == 700, (
                "revisions beside the articles, of which the newest alone is in the indexes"
            )
            assert (
                min(
                    rows[table]
                    for table in ("marks", "diffs", "called", "members", "events", "moves", "entity_words")
                )
                > 0
            )

            await write(producer, RUN, of_run(records))
            alias = Alias(
                epoch=1,
                segments=[Segment(run=topics.LIVE), Segment(run=RUN, cut=[30] * 12, from_stage="link")],
            )
            await switch(settings, alias)
            for _ in range(2):
                while not keeper.places.file(1).exists():  # noqa: ASYNC110
                    await asyncio.sleep(0.005)
                await asyncio.sleep(plan.uniform(0, 0.3))
                assert keeper.places.current() == keeper.places.file(0), "what is read is whole"
                keeper.kill()
                keeper.start()
            await keeper.current(keeper.places.file(1), time.time())
            assert not keeper.places.file(0).exists()
            promoted = contents(keeper.places.file(1))
            assert promoted == await rebuilt(settings, tmp_path / "promoted", 1)
            assert promoted["stories"] != found["stories"]

            await switch(settings, Alias(epoch=2))
            await keeper.current(keeper.places.file(2), time.time())
            assert contents(keeper.places.file(2)) == found, "after a rollback it is what it was"
            assert keeper.herd.term(keeper.worker)[1] == 0
        finally:
            keeper.herd.close()
            assert keeper.herd.orphans() == []
