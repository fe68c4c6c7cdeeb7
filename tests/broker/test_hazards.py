"""The hazards of ``shared/worker/HAZARDS.md`` that chaos alone does not show: each at its worst moment, on a
real broker.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import shake
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from herd import Herd, shakers
from prometheus_client import CollectorRegistry
from truth import Truth

from shared import guard
from shared.contract import Message, Origin
from shared.kafka import clients, declare, stretches
from shared.kafka.ending import end
from shared.settings import Settings
from shared.wire import headers, topics
from shared.worker import lane as lanes
from shared.worker.batch import OutgoingRecord
from shared.worker.lane import Lane
from shared.worker.metrics import Metrics
from shared.worker.orders import Orders
from shared.worker.outbox import send_all
from shared.worker.slots import ExtractResult, Slots
from shared.worker.worker_tools import WorkerTools

TABLE = [topics.BY_NAME[name] for name in (shake.SOURCE, shake.SINK, "clean.dead", "clean.changelog")]
QUICK = {"KHABAR_SESSION_MS": "6000", "KHABAR_HEARTBEAT_MS": "1000"}


class Here:
    """Slots that work in this process: the lane is looked at, not they.

    *open* says of each call whether a transaction was open.
    """

    def __init__(self) -> None:
        self.lane: Lane | None = None
        self.open: list[bool] = []

    async def run(self, messages: Sequence[Message]) -> list[ExtractResult]:
        assert self.lane is not None
        assert self.lane.producer is not None
        self.open.append(self.lane.producer._txn_manager.is_in_transaction())
        return [ExtractResult(guard.extract(shake.WORK, message), 0.0) for message in messages]


class Stage:
    """Lane 0 of the stage to shake, in this process."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.slots = settings, Here()
        self.part = TopicPartition(topics.spelled(shake.SOURCE, settings.run), 0)
        self.group = topics.group("clean", settings.run)
        self.consumer = clients.consumer(settings, group=self.group)
        metrics = Metrics.create("clean", version="test", model="", registry=CollectorRegistry())
        maker = headers.RecordMaker.of(shake.WORK, run=settings.run, instance="test")
        self.lane = self.slots.lane = Lane(
            self.part,
            self.consumer,
            WorkerTools(shake.WORK, settings, self.slots, metrics, maker, Orders(shake.WORK, settings)),
        )

    def producer(self) -> AIOKafkaProducer:
        name = topics.transactional_id("clean", shake.SOURCE, 0, self.settings.run)
        return clients.transactional(self.settings, transactional_id=name)

    async def feed(self, numbers: range) -> None:
        async with AIOKafkaProducer(bootstrap_servers=self.settings.kafka) as producer:
            for i in numbers:
                await producer.send_and_wait(self.part.topic, b'{"i": %d}' % i, key=b"k", partition=0)

    async def read(self, topic: str) -> list[bytes]:
        return [
            record.value
            for record in await clients.read_all(self.settings, [topics.spelled(topic, self.settings.run)])
        ]

    async def busy(self) -> None:
        """Run the lane, and wait until it works on a batch."""
        self.lane.task = asyncio.create_task(self.lane.run())
        async with asyncio.timeout(60):
            while self.lane.busy_since is None:  # noqa: ASYNC110 - the lane says nothing when it begins
                await asyncio.sleep(0.01)


async def staged(settings: Settings) -> Stage:
    await declare.apply(settings, TABLE)
    made = Stage(settings)
    await made.consumer.start()
    made.consumer.assign([made.part])
    return made


@pytest.fixture
def settings(broker: str, run_name: str) -> Settings:
    return Settings(kafka=broker, run=run_name, revoke_seconds=600)


@pytest.fixture
async def stage(settings: Settings) -> AsyncIterator[Stage]:
    made = await staged(settings)
    yield made
    await made.lane._close()
    await made.consumer.stop()


@pytest.fixture
async def held(settings: Settings) -> AsyncIterator[Stage]:
    """A lane whose transactions stay open for two seconds."""
    made = await staged(Settings(kafka=settings.kafka, run=settings.run, revoke_seconds=600, hold_ms=2000))
    yield made
    await made.lane._close()
    await made.consumer.stop()


async def test_a_former_owner_commits_before_a_lane_opens_or_never(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It tries after the state was read, and again after the offset was read: the lane must have neither of
    them from before.
    """
    await stage.feed(range(5))
    former = stage.producer()
    await former.start()
    await former.begin_transaction()
    await former.send(topics.spelled("clean.changelog", stage.settings.run), b"[3, 3]", key=b"k", partition=0)
    await former.send_offsets_to_transaction({stage.part: 3}, stage.group)
    restore, committed = lanes.restore, stage.consumer.committed

    async def commit() -> None:
        with contextlib.suppress(KafkaError, AssertionError):  # the latter: it was fenced before
            await former.commit_transaction()

    async def restored(tools: WorkerTools, partition: int) -> Any:
        state = await restore(tools, partition)
        await commit()
        return state

    async def asked(part: TopicPartition) -> int | None:
        offset = await committed(part)
        await commit()
        return offset

    monkeypatch.setattr(lanes, "restore", restored)
    monkeypatch.setattr(stage.consumer, "committed", asked)
    await stage.lane._open()
    now = await restore(stage.lane.tools, 0)
    assert stage.lane.state.seen == now.seen, "the state is what the broker has"
    assert await stage.consumer.position(stage.part) == (await committed(stage.part) or 0), "so is the offset"
    await former.stop()


async def test_a_lane_that_never_committed_begins_again_at_the_beginning(stage: Stage) -> None:
    await stage.feed(range(5))
    for _ in range(2):
        await stage.lane._open()
        records = (await stage.consumer.getmany(stage.part, timeout_ms=10_000))[stage.part]
        assert records[0].offset == 0
        await stage.lane._close()


async def test_a_restored_state_is_the_whole_changelog(stage: Stage) -> None:
    log = topics.spelled("clean.changelog", stage.settings.run)
    producer = stage.producer()
    await producer.start()
    for key, commit in ((b"1", True), (b"2", False), (b"3", True)):
        await producer.begin_transaction()
        await producer.send_and_wait(log, b"[1, 1]", key=key, partition=0)
        await (producer.commit_transaction() if commit else producer.abort_transaction())
    await producer.stop()
    state = await lanes.restore(stage.lane.tools, 0)
    assert set(state.seen) == {b"1", b"3"}


async def test_a_restore_that_stands_still_raises(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await stage.feed(range(5))

    async def nothing(*_: Any, **__: Any) -> dict[TopicPartition, list[Any]]:
        await asyncio.sleep(0.05)
        return {}

    monkeypatch.setattr(stretches, "STANDSTILL_SECONDS", 0.5)
    monkeypatch.setattr(AIOKafkaConsumer, "getmany", nothing)
    async with asyncio.timeout(60):
        with pytest.raises(stretches.Standstill, match="before the end"):
            await stage.read(shake.SOURCE)


async def test_an_idle_lane_is_closed_at_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a rebalance its fetch returns after the next assignment, and that waits for the lane."""
    asked = asyncio.Event()

    async def wait_for_assignment(*_: Any, **__: Any) -> Any:
        asked.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(stage.consumer, "getmany", wait_for_assignment)
    stage.lane.task = asyncio.create_task(stage.lane.run())
    async with asyncio.timeout(60):
        await asked.wait()
        await stage.lane.stop()
    assert stage.lane.status == "closed"


async def test_a_lane_in_a_transaction_ends_it_before_it_closes(held: Stage) -> None:
    await held.feed(range(5))
    await held.busy()
    await held.lane.stop()
    first = int((await held.read(shake.SINK))[-1]) + 1
    assert await held.consumer.committed(held.part) >= first > 0, "what was in the transaction is committed"


async def test_no_transaction_is_open_while_a_slot_works(held: Stage) -> None:
    await held.feed(range(5))
    await held.busy()
    await held.lane.stop()
    assert held.slots.open
    assert not any(held.slots.open)


async def test_a_send_that_the_broker_refuses_ends_the_transaction(settings: Settings) -> None:
    name = f"small.{settings.run}"
    async with clients.admin(settings) as admin:
        await admin.create_topics([NewTopic(name, 1, 1, topic_configs={"max.message.bytes": "2000"})])
    producer = clients.transactional(settings, transactional_id=name)
    await producer.start()
    await producer.begin_transaction()
    with pytest.raises(MessageSizeTooLargeError):
        await send_all(
            producer, [OutgoingRecord(name, b"k", b"x"), OutgoingRecord(name, b"k", bytes(range(256)) * 400)]
        )
    await producer.abort_transaction()
    await producer.stop()


async def test_what_was_aborted_is_read_by_no_client_of_ours(stage: Stage) -> None:
    producer = stage.producer()
    await producer.start()
    for value in (b"aborted", b"committed"):
        await producer.begin_transaction()
        await producer.send_and_wait(stage.part.topic, value, key=b"k", partition=0)
        await (producer.commit_transaction() if value == b"committed" else producer.abort_transaction())
    await producer.stop()
    records = (await stage.consumer.getmany(stage.part, timeout_ms=10_000))[stage.part]
    assert [record.value for record in records] == [b"committed"]
    assert await stage.read(shake.SOURCE) == [b"committed"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_task_that_swallows_its_cancellation_ends_all_the_same(stage: Stage) -> None:
    """Cancelled after one turn of the loop more each time, a client that is stopped has swallowed it
    somewhere on the way.
    """
    swallowed = 0
    for turns in range(1, 13):
        stopping = asyncio.Event()

        async def look(stopping: asyncio.Event) -> None:
            while True:
                # a reader of ours stops in a task of its own (A25)
                client = AIOKafkaConsumer(bootstrap_servers=stage.settings.kafka)
                try:
                    await client.start()
                    await asyncio.sleep(0)
                    stopping.set()
                finally:
                    await client.stop()
                await asyncio.sleep(0.05)

        task = asyncio.create_task(look(stopping))
        await stopping.wait()
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task], timeout=0.3)
        swallowed += not task.done()
        async with asyncio.timeout(10):
            await end(task)
    gc.collect()  # a client whose end was cancelled leaves its connection, here and not in another test
    assert swallowed, "the client has mended it: this rule can go"


def messages(*kinds: str) -> list[Message]:
    return [
        Message(b"k", b'{"i": %d, "kind": "%b"}' % (i, kind.encode()), Origin("", 0, i, 0))
        for i, kind in enumerate(kinds)
    ]


async def test_a_slot_whose_lane_was_cancelled_does_not_come_back() -> None:
    slots = Slots(shake.WORK, count=1, record_seconds=600)
    try:
        await slots.warm_up()
        (slot,) = slots._all
        hanging = asyncio.create_task(slots.run(messages("plain", "hang")))
        async with asyncio.timeout(60):
            while slot.working_on.value != 1:  # noqa: ASYNC110 - another process is watched
                await asyncio.sleep(0.01)
            hanging.cancel()
            assert [one.item["i"] for one in await slots.run(messages("plain"))] == [0]
    finally:
        slots.close()


@pytest.fixture
def herds() -> AsyncIterator[list[Herd]]:
    made: list[Herd] = []
    yield made
    for herd in made:
        herd.close()


def herd_of(herds: list[Herd], settings: Settings, folder: Path, **environment: str) -> Herd:
    folder.mkdir(exist_ok=True)
    herds.append(
        shakers({"KHABAR_KAFKA": settings.kafka, "KHABAR_RUN": settings.run} | QUICK | environment, folder)
    )
    return herds[-1]


async def until_said(herd: Herd, event: str, times: int = 1) -> None:
    async with asyncio.timeout(60):
        while herd.logs().count(f'"event":"{event}"') < times:  # noqa: ASYNC110 - a log is read
            await asyncio.sleep(0.1)


async def test_a_restore_longer_than_the_session_loses_no_lane(
    settings: Settings, herds: list[Herd], tmp_path: Path
) -> None:
    truth = Truth(settings, dict.fromkeys(range(40), "plain"))
    await truth.feed()
    herd = herd_of(herds, settings, tmp_path, SHAKE_RESTORE_SECONDS="9")
    herd.add()
    await truth.settled()
    await truth.check()
    assert herd.logs().count('"event":"assigned"') == 1, "it was never put out of the group"


async def test_a_bug_while_a_lane_opens_ends_the_process(
    settings: Settings, herds: list[Herd], tmp_path: Path
) -> None:
    await declare.apply(settings, TABLE)
    worker = herd_of(herds, settings, tmp_path, SHAKE_RESTORE_SECONDS="nan").add()
    assert await asyncio.to_thread(worker.wait, 60) == 1


async def test_a_named_worker_that_starts_again_moves_no_lane_of_others(
    settings: Settings, herds: list[Herd], tmp_path: Path
) -> None:
    await declare.apply(settings, TABLE)
    stays, restarts = (
        herd_of(herds, settings, tmp_path / name, KHABAR_INSTANCE=name, KHABAR_SESSION_MS="60000")
        for name in ("one", "two")
    )
    stays.add()
    await until_said(stays, "lane-open", 12)
    worker = restarts.add()
    await until_said(restarts, "lane-open", 6)
    await until_said(stays, "lane-open", 18)
    before = stays.logs().count('"event":"revoked"')
    restarts.term(worker)
    restarts.add()
    await until_said(restarts, "lane-open", 12)
    assert stays.logs().count('"event":"revoked"') == before == 1


async def test_a_full_partition_delays_no_other(
    settings: Settings, herds: list[Herd], tmp_path: Path
) -> None:
    truth = Truth(settings, {})
    await truth.feed()
    topic = topics.spelled(shake.SOURCE, settings.run)
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka) as producer:
        for i in range(1000):
            await producer.send(topic, b'{"i": %d}' % i, key=b"full", partition=0)
        await producer.flush()
        herd_of(herds, settings, tmp_path, SHAKE_WORK_MS="10").add()
        await truth.progressed(0)
        await producer.send_and_wait(topic, b'{"i": 1000}', key=b"alone", partition=1)
    await truth.progressed(1000)
    made = await clients.read_all(settings, [topics.spelled(shake.SINK, settings.run)])
    written_at = {int(record.value): record.timestamp for record in made}
    assert written_at[1000] < written_at[999], (
        "the one record of its partition did not wait for the thousand of another"
    )


async def test_a_worker_that_drains_ends_its_open_transactions(
    settings: Settings, herds: list[Herd], tmp_path: Path
) -> None:
    truth = Truth(settings, dict.fromkeys(range(400), "plain"))
    await truth.feed()
    patient = {"KHABAR_REVOKE_SECONDS": "60", "KHABAR_DRAIN_SECONDS": "120"}
    herd = herd_of(
        herds,
        settings,
        tmp_path,
        KHABAR_HOLD_MS="1500",
        KHABAR_BATCH_RECORDS="5",
        SHAKE_WORK_MS="20",
        **patient,
    )
    worker = herd.add()
    await truth.progressed(0)
    _, code = await asyncio.to_thread(herd.term, worker, 120)
    assert code == 0
    topic = topics.spelled(shake.SINK, settings.run)
    async with clients.reader(settings, committed=False) as client:
        written = [
            len(records)
            async for records in clients.read_to_end(client, await clients.partitions(client, topic))
        ]
    assert sum(written) == (await truth.outputs()).total() > 0, "nothing that was sent was taken back"


async def test_a_drain_that_does_not_end_is_ended(
    settings: Settings, herds: list[Herd], tmp_path: Path
) -> None:
    truth = Truth(settings, dict.fromkeys(range(40), "hang"))
    await truth.feed()
    endless = {"KHABAR_RECORD_SECONDS": "3600", "KHABAR_REVOKE_SECONDS": "3600", "KHABAR_DRAIN_SECONDS": "3"}
    herd = herd_of(herds, settings, tmp_path, **endless)
    worker = herd.add()
    await until_said(herd, "lane-open", 12)
    await asyncio.sleep(1)  # by now a lane waits for a record that hangs
    _, code = await asyncio.to_thread(herd.term, worker, 120)
    assert code == 1
    assert herd.orphans() == []
