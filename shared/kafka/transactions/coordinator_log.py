"""What transaction coordinators wrote down: every step, in the topic ``__transaction_state``.

Layouts: ``TransactionLogKey.json`` and ``TransactionLogValue.json`` of Apache Kafka.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from enum import IntEnum
from io import BytesIO

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.protocol.types import (
    Array,
    CompactArray,
    CompactString,
    Int8,
    Int16,
    Int32,
    Int64,
    Schema,
    String,
    TaggedFields,
)

from shared.kafka import clients

TOPIC = "__transaction_state"
_VALUE_HEAD = (("producer_id", Int64), ("producer_epoch", Int16), ("timeout_ms", Int32), ("step", Int8))
_TIMES = (("updated_ms", Int64), ("started_ms", Int64))
_PLAIN_VALUE = Schema(
    *_VALUE_HEAD, ("partitions", Array(("topic", String("utf-8")), ("numbers", Array(Int32)))), *_TIMES
)
_TAGGED_VALUE = Schema(
    *_VALUE_HEAD,
    (
        "partitions",
        CompactArray(
            ("topic", CompactString("utf-8")), ("numbers", CompactArray(Int32)), ("tags", TaggedFields)
        ),
    ),
    *_TIMES,
    ("tags", TaggedFields),
)


class Step(IntEnum):
    """How far a transaction is (``TransactionState`` of Kafka); what is not named here has nothing open."""

    ONGOING = 1
    PREPARE_COMMIT = 2
    PREPARE_ABORT = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """A step of a transaction: *step*, a Step or another number of Kafka's; *parts* that need a marker."""

    transactional_id: str
    producer_id: int
    step: int
    parts: frozenset[TopicPartition]
    updated_ms: int


async def entries(client: AIOKafkaConsumer, producers: Collection[int]) -> AsyncIterator[Entry]:
    """Yield all that is kept of *producers*, by their ids, in order for each of them."""
    async for records in clients.read_to_end(client, await clients.partitions(client, TOPIC)):
        for record in records:
            if record.value is not None and Int64.decode(BytesIO(record.value[2:])) in producers:
                yield _entry(record.key, record.value)


def _entry(key: bytes, value: bytes) -> Entry:
    name = String("utf-8").decode(BytesIO(key[2:]))
    body = BytesIO(value)
    schema = _TAGGED_VALUE if Int16.decode(body) else _PLAIN_VALUE
    producer_id, _epoch, _timeout, step, partitions, updated_ms, *_ = schema.decode(body)
    parts = frozenset(
        TopicPartition(topic, number) for topic, numbers, *_ in partitions or () for number in numbers
    )
    return Entry(str(name), producer_id, step, parts, updated_ms)
