"""Moves letters: what is sent, the marks and the audit's entry commit together, so a kill repeats nothing.

One transactional id a stage's letters. Whoever begins last shuts out whoever is at the letters of the same
stage (Kafka refuses the former producer and aborts what it had open) and reads the marks only then, so two
operators never send the same letter.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from aiokafka import AIOKafkaProducer
from aiokafka.errors import IllegalOperation, InvalidProducerEpoch, KafkaError, ProducerFenced

from services.dead import letterbox, marks
from services.dead.letter import Letter
from services.dead.marks import Mark, State
from services.dead.selection import Selection
from services.dead.sent_back import digest, sent_back
from services.dead.standing import STAYING, Counts, Judge, Verb, size, target
from shared.kafka import clients
from shared.records.act import Act
from shared.settings import Settings
from shared.wire import codec, headers, topics

BATCH_BYTES = 16 << 20
"""What one transaction sends, unless a single letter is larger."""

STATES: dict[Verb, State] = {
    "redrive": "redriven",
    "edit": "edited",
    "drop": "dropped",
    "ack": "acknowledged",
}


class ShutOut(KafkaError):  # type: ignore[misc]  # aiokafka has no types
    """Another operator has begun on the letters of *stage*; what was not committed has not happened."""

    def __init__(self, stage: str) -> None:
        super().__init__(stage)
        self.stage = stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be done with which letters, by whom and why; *rate* is letters a second (0: no limit)."""

    verb: Verb
    selection: Selection
    actor: str
    because: str = ""
    rate: float = 0.0
    edited: bytes | None = None


def quiet(_: int) -> None:
    """Say nothing."""


async def carry_out(settings: Settings, order: Order, progress: Callable[[int], None] = quiet) -> Counts:
    """Do what *order* says; returns what went and what stayed.

    *progress* is told how many are done, after each transaction.

    Raises ShutOut. After any error the same order goes on where this one ended: only letters without a mark
    are taken.
    """
    counts = Counts()
    for stage in order.selection.stages:
        narrowed = replace(order, selection=replace(order.selection, stages=(stage,)))
        try:
            name = topics.transactional_id("dead", topics.dead(stage), 0, settings.run)
            async with clients.transacting(settings, transactional_id=name) as producer:
                await Mover(settings, narrowed, producer, counts).move(progress)
        except (
            ProducerFenced,
            InvalidProducerEpoch,
            IllegalOperation,
        ) as error:  # the last: fenced between two sends
            raise ShutOut(stage) from error
    return counts


class Mover:
    """Carries out one order on the letters of one stage, with a producer that has shut out all others."""

    def __init__(self, settings: Settings, order: Order, producer: AIOKafkaProducer, counts: Counts) -> None:
        self.settings, self.order, self.producer, self.counts = settings, order, producer, counts
        self.begun, self.moved = time.monotonic(), 0

    async def move(self, progress: Callable[[int], None]) -> None:
        """Take the letters that are meant, a transaction's worth at a time."""
        partitions = await letterbox.partition_counts(self.settings, self.order.selection.stages)
        judge = Judge(
            marked=marks.states(await marks.settled(self.settings)),
            partitions=partitions,
            run=self.settings.run,
        )
        batch, batch_bytes = list[Letter](), 0
        async with letterbox.letters(self.settings, self.order.selection) as stream:
            async for letter in stream:
                standing = judge.standing(letter, self.order.verb)
                if standing != "goes":
                    self.counts.enter(letter, standing, self.order.verb)
                    continue
                batch.append(letter)
                batch_bytes += size(letter)
                if len(batch) >= self._limit or batch_bytes > BATCH_BYTES:
                    await self._commit(batch, partitions)
                    progress(self.counts.goes.total())
                    batch, batch_bytes = [], 0
        if batch:
            await self._commit(batch, partitions)
            progress(self.counts.goes.total())

    @property
    def _limit(self) -> int:
        """How many letters one transaction takes: with a rate about a second's worth."""
        most = self.settings.batch_records
        return min(most, max(1, int(self.order.rate))) if self.order.rate else most

    async def _commit(self, batch: list[Letter], partitions: dict[str, int]) -> None:
        now = headers.now()
        async with self.producer.transaction():
            places = (
                [""] * len(batch) if self.order.verb in STAYING else await self._send_back(batch, partitions)
            )
            await self._write(
                topics.LETTER_MARKS,
                [(one.place, self._mark(now, to)) for one, to in zip(batch, places, strict=True)],
            )
            await self._write(topics.AUDIT, [(self.order.actor, self._act(now, batch))])
            await asyncio.sleep(self.settings.hold_ms / 1000)
        for letter in batch:
            self.counts.enter(letter, "goes", self.order.verb)
        self.moved += len(batch)
        if self.order.rate:
            await asyncio.sleep(max(0.0, self.begun + self.moved / self.order.rate - time.monotonic()))

    async def _send_back(self, batch: list[Letter], partitions: dict[str, int]) -> list[str]:
        """Send the records of *batch* to where they came from; returns where each lies now."""
        futures = []
        for letter in batch:
            back_to = target(letter, self.settings.run)
            if back_to is None:
                raise ValueError(f"{letter.name} has nowhere to go")
            one = sent_back(letter, partitions[back_to.name], self.order.edited)
            futures.append(
                await self.producer.send(
                    one.topic, one.value, key=one.key, partition=one.partition, headers=one.headers
                )
            )
        return [f"{sent.topic}/{sent.partition}/{sent.offset}" for sent in await asyncio.gather(*futures)]

    async def _write(self, topic: topics.Topic, pairs: list[tuple[str, object]]) -> None:
        name = topics.spelled(topic.name, self.settings.run)
        futures = [
            await self.producer.send(name, codec.encode(value), key=key.encode()) for key, value in pairs
        ]
        await asyncio.gather(*futures)

    def _mark(self, now: str, to: str) -> Mark:
        return Mark(
            state=STATES[self.order.verb], by=self.order.actor, at=now, because=self.order.because, to=to
        )

    def _act(self, now: str, batch: list[Letter]) -> Act:
        """Return what the audit says of *batch*: how many of which stage and reason.

        Of an edited letter it also has both digests.
        """
        order = self.order
        detail = {}
        if order.edited is not None:
            detail = {"before_sha256": digest(batch[0].value or b""), "after_sha256": digest(order.edited)}
        return Act(
            actor=order.actor,
            time=now,
            verb=f"dead {order.verb}",
            counts=dict(Counter(f"{letter.stage} {letter.reason}" for letter in batch)),
            which=[letter.name for letter in batch],
            because=order.because,
            detail=detail,
        )
