"""``bench shelf``: what the archive costs an article and a question, with 300,000 articles in 60,000 stories
and without a broker.
"""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from aiokafka import ConsumerRecord

from services.archive.copying import AT_ONCE
from services.archive.reading import archive_standing
from services.archive.reading.opening import Archive
from services.archive.shelf.file_places import Places
from services.archive.shelf.keeper import Keeper, Load
from services.archive.shelving import Shelving
from services.cli.speech import watched
from services.workshop.streams.made_news import News, Record
from services.workshop.timing import archive_questions
from shared.kafka import clients
from shared.kafka.partitioner import partition_of
from shared.settings import Settings
from shared.wire import topics

AHEAD = 2_000
"""Articles that lie in Kafka while some are taken."""


class Fetched(NamedTuple):
    """What one turn of the archive takes of its three topics."""

    articles: list[ConsumerRecord]
    events: list[ConsumerRecord]
    stories: list[ConsumerRecord]


def bench(articles: int = 300_000) -> dict[str, Any]:
    """Build an archive of *articles* by itself, and return what that and its questions take."""
    settings = Settings.from_env()
    with tempfile.TemporaryDirectory(prefix="shelf-", dir=room(settings)) as home:
        ours = dataclasses.replace(settings, home=Path(home), archive_folder="")
        news = News(articles, until_ms=time.time_ns() // 1_000_000)
        fed = feed(ours, news)
        archive = Archive(ours)
        try:
            standing = archive_standing.standing(archive)
            found = {
                "articles": standing.articles,
                "stories": standing.stories,
                "file_gb": round(standing.size_bytes / 1e9, 2),
            }
            return found | fed | archive_questions.asked(archive, news)
        finally:
            archive.close()


def room(settings: Settings) -> Path:
    """Return a folder for files of several GB."""
    folder = settings.folder / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def feed(settings: Settings, news: News) -> dict[str, float]:
    """Enter *news* into a new archive, which is the one to read then; return CPU milliseconds an article, and
    articles a second of one core.
    """
    places, shelving = Places.of(settings), Shelving()
    keeper = Keeper(places.file(0))
    ready = written = 0.0
    for turn, some in enumerate(fetched(news)):
        begun = time.process_time()
        load = Load(positions={"articles": b"%d" % turn})
        shelving.articles(load, some.articles)
        shelving.events(load, some.events)
        shelving.stories(load, some.stories)
        made = time.process_time()
        keeper.write(load)
        ready, written = ready + made - begun, written + time.process_time() - made
    keeper.close()
    places.swap(places.file(0))
    places.touch(time.time())
    return {
        "make_ready_cpu_ms": round(ready / news.articles * 1000, 3),
        "write_cpu_ms": round(written / news.articles * 1000, 3),
        "ingest_articles_per_cpu_s": round(news.articles / (ready + written)),
    }


def fetched(news: News) -> Iterator[Fetched]:
    """Yield *news* as readers of a full topic get it: a partition's records for a fetch's bytes, then the
    next partition's.
    """
    shelves = [_Partitions(topic) for topic in (topics.LINKED, topics.STORY_EVENTS, topics.STORIES)]
    by_name = {one.topic.name: one for one in shelves}
    for number in watched(range(news.articles), "articles into the archive"):
        for record in news.told(number):
            by_name[record.topic].put(record)
        while shelves[0].held >= AHEAD:
            yield Fetched(*(one.take() for one in shelves))
    while any(one.held for one in shelves):
        yield Fetched(*(one.take() for one in shelves))


class _Partitions:
    """The partitions of a topic."""

    def __init__(self, topic: topics.Topic) -> None:
        self.topic, self.held = topic, 0
        self._ends = Counter[int]()
        self._parts = deque[deque[ConsumerRecord]](deque() for _ in range(topic.partitions))
        self._places = list(self._parts)
        self._left = clients.FETCH_BYTES

    def put(self, record: Record) -> None:
        """Write *record*."""
        partition = partition_of(record.key, range(self.topic.partitions))
        self._places[partition].append(
            ConsumerRecord(
                topic=self.topic.name,
                partition=partition,
                offset=self._ends[partition],
                timestamp=record.at_ms,
                timestamp_type=0,
                key=record.key,
                value=record.value,
                checksum=None,
                serialized_key_size=len(record.key),
                serialized_value_size=len(record.value),
                headers=record.headers,
            )
        )
        self._ends[partition] += 1
        self.held += 1

    def take(self) -> list[ConsumerRecord]:
        """Return what one question to a reader gives."""
        found: list[ConsumerRecord] = []
        while self.held and len(found) < AT_ONCE:
            if not self._parts[0] or self._left <= 0:
                self._parts.rotate(-1)
                self._left = clients.FETCH_BYTES
                continue
            record = self._parts[0].popleft()
            self._left -= len(record.value)
            self.held -= 1
            found.append(record)
        return found
