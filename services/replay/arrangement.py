"""The order in which a run's link takes articles: live's, so that the same articles give the same stories.

Between the raw topic and link an article passes three stages of many lanes each, and which of two articles
comes out first is chance. What live's chance was stands in its ``articles.extracted``; a run repeats it.
Pure: offsets and origins, no records.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping

from shared.contract import Origin


def arranged(schedule: Iterable[str], held: Mapping[int, Origin]) -> list[int]:
    """Return the offsets *held* (offset → its raw record's origin) in the order of *schedule*.

    The schedule is live's origins in their order. An article that live lacks comes before the first of live's
    whose raw record is younger.
    """
    queues = defaultdict[str, deque[int]](deque)
    for offset in sorted(held):
        queues[str(held[offset])].append(offset)
    known = [queues[origin].popleft() for origin in schedule if queues.get(origin)]
    strangers = [offset for queue in queues.values() for offset in queue]
    others = deque(
        sorted(
            strangers,
            key=lambda offset: (held[offset].timestamp_ms, held[offset].partition, held[offset].offset),
        )
    )
    made = list[int]()
    for offset in known:
        while others and held[others[0]].timestamp_ms < held[offset].timestamp_ms:
            made.append(others.popleft())
        made.append(offset)
    return [*made, *others]
