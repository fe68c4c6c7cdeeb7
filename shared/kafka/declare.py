"""Declares the topics of ``shared.wire.topics`` on a broker, and finds where it has drifted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    KafkaError,
    KafkaTimeoutError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    for_code,
)

from shared.kafka import clients
from shared.settings import Settings
from shared.wire.topics import FLOW, LIVE, STAGES, TOPICS, Topic, changelog, spelled, widened

COPIES = 3
"""Copies that a cluster keeps of each partition."""

IN_SYNC = 2
"""Copies that must have a record before it is confirmed: any one node may be lost."""

SHOWN_WITHIN_S = 30.0
"""How long the broker may take to show a topic that it has confirmed."""

_SOURCE_OF_CHANGELOG = {changelog(stage): source.name for stage, source in zip(STAGES, FLOW, strict=False)}
"""Whose lanes a changelog belongs to: it has a partition for each partition of the topic that the stage
reads.
"""

_SOURCES = frozenset(_SOURCE_OF_CHANGELOG.values())

BY_A_NEW_RUN = "a run that follows has topics of its own: ./khabar replay plan articles.raw --follow --run NAME, then ./khabar replay promote NAME"
MORE_LANES = "./khabar replay plan articles.raw --follow --lanes {} --run NAME, and when it has caught up ./khabar replay promote NAME"


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference between table and broker, and what to do; *has* None: the topic is missing."""

    topic: str
    what: str
    wants: str
    has: str | None
    advice: str

    def __str__(self) -> str:
        return f"{self.topic}: {self.what} is {self.has or 'missing'}, should be {self.wants}"


async def apply(settings: Settings, table: Iterable[Topic] | None = None) -> list[str]:
    """Create what is missing of *table* (by default all topics, with the lanes set); return the names.

    Existing topics are left alone: ``drift`` tells what differs. Raises KafkaError when the broker refuses
    one, or does not show what it has made.
    """
    async with clients.admin(settings) as admin:
        existing = set(await admin.list_topics())
        lacking = [
            topic for topic in _sized(table, settings) if spelled(topic.name, settings.run) not in existing
        ]
        if lacking:
            # a changelog has its source's partitions, whatever is set now
            lanes = await _partitions(admin, existing & _SOURCES) if settings.run == LIVE else {}
            copies = await _copies(admin, settings)
            await _create(
                admin,
                [
                    NewTopic(
                        spelled(topic.name, settings.run),
                        lanes.get(_SOURCE_OF_CHANGELOG.get(topic.name, ""), topic.partitions),
                        copies,
                        topic_configs=topic.configs() | _safe(copies),
                    )
                    for topic in lacking
                ],
            )
    return [topic.name for topic in lacking]


async def _create(admin: AIOKafkaAdminClient, wanted: list[NewTopic]) -> None:
    """Create the topics *wanted*; one that somebody else has just created is left alone."""
    answer = await admin.create_topics(wanted)
    for name, code, *message in answer.topic_errors:
        error = for_code(code)
        if error is TopicAuthorizationFailedError:
            raise error(name)
        if code and error is not TopicAlreadyExistsError:
            raise error(f"{name}: {message}")
    await _shown(admin, {topic.name for topic in wanted})


async def _shown(admin: AIOKafkaAdminClient, names: set[str]) -> None:
    """Wait until the broker shows the topics *names*.

    It confirms what its controller has made, and tells of it up to two seconds later.
    """
    deadline = time.monotonic() + SHOWN_WITHIN_S
    while lacking := names.difference(await admin.list_topics()):
        if time.monotonic() > deadline:
            raise KafkaTimeoutError(f"{min(lacking)} was created, and the broker does not show it")
        await asyncio.sleep(0.05)


async def missing(settings: Settings) -> list[str]:
    """Return the topics that the broker lacks, as Kafka spells them.

    A planned run has only some of them, as its plan says: when a run has any topic, none counts as missing.
    """
    names = [spelled(topic.name, settings.run) for topic in TOPICS]
    async with clients.admin(settings) as admin:
        existing = set(await admin.list_topics())
    lacking = [name for name in names if name not in existing]
    return lacking if settings.run == LIVE or len(lacking) == len(names) else []


async def with_other_lanes(settings: Settings) -> dict[str, int]:
    """Return each topic that has another number of lanes than is set, with that number: it cannot change."""
    names = {spelled(topic.name, settings.run): topic for topic in _sized(None, settings) if topic.widens}
    async with clients.admin(settings) as admin:
        partitions = await _partitions(admin, names)
    return {
        name: partitions[name]
        for name, topic in names.items()
        if partitions.get(name, topic.partitions) != topic.partitions
    }


async def drift(settings: Settings, table: Iterable[Topic] | None = None) -> list[Drift]:
    """Return where the broker differs from the table: missing topics, partition counts, copies, settings."""
    names = {spelled(topic.name, settings.run): topic for topic in _sized(table, settings)}
    async with clients.admin(settings) as admin:
        described = {
            row["topic"]: row["partitions"] for row in await admin.describe_topics() if row["topic"] in names
        }
        copies = await _copies(admin, settings)
        configs = await _configs(admin, sorted(described))
    drifts: list[Drift] = []
    for name, topic in names.items():
        if name not in described:
            advice = "create it with: ./khabar topics apply"
            drifts.append(Drift(name, "topic", f"{topic.partitions} partitions", None, advice))
            continue
        source = described.get(spelled(_SOURCE_OF_CHANGELOG.get(topic.name, ""), settings.run))
        wants, has = len(source) if source else topic.partitions, len(described[name])
        if wants != has:
            advice = _advice_on_lanes(topic, has, wants)
            drifts.append(Drift(name, "partitions", str(wants), str(has), advice))
        fewest = min(len(part["replicas"]) for part in described[name])
        if fewest < copies:
            advice = f"Kafka's kafka-reassign-partitions.sh adds copies; or {BY_A_NEW_RUN}"
            drifts.append(Drift(name, "replication", str(copies), str(fewest), advice))
        for key, value in (topic.configs() | _safe(min(copies, fewest))).items():
            if configs[name].get(key) != value:
                advice = f"kafka-configs.sh --alter --entity-type topics --entity-name {name} --add-config {key}=[{value}]"
                drifts.append(Drift(name, key, value, configs[name].get(key), advice))
    return drifts


def _advice_on_lanes(topic: Topic, has: int, wants: int) -> str:
    """Return what to do about a topic that *has* another number of partitions than it *wants*."""
    if topic.name in _SOURCE_OF_CHANGELOG:
        return f"its lanes look for their state in other partitions; {BY_A_NEW_RUN}"
    if not topic.widens:
        return BY_A_NEW_RUN
    more = f"; for more lanes {MORE_LANES.format(wants)}" if has < wants else ""
    return f"if that is meant: KHABAR_LANES={has}{more}"


def _sized(table: Iterable[Topic] | None, settings: Settings) -> list[Topic]:
    return list(widened(TOPICS, settings.lanes) if table is None else table)


def _safe(copies: int) -> dict[str, str]:
    """Return the settings by which a record outlives the loss of a node, where there are copies enough."""
    return {"min.insync.replicas": str(IN_SYNC)} if copies >= COPIES else {}


async def _copies(admin: Any, settings: Settings) -> int:
    if settings.replication:
        return settings.replication
    return COPIES if len((await admin.describe_cluster())["brokers"]) >= COPIES else 1


async def _partitions(admin: Any, names: Iterable[str]) -> dict[str, int]:
    wanted = set(names)
    return {
        row["topic"]: len(row["partitions"])
        for row in await admin.describe_topics()
        if row["topic"] in wanted
    }


async def _configs(admin: Any, names: list[str]) -> Mapping[str, Mapping[str, str]]:
    if not names:
        return {}
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    configs: dict[str, dict[str, str]] = {}
    for answer in answers:
        for code, message, _kind, name, entries in answer.resources:
            if code:
                raise KafkaError(f"{name}: {message}")
            configs[name] = {key: value for key, value, *_ in entries}
    return configs
