"""Transactions that are over for their coordinator and open for a partition: their markers were lost.

Readers stand still before them.

How it happens: ARCHITECTURE.md, Known limits. The coordinator's log says how each of them ended, so the
marker can be written after all: a commit makes records readable that were promised, an abort hides what was
taken back. Nothing is lost and nothing comes twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, for_code

from shared.kafka import clients, stretches
from shared.kafka.transactions import coordinator_log
from shared.kafka.transactions.coordinator_log import Entry, Step
from shared.kafka.transactions.requests import DescribeProducers, WriteMarker
from shared.settings import Settings

ALIVE = frozenset({Step.ONGOING, Step.PREPARE_COMMIT, Step.PREPARE_ABORT})


@dataclass(frozen=True, slots=True)
class OpenTransaction:
    """A transaction that the partition *part* takes for open since the offset *start*."""

    part: TopicPartition
    producer_id: int
    producer_epoch: int
    coordinator_epoch: int
    start: int


@dataclass(frozen=True, slots=True)
class UnmarkedTransaction:
    """An open transaction that is over for its coordinator.

    *committed* says how it ended; None when the coordinator's log no longer tells.
    """

    open: OpenTransaction
    transactional_id: str
    committed: bool | None


async def under_way(settings: Settings) -> list[OpenTransaction]:
    """Return every transaction that a partition takes for open, those that will end by themselves too."""
    async with clients.admin(settings) as admin, clients.reader(settings, committed=False) as client:
        return await _open(admin, client)


async def find(settings: Settings) -> list[UnmarkedTransaction]:
    """Return the transactions without their markers on the whole broker, whatever run they are of."""
    async with clients.admin(settings) as admin, clients.reader(settings, committed=False) as client:
        # what is open is asked before the log is read: what ends in between is closed there and found
        # alive or over, never lost
        transactions = await _open(admin, client)
        if not transactions:
            return []
        steps: dict[int, list[Entry]] = {}
        async for entry in coordinator_log.entries(
            client, {transaction.producer_id for transaction in transactions}
        ):
            steps.setdefault(entry.producer_id, []).append(entry)
        suspects = [transaction for transaction in transactions if not _alive(transaction, steps)]
        still_open = set(await _open(admin, client)) if suspects else set()
        return [
            await _judged(client, transaction, steps.get(transaction.producer_id, []))
            for transaction in suspects
            if transaction in still_open
        ]


async def write(settings: Settings, lost: Iterable[UnmarkedTransaction]) -> None:
    """Write the markers of *lost* whose end is known; raises KafkaError when a broker refuses."""
    async with clients.admin(settings) as admin, clients.reader(settings) as client:
        for transaction in lost:
            if transaction.committed is not None:
                await _write(admin, client, transaction.open, committed=transaction.committed)


async def _write(
    admin: AIOKafkaAdminClient, client: AIOKafkaConsumer, transaction: OpenTransaction, *, committed: bool
) -> None:
    cluster = await client._client.fetch_all_metadata()  # noqa: SLF001 - see clients.partitions
    marker = WriteMarker(
        transaction.part.topic,
        transaction.part.partition,
        producer_id=transaction.producer_id,
        producer_epoch=transaction.producer_epoch,
        coordinator_epoch=max(0, transaction.coordinator_epoch),
        committed=committed,
    )
    answer = await admin._send_request_to_node(cluster.leader_for_partition(transaction.part), marker)  # noqa: SLF001 - aiokafka has no such request
    for _producer, topics, _ in answer.markers:
        for name, parts, _ in topics:
            for number, code, _ in parts:
                if code:
                    raise for_code(code)(f"{name}/{number}: no marker")


async def _open(admin: AIOKafkaAdminClient, client: AIOKafkaConsumer) -> list[OpenTransaction]:
    """Return what any partition takes for open, asking the leader of each."""
    cluster = await client._client.fetch_all_metadata()  # noqa: SLF001 - see clients.partitions
    led: dict[int, dict[str, list[int]]] = {}
    for topic in cluster.topics(exclude_internal_topics=False):
        for number in cluster.partitions_for_topic(topic) or ():
            node = cluster.leader_for_partition(TopicPartition(topic, number))
            if node is None or node < 0:
                raise KafkaError(f"{topic}/{number} has no leader: try again when the broker is up")
            led.setdefault(node, {}).setdefault(topic, []).append(number)
    transactions: list[OpenTransaction] = []
    for node, parts in led.items():
        answer = await admin._send_request_to_node(node, DescribeProducers(parts))  # noqa: SLF001 - aiokafka has no such request
        for name, rows, _ in answer.topics:
            for number, code, _message, producers, _ in rows:
                if code:
                    raise for_code(code)(f"{name}/{number}")
                part = TopicPartition(name, number)
                transactions += [
                    OpenTransaction(part, producer_id, producer_epoch, coordinator_epoch, start)
                    for producer_id, producer_epoch, _, _, coordinator_epoch, start, _ in producers
                    if start >= 0
                ]
    return transactions


def _alive(transaction: OpenTransaction, steps: Mapping[int, list[Entry]]) -> bool:
    """Tell whether the coordinator has *transaction* in hand still: it will get its marker."""
    entries = steps.get(transaction.producer_id, [])
    return any(last.step in ALIVE and transaction.part in last.parts for last in entries[-1:])


async def _judged(
    client: AIOKafkaConsumer, transaction: OpenTransaction, steps: list[Entry]
) -> UnmarkedTransaction:
    """Return how *transaction* ended: the newest step that wanted a marker in its partition says so.

    Where a later transaction of the same lane lost its marker there too, both must have ended alike, since
    one marker ends them together; else it is not known.
    """
    ends = [
        step
        for step in steps
        if step.step in {Step.PREPARE_COMMIT, Step.PREPARE_ABORT} and transaction.part in step.parts
    ]
    name = steps[-1].transactional_id if steps else ""
    if not ends:
        return UnmarkedTransaction(transaction, name, None)
    first = await stretches.at(client, transaction.part, transaction.start)
    since = [step for step in ends[:-1] if first is not None and step.updated_ms >= first.timestamp]
    endings = {step.step for step in (*since, ends[-1])}
    return UnmarkedTransaction(
        transaction, name, None if len(endings) > 1 else endings == {Step.PREPARE_COMMIT}
    )
