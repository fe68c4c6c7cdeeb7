"""Which partition a record goes to: murmur2 of the key, as the Java client, for all producers of ours."""

from __future__ import annotations

from collections.abc import Sequence

from aiokafka.partitioner import DefaultPartitioner

_CHOOSE = DefaultPartitioner()


def partition_of(key: bytes | None, partitions: Sequence[int]) -> int:
    """Return which of *partitions*, all of a topic, holds *key*; without a key any may."""
    return partitions[0] if len(partitions) == 1 else int(_CHOOSE(key, partitions, partitions))
