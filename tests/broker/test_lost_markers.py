"""A commit marker that a node lost is written after all: nothing is lost and nothing comes twice."""

from __future__ import annotations

import asyncio
import os
import re
import struct
import subprocess
import sys
import time
from pathlib import Path

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic

from shared.broker.installation import HOME
from shared.broker.jars import KAFKA
from shared.broker.node import Broker, status
from shared.kafka import clients, stretches
from shared.kafka.transactions import lost_markers
from shared.settings import Settings

CONTROL = 0x20
"""The bit of a batch's attributes that says: these are markers, not records."""


def lose_last_marker(broker: Broker, partition: TopicPartition) -> None:
    """Cut the marker off that ends *partition* on disk: where the node lost it, it never was there.

    The broker must be down.
    """
    folder = broker.folder / "data" / f"{partition.topic}-{partition.partition}"
    (log,) = folder.glob("*.log")
    data, at = log.read_bytes(), 0
    while (after := at + 12 + struct.unpack_from(">i", data, at + 8)[0]) < len(data) and any(
        data[after : after + 8]
    ):
        at = after
    assert struct.unpack_from(">h", data, at + 21)[0] & CONTROL
    log.write_bytes(data[:at])
    for derived in (*folder.glob("*.snapshot"), *folder.glob("*.index"), *folder.glob("*.timeindex")):
        derived.unlink()  # Kafka makes them anew from the log
    (broker.folder / "data" / ".kafka_cleanshutdown").unlink(missing_ok=True)


def khabar(*verb: str, **settings: str) -> str:
    """Run the command and return all that it says."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("KHABAR_")}
    env |= {f"KHABAR_{name.upper()}": value for name, value in settings.items()}
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", *verb],
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout + done.stderr


async def topic(settings: Settings, name: str, partitions: int = 2) -> None:
    async with clients.admin(settings) as admin:
        await admin.create_topics([NewTopic(name, partitions, 1)])


async def lane(settings: Settings, name: str) -> AIOKafkaProducer:
    made = clients.transactional(settings, transactional_id=f"lane-{name}")
    await made.start()
    return made


async def commit(producer: AIOKafkaProducer, name: str, value: bytes, *, group: str, offset: int) -> None:
    """One transaction as a lane's: a record to either partition, and the offset."""
    async with producer.transaction():
        for partition in (0, 1):
            await producer.send_and_wait(name, value, partition=partition)
        await producer.send_offsets_to_transaction({TopicPartition(name, 0): offset}, group)


async def readable(settings: Settings, name: str) -> list[tuple[int, bytes]]:
    """Return what readers of committed records get before they stand still."""
    async with clients.reader(settings) as client:
        parts = await clients.partitions(client, name)
        ends = await client.end_offsets(parts)  # the last stable ones
        there = [stretches.Stretch(part, 0, ends[part]) for part in parts]
        found = [record async for records in stretches.read(client, there) for record in records]
    return sorted((record.partition, record.value) for record in found)


async def comes(settings: Settings, name: str, wanted: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """Return what is readable once it is *wanted*, or after ten seconds: a commit returns before its markers
    are written.
    """
    deadline = time.monotonic() + 10
    while (found := await readable(settings, name)) != wanted and time.monotonic() < deadline:  # noqa: ASYNC110 - the broker works
        await asyncio.sleep(0.05)
    return found


async def no_longer_open(settings: Settings, name: str) -> None:
    """Wait until the stable end of the partitions of *name* is their end."""
    deadline = time.monotonic() + 10
    async with clients.reader(settings) as stable, clients.reader(settings, committed=False) as client:
        parts = await clients.partitions(client, name)
        while await stable.end_offsets(parts) != await client.end_offsets(parts):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)


async def committed(settings: Settings, name: str, group: str) -> int | None:
    async with clients.admin(settings) as admin:
        found = await admin.list_consumer_group_offsets(group)
    return found[TopicPartition(name, 0)].offset if TopicPartition(name, 0) in found else None


async def test_a_lost_commit_marker_is_written_after_all(own_broker: Broker, run_name: str) -> None:
    settings = Settings(kafka=own_broker.bootstrap, run=run_name)
    await topic(settings, run_name)
    producer = await lane(settings, run_name)
    await commit(producer, run_name, b"1", group=run_name, offset=1)
    await commit(producer, run_name, b"2", group=run_name, offset=2)
    await producer.stop()
    whole = [(partition, value) for partition in (0, 1) for value in (b"1", b"2")]
    assert await comes(settings, run_name, whole) == whole
    own_broker.stop()
    lose_last_marker(own_broker, TopicPartition(run_name, 0))
    lose_last_marker(own_broker, TopicPartition("__consumer_offsets", 0))
    own_broker.start()

    assert await readable(settings, run_name) == [(0, b"1"), (1, b"1"), (1, b"2")]
    assert await committed(settings, run_name, run_name) == 1
    lost = await lost_markers.find(settings)
    assert {(one.open.part, one.committed, one.transactional_id) for one in lost} == {
        (TopicPartition(run_name, 0), True, f"lane-{run_name}"),
        (TopicPartition("__consumer_offsets", 0), True, f"lane-{run_name}"),
    }
    await lost_markers.write(settings, lost)
    assert await readable(settings, run_name) == whole
    assert await committed(settings, run_name, run_name) == 2
    assert await lost_markers.find(settings) == []

    producer = await lane(settings, run_name)  # the lane goes on
    await commit(producer, run_name, b"3", group=run_name, offset=3)
    await producer.stop()
    whole = sorted([*whole, (0, b"3"), (1, b"3")])
    assert await comes(settings, run_name, whole) == whole
    assert await committed(settings, run_name, run_name) == 3


async def test_a_lost_abort_marker_hides_what_was_taken_back(own_broker: Broker, run_name: str) -> None:
    settings = Settings(kafka=own_broker.bootstrap, run=run_name)
    await topic(settings, run_name)
    producer = await lane(settings, run_name)
    await commit(producer, run_name, b"1", group=run_name, offset=1)
    await producer.begin_transaction()
    await producer.send_and_wait(run_name, b"taken back", partition=0)
    await producer.abort_transaction()
    await producer.stop()
    await no_longer_open(settings, run_name)
    own_broker.stop()
    lose_last_marker(own_broker, TopicPartition(run_name, 0))
    own_broker.start()

    shown = khabar("broker", "repair", kafka=own_broker.bootstrap)
    assert re.search(rf"{run_name} +0 +2 +lane-{run_name} +taken back", shown)
    assert khabar("broker", "repair", kafka=own_broker.bootstrap) == shown  # nothing was written yet
    assert "Ended 1 of 1." in khabar("broker", "repair", "--go", kafka=own_broker.bootstrap)
    assert "Nothing to repair" in khabar("broker", "repair", kafka=own_broker.bootstrap)
    other = await lane(settings, f"{run_name}-other")
    await commit(other, run_name, b"2", group=run_name, offset=2)
    await other.stop()
    whole = [(partition, value) for partition in (0, 1) for value in (b"1", b"2")]
    assert await comes(settings, run_name, whole) == whole


async def test_a_start_writes_what_a_kill_has_lost(tmp_path: Path, run_name: str) -> None:
    (tmp_path / f"kafka-{KAFKA}").symlink_to(HOME.expanduser() / f"kafka-{KAFKA}")
    with Broker(tmp_path / "broker") as broker:
        settings = Settings(kafka=broker.bootstrap, run=run_name)
        await topic(settings, run_name)
        producer = await lane(settings, run_name)
        await commit(producer, run_name, b"1", group=run_name, offset=1)
        await producer.stop()
        assert await comes(settings, run_name, [(0, b"1"), (1, b"1")]) == [(0, b"1"), (1, b"1")]
    lose_last_marker(broker, TopicPartition(run_name, 1))
    try:
        assert "left open when Kafka was killed: in 1 partitions" in khabar(
            "broker", "start", home=str(tmp_path)
        )
        standing = status(tmp_path / "broker")
        assert standing
        settings = Settings(kafka=standing.bootstrap, run=run_name)
        assert await readable(settings, run_name) == [(0, b"1"), (1, b"1")]
    finally:
        khabar("broker", "stop", home=str(tmp_path))


async def test_a_transaction_under_way_is_left_alone(broker: str, run_name: str) -> None:
    settings = Settings(kafka=broker, run=run_name)
    await topic(settings, run_name)
    producer = await lane(settings, run_name)
    await producer.begin_transaction()
    await producer.send_and_wait(run_name, b"1", partition=0)
    assert [one for one in await lost_markers.find(settings) if one.open.part.topic == run_name] == []
    await producer.commit_transaction()
    await producer.stop()
    assert await comes(settings, run_name, [(0, b"1")]) == [(0, b"1")]
