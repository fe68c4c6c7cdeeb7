"""Which partition a record goes to: the client's own rule (murmur2 of the key, as the Java client), the same
for every producer of ours.
"""

from __future__ import annotations

from collections.abc import Sequence

from aiokafka.partitioner import DefaultPartitioner

_CHOOSE = DefaultPartitioner()


def partition_of(key: bytes | None, partitions: Sequence[int]) -> int:
    """Return which of *partitions*, all that a topic has, holds the records with *key*; without a key it may
    be any.
    """
    return partitions[0] if len(partitions) == 1 else int(_CHOOSE(key, partitions, partitions))
