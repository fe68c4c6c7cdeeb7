"""Consumer groups from outside: who is in one, what it has committed, and how to make Kafka forget one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    GroupIdNotFound,
    GroupLoadInProgressError,
    NotCoordinatorForGroupError,
    for_code,
)
from aiokafka.protocol.admin import DeleteGroupsRequest
from aiokafka.protocol.commit import OffsetFetchRequest
from aiokafka.structs import OffsetAndMetadata

ON_ITS_WAY = (GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError)
"""What Kafka answers on its first day, and while a coordinator moves."""

PATIENCE_S = 30.0
"""How long a coordinator that is on its way is waited for."""

LOOK_EVERY_S = 0.1


async def names(admin: AIOKafkaAdminClient) -> set[str]:
    """Return every group that Kafka knows, those without a member too."""
    return {name for name, _ in await admin.list_consumer_groups()}


async def committed(admin: AIOKafkaAdminClient, group: str) -> dict[TopicPartition, OffsetAndMetadata]:
    """Return what *group* has committed; nothing when Kafka does not know it.

    A coordinator that is not there yet is waited for: the client's own method returns nothing while one
    loads, as if nobody had read anything. Raises KafkaError.
    """
    return await _patient(lambda: _committed(admin, group))


async def _patient[Answer](ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """Return the answer of *ask*; it is asked again while a coordinator is on its way. Raises KafkaError."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return await ask()
        except ON_ITS_WAY:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(LOOK_EVERY_S)


async def _committed(admin: AIOKafkaAdminClient, group: str) -> dict[TopicPartition, OffsetAndMetadata]:
    answer = await admin._send_request(OffsetFetchRequest(group, None), await admin.find_coordinator(group))  # noqa: SLF001 - see above
    for code in filter(
        None, [answer.error_code, *(code for _, parts in answer.topics for *_, code in parts)]
    ):
        raise for_code(code)(group)
    return {
        TopicPartition(topic, number): OffsetAndMetadata(offset, metadata)
        for topic, parts in answer.topics
        for number, offset, metadata, _ in parts
    }


async def members(admin: AIOKafkaAdminClient, group: str) -> int:
    """Return how many members *group* has; none when Kafka does not know it. Raises KafkaError."""
    answers = await _patient(lambda: admin.describe_consumer_groups([group]))
    return sum(len(described[5]) for answer in answers for described in answer.groups)


async def forget(admin: AIOKafkaAdminClient, groups: Iterable[str]) -> None:
    """Delete *groups* with their committed offsets; those that Kafka does not know are passed over.

    Raises KafkaError when one still has members.
    """
    for group in groups:
        node = await admin.find_coordinator(group)
        answer = await admin._send_request(DeleteGroupsRequest([group]), node)  # noqa: SLF001 - the client has the request and no method for it
        for name, code in answer.results:
            error = for_code(code)
            if code and error is not GroupIdNotFound:
                raise error(name)
