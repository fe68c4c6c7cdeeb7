"""Whether something newer of the same document has passed a letter: sent back, it would come after it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from aiokafka import ConsumerRecord

from shared.contract import Origin
from shared.kafka import clients, stretches
from shared.kafka.partitioner import partition_of
from shared.settings import Settings
from shared.wire import headers, topics

LOOK_S = 10.0
MOST = 10_000
"""How long a stage's output is looked through, and for how many letters at most: a warning must not cost more
than what it warns of.
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A letter whose document is looked for in what its stage has sent since."""

    name: str
    stage: str
    document: str
    origin: Origin
    timestamp_ms: int


@dataclass(slots=True)
class Found:
    """The letters that something newer of the same document has passed.

    *unchecked* counts those that could not be, or were not, looked for.
    """

    passed: set[str] = field(default_factory=set)
    unchecked: int = 0


async def overtaken(settings: Settings, asked: Sequence[Asked], found: Found) -> None:
    """Enter into *found* which of *asked* were passed by something newer of their document."""
    for stage in sorted({one.stage for one in asked}):
        mine = [one for one in asked if one.stage == stage]
        output = next(
            (topic for topic in topics.TOPICS if stage in topic.writers and topic.key == "doc_id"), None
        )
        if output is None or not await _looked_through(settings, output, mine, found):
            found.unchecked += sum(one.name not in found.passed for one in mine)


async def _looked_through(
    settings: Settings, output: topics.Topic, asked: Sequence[Asked], found: Found
) -> bool:
    """Return whether *output* was read to its end from the oldest letter on, in the documents' partitions."""
    by_document: dict[bytes, list[Asked]] = {}
    for one in asked:
        by_document.setdefault(one.document.encode(), []).append(one)
    deadline = time.monotonic() + LOOK_S
    async with clients.reader(settings) as client:
        parts = await clients.partitions(client, topics.spelled(output.name, settings.run))
        numbers = [part.partition for part in parts]
        homes = {partition_of(document, numbers) for document in by_document} if numbers else set()
        theirs = [part for part in parts if part.partition in homes]
        if not theirs:
            return True
        async with aclosing(
            stretches.read(
                client, await stretches.whole(client, theirs, since_ms=min(one.timestamp_ms for one in asked))
            )
        ) as stream:
            async for records in stream:
                for record in records:
                    for one in by_document.get(record.key or b"", ()):
                        if _newer(record, one.origin):
                            found.passed.add(one.name)
                if time.monotonic() > deadline:
                    return False
    return True


def _newer(record: ConsumerRecord, than: Origin) -> bool:
    """Whether *record* was made from a raw record that came after *than*."""
    try:
        origin = Origin.parse(headers.get(record.headers, headers.ORIGIN) or "")
    except ValueError:
        return bool(record.timestamp > than.timestamp_ms)
    if origin[:2] == than[:2]:
        return origin.offset > than.offset
    return origin.timestamp_ms > than.timestamp_ms
