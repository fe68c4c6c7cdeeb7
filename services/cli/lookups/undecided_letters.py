"""How many dead letters nobody has decided on or acknowledged."""

from __future__ import annotations

from collections.abc import Collection

from services.cli.lookups.topic_search import Look
from services.dead import letterbox
from shared.kafka import record_counts
from shared.kafka.record_counts import Count
from shared.wire import topics

SURE_FROM = 0.1
"""An estimate of which less than this part is left undecided says little of what is left: then the letters
are counted one by one.
"""


async def undecided(look: Look, stage: str, marked: Collection[str]) -> Count:
    """Return how many letters of *stage* have no mark; *marked* are the places of those that have one."""
    there = await look.stretches(topics.dead(stage))
    firsts = {f"{one.part.topic}/{one.part.partition}": one.start for one in there}
    counted = await record_counts.count(look.client, there)
    places = (place.rpartition("/") for place in marked)
    decided = sum(int(offset) >= firsts[name] for name, _, offset in places if name in firsts)
    left = max(0, counted.n - decided)
    if not counted.exact and decided and left < SURE_FROM * counted.n:
        return Count(await letterbox.waiting(look.settings_of(topics.dead(stage)), stage, marked), exact=True)
    return counted._replace(n=left)
