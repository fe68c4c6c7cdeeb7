"""What a run beside live has made, and what its reader was given: the run by the words of live's reckoning,
then both against live.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from aiokafka import ConsumerRecord

from services.workshop.chaos import gathered, reader, reckoning
from services.workshop.chaos.gathered import Evidence, by_a_stage, ids
from services.workshop.chaos.plan import Plan
from services.workshop.chaos.rerun import Beside
from services.workshop.chaos.world import RUN
from shared.wire import headers, topics


@dataclass(frozen=True, slots=True)
class Found:
    """What lies in Kafka of the run, the copies that its reader made, and what live had made when a replay
    began.
    """

    own: Evidence
    copies: list[ConsumerRecord]
    plan: Plan
    made: dict[str, list[int]]


async def gather(beside: Beside) -> Found:
    """Read it all."""
    own = await gathered.gather(beside.own, beside.run)
    return Found(own, await reader.copied(beside.there.settings), beside.plan, beside.made)


def findings(found: Found, live: Evidence, fed: Iterable[str]) -> Iterator[str]:
    """Yield what is wrong with the run or its reader; *live* is what lies there of live, into which *fed*
    went.
    """
    first = found.own.records[found.own.source(found.own.stages[0])]
    yield from reckoning.of_stages(found.own, {_subject(one) for one in first} & set(fed), found.plan.strikes)
    yield from _ordered(found.own)
    yield from (_again(found, live) if found.plan.beside == "replay" else _read_once(found, live))


def _ordered(own: Evidence) -> Iterator[str]:
    """Link's input is what extract has made, each once and as it was, but for its place."""
    if own.source("link") != topics.ORDERED.name:
        return
    wanted = Counter(
        (one.key, one.value, f"{one.topic}/{one.partition}/{one.offset}")
        for one in own.records[topics.EXTRACTED.name]
    )
    there = Counter((one.key, one.value, _cause(one)) for one in own.records[topics.ORDERED.name])
    if wanted != there:
        yield f"{RUN}'s order has {(there - wanted).total()} records that extract did not make, and lacks {(wanted - there).total()}"


def _cause(record: ConsumerRecord) -> str:
    return (headers.get(record.headers, headers.CAUSE) or "").rpartition("/")[0]


def _again(found: Found, live: Evidence) -> Iterator[str]:
    """Compare a replay with what live had made of the same articles: the same bytes, stories and states too,
    in the same order for link.
    """
    for topic in _made_by(found.own):
        before = [one for one in live.records[topic] if one.offset < found.made[topic][one.partition]]
        was, now = _contents(topic, before), _contents(topic, found.own.records[topic])
        if was != now:
            yield f"{RUN} and live made different {topic}: {(was - now).total()} of live's are missing, {(now - was).total()} are others"
    was_read = [
        one.key
        for one in live.records[topics.EXTRACTED.name]
        if one.offset < found.made[topics.EXTRACTED.name][0]
    ]
    if was_read != [one.key for one in found.own.records[found.own.source("link")]]:
        yield f"{RUN}'s link took its articles in another order than live's"


def _made_by(own: Evidence) -> list[str]:
    """Return the logical topics that the stages of a run write, letters apart."""
    logs = [topics.changelog(stage) for stage in own.stages]
    flow = [topic.name for topic in topics.FLOW[-len(own.stages) :]]
    return [
        *flow,
        topics.STORIES.name,
        topics.STORY_EVENTS.name,
        *(log for log in logs if log in topics.BY_NAME),
    ]


def _contents(
    topic: str, records: Sequence[ConsumerRecord]
) -> Counter[tuple[tuple[int, bytes | None], bytes | None]]:
    """Return what counts of *records*: all of them, of a changelog the last value of a key."""
    everything = [((one.partition, one.key), one.value) for one in records]
    return Counter(dict(everything).items() if topic.endswith(".changelog") else everything)


def _read_once(found: Found, live: Evidence) -> Iterator[str]:
    """After promotion and rollback the reader has every article of live once, each as the run that it is from
    has made it, and some of both.
    """
    there = {
        run: {one.key: one.value for one in _linked(own)}
        for run, own in ((topics.LIVE, live), (RUN, found.own))
    }
    given = Counter(one.key for one in found.copies)
    if twice := [key for key, n in given.items() if n > 1]:
        yield f"the reader was given {len(twice)} articles more than once, such as {min(twice).decode()}"
    if lost := there[topics.LIVE].keys() - given.keys():
        yield f"the reader was never given {len(lost)} articles, such as {min(lost).decode()}"
    strange = [one.key for one in found.copies if there[_from(one)].get(one.key) != one.value]
    if strange:
        yield f"the reader was given {len(strange)} articles that the run they are from did not make so, such as {min(strange).decode()}"
    if missing := {topics.LIVE, RUN} - {_from(one) for one in found.copies}:
        yield f"the reader was given nothing of {', '.join(missing)}: this proves nothing"


def _linked(own: Evidence) -> list[ConsumerRecord]:
    return [one for one in own.records[topics.LINKED.name] if by_a_stage(one)]


def _from(copy: ConsumerRecord) -> str:
    return headers.get(copy.headers, reader.FROM) or ""


def _subject(record: ConsumerRecord) -> str:
    return headers.get(record.headers, "ce_subject") or ""


def figures(found: Found) -> dict[str, int]:
    """Return how much was compared."""
    made = {"linked_by_the_run": len(set(ids(found.own.records[topics.LINKED.name])))}
    if found.plan.beside == "promote":
        made |= {"read": len(found.copies), "read_of_the_run": sum(_from(one) == RUN for one in found.copies)}
    return made
