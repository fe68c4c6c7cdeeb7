"""Pages → ``articles.raw`` in transactions, each document revision once; refused input → ``feed.dead`` with its bytes."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from uuid import uuid4

import msgspec
import orjson
from aiokafka import AIOKafkaProducer

from services.feed.core import Item, raw_of
from services.feed.pages import Page
from shared import codec, guard, headers, kafka, topics
from shared.contract import Emit, Origin, Reject
from shared.errors import BadRecord
from shared.records import Raw
from shared.settings import Settings
from shared.version import VERSION

STAGE = "feed"
BATCH = 500
BATCH_SECONDS = 0.2


class Known(msgspec.Struct, frozen=True):
    """The last revision of a document, and when feed first saw it."""

    rev: str
    first_seen_at: str


@dataclass(slots=True)
class Report:
    """What became of the pages: *refused* counts by reason."""

    accepted: int = 0
    known: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    doc_ids: list[str] = field(default_factory=list)


class Feeder:
    """Feeds pages; knows what was fed before from ``feed.changelog``, written in the same transaction as the pages."""

    def __init__(self, settings: Settings, producer: AIOKafkaProducer, known: dict[bytes, Known]) -> None:
        self.settings, self.producer, self.known = settings, producer, known
        self.report = Report()
        self.maker = headers.Maker(stage=STAGE, version=VERSION, model_sha256="", run=settings.run, instance=settings.instance)
        self._sent: list[asyncio.Future[object]] = []

    async def send(self, page: Page) -> None:
        """Send one page, unless this revision is known already, or its dead letter."""
        now_ms = time.time_ns() // 1_000_000
        try:
            if page.refused is not None or page.item is None:
                raise page.refused or BadRecord("empty_text")
            raw = self._raw(page.item, page.payload, headers.rfc3339(now_ms))
        except BadRecord as error:
            self.report.refused[error.reason] += 1
            await self._dead(page, error, now_ms)
            return
        self.report.doc_ids.append(raw.doc_id)
        key, known = raw.doc_id.encode(), self.known.get(raw.doc_id.encode())
        if known is not None and known.rev == raw.rev:
            self.report.known += 1
            return
        emit = Emit(topics.RAW.name, raw.source.id.encode(), codec.encode(raw), "news.article.raw.v1", raw.doc_id, raw.rev)
        origin = Origin(page.where, 0, 0, now_ms)
        made = headers.attributes(emit, self.maker, headers.Cause((), origin, 0, headers.rfc3339(now_ms)))
        await self._send(emit.topic, emit.key, emit.value, [pair for pair in made if pair[0] != headers.ORIGIN])
        self.known[key] = Known(raw.rev, raw.first_seen_at)
        await self._send(topics.changelog(STAGE), key, codec.encode(self.known[key]), [])
        self.report.accepted += 1

    def _raw(self, item: Item, payload: bytes, now: str) -> Raw:
        raw = raw_of(item, payload, now=now)
        known = self.known.get(raw.doc_id.encode())
        raw = msgspec.structs.replace(raw, first_seen_at=known.first_seen_at) if known else raw
        size = len(codec.encode(raw))
        if size > guard.LARGEST_OUTPUT:  # control characters take six bytes each in JSON
            raise BadRecord("too_large", f"the page has {size} bytes as JSON, at most {guard.LARGEST_OUTPUT} are taken")
        return raw

    async def _dead(self, page: Page, error: BadRecord, now_ms: int) -> None:
        cause = headers.Cause((), Origin(page.where, 0, 0, now_ms), 0, headers.rfc3339(now_ms))
        letter = headers.letter(Reject(error.reason, error.detail), self.maker, cause, 1)
        await self._send(topics.dead(STAGE), None, page.original, letter)

    async def _send(self, topic: str, key: bytes | None, value: bytes, made: list[tuple[str, bytes]]) -> None:
        spelled = topics.spelled(topic, self.settings.run)
        self._sent.append(await self.producer.send(spelled, value, key=key, headers=made))

    async def settle(self) -> None:
        """Wait until the broker has all that was sent; raises what a send raised."""
        sent, self._sent = self._sent, []
        await asyncio.gather(*sent)


async def feed(settings: Settings, pages: Iterable[Page], progress: Callable[[Report], None] = lambda _: None) -> Report:
    """Feed *pages*; exactly once into the topic for one feeder at a time, with stable ids in any case."""
    name = f"{topics.group(STAGE, settings.run)}-{settings.instance or uuid4().hex[:12]}"  # containers share process ids
    producer = kafka.transactional(settings, transactional_id=name)
    await producer.start()
    try:
        feeder = Feeder(settings, producer, await known(settings))
        stream = iter(pages)
        while batch := await asyncio.to_thread(_some, stream):
            async with producer.transaction():
                for page in batch:
                    await feeder.send(page)
                await feeder.settle()
            progress(feeder.report)
        return feeder.report
    finally:
        await producer.stop()


def _some(stream: Iterable[Page]) -> list[Page]:
    """Return the next pages: up to 500, or what came within a fifth of a second (a slow stdin must not wait for 500)."""
    batch: list[Page] = []
    begun = time.monotonic()
    for page in stream:
        batch.append(page)
        if len(batch) >= BATCH or time.monotonic() - begun > BATCH_SECONDS:
            break
    return batch


async def known(settings: Settings) -> dict[bytes, Known]:
    """Return what was fed before."""
    found = {}
    for record in await kafka.read_all(settings, [topics.spelled(topics.changelog(STAGE), settings.run)]):
        found[record.key] = msgspec.convert(orjson.loads(record.value), Known)
    return found
