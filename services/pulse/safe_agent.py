"""The one way to consume with Faust: at least once, read_committed, nothing skipped, and an exit of our own.

Faust 0.15.3 commits past unfinished records when an agent runs more than once (F1), commits while writes are
still queued (F2), does not see failed writes (F3), skips a record whose agent raised (F4), reads uncommitted
records (F6), does not end while the broker is gone (F8), and takes the record after a transaction marker for
a part of the marker, so that a commit gets past one marker each 2.8 s and never catches up with a stage that
writes every second (F14). Hence: one agent, batches whose every write is awaited before the batch is
acknowledged, an exception ends the process with nothing acknowledged, a consumer that reads committed, and
``os._exit``.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, override

import faust
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport

from shared import logs

BATCH = 500
WITHIN_S = 0.2
"""Longer than the producer's own patience (40 s): what is not written by then never will be."""

Handle = Callable[[Sequence[Any]], Awaitable[None]]


class CommittedThread(AIOKafkaConsumerThread):
    """Faust's consumer, reading only what is committed."""

    @override
    def _create_worker_consumer(self, transport: Any) -> Any:
        made = super()._create_worker_consumer(transport)
        made._isolation_level = "read_committed"  # noqa: SLF001 - Faust decides by its processing guarantee; read at start
        return made


class CommittedConsumer(Consumer):
    """Runs the thread above, and commits past transaction markers."""

    @override
    def _new_consumer_thread(self) -> CommittedThread:
        return CommittedThread(self, loop=self.loop, beacon=self.beacon)

    @override
    async def _add_gap(self, tp: Any, offset_from: int, offset_to: int) -> None:
        """Take the offsets before *offset_to* for done; there is a record at that one (F14)."""
        await super()._add_gap(tp, offset_from, offset_to - 1)


class CommittedTransport(Transport):
    """Makes the consumer above."""

    Consumer = CommittedConsumer


def safe_agent(app: faust.App, source: Any, handle: Handle, *, concurrency: int = 1) -> None:
    """Let *handle* take the records of *source* in batches; a batch is acknowledged when it returns.

    Raises ValueError for a *concurrency* above 1. When *handle* raises, the process ends with status 1: its
    memory may be ahead of what is written, and Faust would acknowledge the batch.
    """
    if concurrency != 1:
        raise ValueError(f"concurrency {concurrency}: Faust loses records with more than one (F1)")

    async def consume(stream: Any) -> None:
        async for events in stream.take_events(BATCH, within=WITHIN_S):
            try:
                await handle(events)
            except Exception:  # noqa: BLE001 - whatever it was, nothing may be acknowledged
                logs.LOGGER.exception("pulse ends")
                os._exit(1)

    app.agent(source, concurrency=1)(consume)
