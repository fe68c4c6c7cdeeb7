"""From any door into the engine: articles → ``articles.raw``, refused input → ``feed.dead`` with its bytes.

A feeder remembers nothing. Each article has an id that depends on it alone, so anything may be delivered
again, by anybody and at the same time: the lane of clean that keeps the document knows what it has.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.feed.core import raw_of
from services.feed.presence import EVERY_S, Counts
from services.feed.submission import Submission
from shared import guard
from shared.contract import Emit, Origin, Reject
from shared.errors import BadRecord
from shared.kafka import clients
from shared.kafka.access.refusals import refusal, start_client
from shared.kafka.access.renewal import renewed
from shared.kafka.ending import end, let_go
from shared.settings import Settings
from shared.version import VERSION
from shared.wire import codec, event_types, headers, topics
from shared.worker.door_metrics import DoorMetrics
from shared.worker.spans import Spans, close, spans

STAGE = "feed"
PATIENCE_S = 30.0
"""How long the broker may take to confirm what was handed over."""

LOOK_EVERY_S, LAST_WORD_S = 1.0, 2.0


class Undelivered(KafkaError):  # type: ignore[misc]  # aiokafka has no types
    """The broker has not confirmed everything in time.

    Hand the same over again: nothing is lost, and nothing will be there twice.
    """


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a submission that the broker has confirmed.

    It has its ids and which of its fields were *unread*, or why it lies in ``feed.dead``.
    """

    where: str
    doc_id: str = ""
    rev: str = ""
    unread: Sequence[str] = ()
    refused: BadRecord | None = None


class Delivery:
    """Hands submissions to the broker under the logical topic *topic*; made by `delivery`."""

    def __init__(self, settings: Settings, counts: Counts, topic: str) -> None:
        self._settings, self.counts, self._topic = settings, counts, topic
        self.spans: Spans | None = None
        self._maker = headers.RecordMaker(
            stage=STAGE, version=VERSION, model_sha256="", run=settings.run, instance=settings.instance
        )
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()
        self._ending: set[asyncio.Task[None]] = set()
        self.away = False
        """Whether the broker has left the last thing that was handed to it unconfirmed."""

    async def hand_over(
        self, submissions: Sequence[Submission], limit: asyncio.Timeout | None = None
    ) -> list[Receipt]:
        """Return a receipt for each submission, in order, once the broker has them all.

        Raises Undelivered at *limit*, by default after 30 s.
        """
        producer, now_ms = self._producer, time.time_ns() // 1_000_000
        try:
            async with limit or asyncio.timeout(PATIENCE_S):
                producer = await self.started()
                given = [await self._send(producer, one, now_ms) for one in submissions]
                await asyncio.gather(*(future for _, future in given))
        except (KafkaError, TimeoutError) as error:
            self.away = True
            self._let_go(producer)
            raise Undelivered(
                f"the broker did not confirm {len(submissions)} articles: {self._said(error)}"
            ) from error
        self.away = False
        receipts = [receipt for receipt, _ in given]
        self.counts.accepted += sum(receipt.refused is None for receipt in receipts)
        self.counts.refused.update(
            receipt.refused.reason for receipt in receipts if receipt.refused is not None
        )
        if self.spans is not None:
            for one, receipt in zip(submissions, receipts, strict=True):
                self._tell(self.spans, one, receipt, begun_ms=now_ms)
        return receipts

    def _tell(self, told: Spans, given: Submission, receipt: Receipt, *, begun_ms: int) -> None:
        """Tell of an article that was handed over: the first step of its way here."""
        topic = self._topic if receipt.refused is None else topics.dead(STAGE)
        about: dict[str, str | int] = {
            "messaging.system": "kafka",
            "messaging.operation.type": "send",
            "messaging.destination.name": topics.spelled(topic, self._settings.run),
            "khabar.run": self._settings.run,
            "khabar.door": self.counts.door,
        }
        about |= (
            {"khabar.reason": receipt.refused.reason}
            if receipt.refused is not None
            else {"khabar.subject": receipt.doc_id}
        )
        step = headers.span(self._maker, _cause(given, begun_ms))
        error = receipt.refused.reason if receipt.refused is not None else ""
        told.take(
            step,
            f"send {topic}",
            begun_ns=begun_ms * 1_000_000,
            ended_ns=time.time_ns(),
            attributes=about,
            error=error,
        )

    async def _send(
        self, producer: AIOKafkaProducer, given: Submission, now_ms: int
    ) -> tuple[Receipt, asyncio.Future[object]]:
        cause = _cause(given, now_ms)
        try:
            emit = emitted(given, self._topic, now_ms=now_ms)
        except BadRecord as error:
            letter = headers.dead_letter_headers(Reject(error.reason, error.detail), self._maker, cause, 1)
            future = await producer.send(
                topics.spelled(topics.dead(STAGE), self._settings.run), given.original, headers=letter
            )
            return Receipt(given.where, refused=error), future
        made = [
            pair
            for pair in headers.output_headers(emit, self._maker, cause)
            if pair[0] not in (headers.ORIGIN, headers.CAUSE)
        ]
        future = await producer.send(
            topics.spelled(emit.topic, self._settings.run), emit.value, key=emit.key, headers=made
        )
        return Receipt(given.where, emit.subject, emit.rev, given.item.unread if given.item else ()), future

    async def note(self, topic: str, key: bytes, value: bytes | None) -> None:
        """Write what this door must remember into the logical control *topic*.

        Raises Undelivered when the broker does not confirm it.
        """
        producer = self._producer
        try:
            async with asyncio.timeout(PATIENCE_S):
                producer = await self.started()
                await producer.send_and_wait(topics.spelled(topic, self._settings.run), value, key=key)
        except (KafkaError, TimeoutError) as error:
            self._let_go(producer)
            raise Undelivered(
                f"the broker did not confirm a record of {topic}: {self._said(error)}"
            ) from error

    def _said(self, error: Exception) -> str:
        return refusal(error, self._settings) or type(error).__name__

    async def started(self) -> AIOKafkaProducer:
        """Return the producer, started when there is none.

        Raises KafkaError while the broker does not answer.
        """
        async with self._starting:
            if self._producer is None:
                made = clients.idempotent(self._settings)
                try:
                    await start_client(made, self._settings)
                except BaseException:
                    await let_go(made.stop())
                    raise
                self._producer = made
            return self._producer

    def _let_go(self, producer: AIOKafkaProducer | None) -> None:
        """Take another producer from now on: after an error the old one may refuse for ever.

        It ends when all it holds is sent or too old.
        """
        current = self._producer
        if current is not producer or current is None:
            return  # there was none, or somebody else of this door has done so
        self._producer = None
        ending = asyncio.create_task(current.stop())
        self._ending.add(ending)
        ending.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._ending.discard(task)
        if not task.cancelled():
            task.exception()  # whatever it was, nobody needs this producer any more

    async def speak(self, *, ended: bool = False, patience_s: float = EVERY_S) -> None:
        """Say how far this feeder is, to whom it may concern; a broker that is away hears it later."""
        record, producer = self.counts.record(time.time_ns() // 1_000_000, ended=ended), self._producer
        try:
            async with asyncio.timeout(patience_s):
                producer = await self.started()
                await producer.send_and_wait(
                    topics.spelled(topics.FEEDERS.name, self._settings.run),
                    record,
                    key=self.counts.key.encode(),
                )
        except (KafkaError, TimeoutError) as error:
            # a broker that is slow once is no reason to begin anew
            if self.away or not isinstance(error, TimeoutError):
                self._let_go(producer)
            self.away = True
        else:
            self.away = False

    async def speak_on(self) -> None:
        """Speak every few seconds until cancelled.

        While the broker is away it is every second, so that its return is noticed.
        """
        while True:
            await self.speak()
            await asyncio.sleep(LOOK_EVERY_S if self.away else EVERY_S)

    async def keep_logged_in(self) -> None:
        """Take another producer with every renewed certificate or password, until cancelled.

        The former one still sends what it holds.
        """
        while True:
            await renewed(self._settings)
            self._let_go(self._producer)

    async def close(self) -> None:
        """Say the last word and let go of the broker; one that is away keeps nobody waiting."""
        if not self.away:
            await self.speak(ended=True, patience_s=LAST_WORD_S)
        self._let_go(self._producer)
        if self._ending:
            await asyncio.wait(self._ending, timeout=LOOK_EVERY_S if self.away else EVERY_S)
        await close(self.spans)


class CountingDoor:
    """A delivery of a door that runs as a worker: what goes through it is counted for Prometheus."""

    def __init__(self, door: Delivery, metrics: DoorMetrics) -> None:
        self._door, self._metrics, self._name = door, metrics, door.counts.door
        self.note = door.note

    async def hand_over(self, submissions: Sequence[Submission]) -> list[Receipt]:
        """Hand over; raises Undelivered."""
        begun, metrics, name = time.monotonic(), self._metrics, self._name
        with metrics.in_flight.labels(name).track_inprogress():
            receipts = await self._door.hand_over(submissions)
        metrics.delivery.labels(name).observe(time.monotonic() - begun)
        for receipt in receipts:
            if receipt.refused is None:
                metrics.accepted.labels(name).inc()
            else:
                metrics.refused.labels(name, receipt.refused.reason).inc()
        return receipts


@asynccontextmanager
async def delivery(settings: Settings, door: str, topic: str = topics.RAW.name) -> AsyncIterator[Delivery]:
    """Give a delivery into the logical *topic* of this run, from the *door* files, http or feeds."""
    made = Delivery(settings, Counts(door, time.time_ns() // 1_000_000), topic)
    await made.started()
    tasks = [asyncio.create_task(made.speak_on()), asyncio.create_task(made.keep_logged_in())]
    try:
        made.spans = spans(settings, STAGE)
        yield made
    finally:
        for task in tasks:
            await end(task)
        await made.close()


def _cause(given: Submission, now_ms: int) -> headers.Cause:
    """Return what a record is made from that was handed over at *now_ms*; no record lies before it."""
    return headers.Cause(given.headers, Origin(given.where, 0, 0, now_ms), 0, headers.rfc3339(now_ms))


def emitted(given: Submission, topic: str, *, now_ms: int) -> Emit:
    """Return the record that a submission becomes at *now_ms*; raises BadRecord on one that is refused."""
    if given.item is None or given.refused is not None:
        raise given.refused or BadRecord("empty_text")
    raw = raw_of(given.item, given.payload, now=headers.rfc3339(now_ms))
    value = codec.encode(raw)
    if len(value) > guard.LARGEST_OUTPUT:  # control characters take six bytes each in JSON
        raise BadRecord(
            "too_large", f"the page has {len(value)} bytes as JSON, at most {guard.LARGEST_OUTPUT} are taken"
        )
    return Emit(topic, raw.source.id.encode(), value, event_types.RAW, raw.doc_id, raw.rev)
