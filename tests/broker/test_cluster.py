"""Three embedded nodes: what is committed outlives the loss of any of them, and the cluster goes on without
it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from services.cli.worker_processes import environment
from services.replay import changing
from services.workshop.chaos.cluster import Cluster
from shared.broker.process import is_held
from shared.kafka import clients, declare
from shared.settings import Settings
from shared.wire import topics

ROOT = Path(__file__).resolve().parents[2]


async def send(settings: Settings, value: bytes) -> None:
    """Commit *value*, trying again until it is there: which of two tries was the one, only ids can tell."""
    for _ in range(60):
        producer = clients.transactional(settings, transactional_id="writer")
        try:
            await producer.start()
            async with producer.transaction():
                await producer.send_and_wait(
                    topics.LINKED.name, value, partition=int(value) % topics.LINKED.partitions
                )
        except KafkaError:
            continue
        else:
            return
        finally:
            await producer.stop()
    raise TimeoutError(value)


@pytest.mark.slow
async def test_nodes_may_die_one_after_the_other(tmp_path: Path) -> None:
    with Cluster(tmp_path) as cluster:
        settings = Settings(kafka=cluster.bootstrap)
        await declare.apply(settings)
        assert await declare.drift(settings) == [], "three copies, two of them in sync, without being asked"
        async with clients.admin(settings) as admin:
            (described,) = await admin.describe_topics([topics.LINKED.name])
            (answer,) = await admin.describe_configs(
                [ConfigResource(ConfigResourceType.TOPIC, topics.LINKED.name)]
            )
        assert {entry[0]: entry[1] for entry in answer.resources[0][4]}["min.insync.replicas"] == "2"
        assert {len(part["replicas"]) for part in described["partitions"]} == {3}
        assert len({part["leader"] for part in described["partitions"]}) == 3, "every node leads some"
        number = 0
        for node in cluster.nodes[:2]:
            node.kill()
            assert not is_held(node.folder)
            for _ in range(topics.LINKED.partitions // 2):  # of these some had their leader there
                await send(settings, b"%d" % number)
                number += 1
            node.start()
        found = Counter(
            int(record.value) for record in await clients.read_all(settings, [topics.LINKED.name])
        )
        assert set(found) == set(range(number))
        async with (
            clients.reader(settings) as committed,
            clients.reader(settings, committed=False) as all_of_it,
        ):
            parts = [TopicPartition(topics.LINKED.name, one) for one in range(topics.LINKED.partitions)]
            assert await committed.end_offsets(parts) == await all_of_it.end_offsets(parts), (
                "no transaction is left open"
            )
        await what_has_drifted_is_told_with_what_to_do(settings)
        await lanes_are_added_by_a_run_alone(settings)
    assert [node.folder for node in cluster.nodes if is_held(node.folder)] == []


async def khabar(settings: Settings, *words: str, status: int) -> str:
    """Run the command and return what it printed."""
    command = [sys.executable, "-m", "services.cli", *words]
    work = functools.partial(
        subprocess.run,
        command,
        env=environment(settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    done = await asyncio.to_thread(work)
    assert done.returncode == status, done.stdout + done.stderr
    return str(done.stdout + done.stderr)


async def what_has_drifted_is_told_with_what_to_do(settings: Settings) -> None:
    async with clients.admin(settings) as admin:
        await admin.create_partitions(
            {topics.CLEAN.name: NewPartitions(13), topics.changelog("clean"): NewPartitions(13)}
        )
        await admin.delete_topics([topics.AUDIT.name])
        await admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, topics.STORIES.name, {"cleanup.policy": "delete"})]
        )
        await admin.create_topics([NewTopic("articles.detected.lone", 1, 1)])
    told = (await khabar(settings, "topics", "check", status=1)).splitlines()
    said = dict(zip(told[::2], told[1::2], strict=False))
    assert (
        said["articles.clean: partitions is 13, should be 12"].strip() == "if that is meant: KHABAR_LANES=13"
    )
    assert (
        "look for their state in other partitions" in said["clean.changelog: partitions is 13, should be 12"]
    )
    assert (
        said["ops.audit: topic is missing, should be 1 partitions"].strip()
        == "create it with: ./khabar topics apply"
    )
    assert (
        "--entity-name stories --add-config cleanup.policy=[compact]"
        in said["stories: cleanup.policy is delete, should be compact"]
    )
    assert any(line.startswith("stories: max.message.bytes is ") for line in said), (
        "Kafka forgets what that change did not name"
    )
    (lone,) = [
        one
        for one in await declare.drift(dataclasses.replace(settings, run="lone"), [topics.DETECTED])
        if one.what == "replication"
    ]
    assert (lone.has, lone.wants) == ("1", "3")
    assert "kafka-reassign-partitions.sh" in lone.advice


async def lanes_are_added_by_a_run_alone(settings: Settings) -> None:
    told = await khabar(settings, "topics", "apply", "--lanes", "24", status=1)
    assert "articles.raw has 12 partitions and keeps them" in told
    assert "replay plan articles.raw --follow --lanes 24 --run NAME" in told
    async with clients.admin(settings) as admin:
        assert topics.AUDIT.name not in await admin.list_topics(), "what is refused creates nothing"
    await khabar(settings, "topics", "apply", status=0)
    await khabar(
        settings, "replay", "plan", "articles.raw", "--follow", "--lanes", "24", "--run", "wide", status=0
    )
    run = await changing.known(settings, "wide")
    await changing.prepare(settings, run)
    async with clients.admin(settings) as admin:
        made = {
            row["topic"]: row["partitions"]
            for row in await admin.describe_topics()
            if row["topic"].endswith(".wide")
        }
    counts = {name: len(parts) for name, parts in made.items()}
    assert (
        counts["articles.clean.wide"],
        counts["articles.detected.wide"],
        counts["articles.extracted.wide"],
    ) == (24, 24, 1)
    assert counts["articles.linked.wide"] == topics.LINKED.partitions
    assert {len(part["replicas"]) for part in made["articles.clean.wide"]} == {3}
