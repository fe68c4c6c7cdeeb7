"""Takes from a stage all that its lanes remember: its changelog is made anew.

Its committed offsets stay, so nothing is read twice.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.kafka import clients, declare
from shared.settings import Settings
from shared.wire import topics

LIMIT_S = 30.0
LOOK_EVERY_S = 0.2


class StageRuns(Exception):
    """A worker of the stage runs, or ran within its session: its state would no longer be the broker's."""


async def forget(settings: Settings, stage: str) -> None:
    """Delete the changelog of *stage* and create it again, empty.

    Raises StageRuns, KafkaError, or TimeoutError when Kafka is not done in 30 s.
    """
    log = topics.BY_NAME[topics.changelog(stage)]
    name = topics.spelled(log.name, settings.run)
    async with clients.admin(settings) as admin, asyncio.timeout(LIMIT_S):
        if n := await _members(admin, topics.group(stage, settings.run)):
            raise StageRuns(f"{n} workers of {stage} run, or ran a moment ago")
        if described := await _described(admin, name):
            log = replace(log, partitions=len(described["partitions"]))
            settings = replace(settings, replication=len(described["partitions"][0]["replicas"]))
            await admin.delete_topics([name])
        while await _described(admin, name):  # noqa: ASYNC110 - the broker deletes in its own time, and sends no event
            await asyncio.sleep(LOOK_EVERY_S)
        while not await _described(admin, name):
            await declare.apply(settings, [log])
            await asyncio.sleep(LOOK_EVERY_S)


async def _members(admin: AIOKafkaAdminClient, group: str) -> int:
    (answer,) = await admin.describe_consumer_groups([group])
    ((code, _name, state, _kind, _protocol, members, *_),) = answer.groups
    if code and state != "Dead":  # no such group: nobody ever ran
        raise KafkaError(f"{group} cannot be described: error {code}")
    return len(members)


async def _described(admin: AIOKafkaAdminClient, name: str) -> dict[str, list[dict[str, list[int]]]] | None:
    if name not in await admin.list_topics():
        return None
    (row,) = await admin.describe_topics([name])
    return row if row["partitions"] else None
