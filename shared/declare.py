"""Declares the topics of ``shared.topics`` on a broker, and finds where the broker has drifted from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from shared import kafka
from shared.settings import Settings
from shared.topics import TOPICS, Topic, spelled


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference between the table and the broker; *has* None means that the topic is missing."""

    topic: str
    what: str
    wants: str
    has: str | None

    def __str__(self) -> str:
        return f"{self.topic}: {self.what} is {self.has or 'missing'}, should be {self.wants}"


async def apply(settings: Settings, table: Iterable[Topic] = TOPICS, *, replication: int = 1) -> list[str]:
    """Create the topics that are missing; returns their names. Existing topics are left alone: ``drift`` tells what differs.

    Raises KafkaError when the broker refuses one.
    """
    async with kafka.admin(settings) as admin:
        have = set(await admin.list_topics())
        missing = [topic for topic in table if spelled(topic.name, settings.run) not in have]
        wanted = [
            NewTopic(spelled(topic.name, settings.run), topic.partitions, replication, topic_configs=topic.configs()) for topic in missing
        ]
        if wanted:
            answer = await admin.create_topics(wanted)
            for name, code, *message in answer.topic_errors:
                error = for_code(code)
                if code and error is not TopicAlreadyExistsError:
                    raise error(f"{name}: {message}")
    return [topic.name for topic in missing]


async def drift(settings: Settings, table: Iterable[Topic] = TOPICS) -> list[Drift]:
    """Return where the broker differs from the table: missing topics, partition counts, settings."""
    found: list[Drift] = []
    names = {spelled(topic.name, settings.run): topic for topic in table}
    async with kafka.admin(settings) as admin:
        have = {row["topic"]: len(row["partitions"]) for row in await admin.describe_topics() if row["topic"] in names}
        configs = await _configs(admin, sorted(have))
    for name, topic in names.items():
        if name not in have:
            found.append(Drift(name, "topic", f"{topic.partitions} partitions", None))
            continue
        if have[name] != topic.partitions:
            found.append(Drift(name, "partitions", str(topic.partitions), str(have[name])))
        for key, wants in topic.configs().items():
            if configs[name].get(key) != wants:
                found.append(Drift(name, key, wants, configs[name].get(key)))
    return found


async def _configs(admin: Any, names: list[str]) -> Mapping[str, Mapping[str, str]]:
    if not names:
        return {}
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    found: dict[str, dict[str, str]] = {}
    for answer in answers:
        for code, message, _kind, name, entries in answer.resources:
            if code:
                raise KafkaError(f"{name}: {message}")
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found
