"""The reckoning: what lies in Kafka, compared with what was fed and with what each lane must have made of its
input.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import cast

import orjson
from aiokafka import ConsumerRecord

from services.stages import work
from services.workshop.chaos.gathered import Evidence, by_a_stage, ids
from services.workshop.chaos.plan import Fault, Plan
from services.workshop.chaos.refold import SLOT_DEATHS, refold
from shared.errors import Reason
from shared.kafka.partitioner import partition_of
from shared.wire import headers, topics
from shared.worker.batch import Batch

WALL = frozenset({"ce_time", "ce_tookms", "ce_instance"})
"""Headers that say when and where something was made."""

COSTS: dict[Reason, str] = {"crash": "crash", "timeout": "hang"}
"""The fault that may cost a record its life, by the reason its letter has."""

Sent = tuple[bytes | None, bytes | None, tuple[tuple[str, bytes], ...]]


def findings(found: Evidence, fed: Iterable[str], plan: Plan) -> Iterator[str]:
    """Yield what is wrong with live; nothing, when the plan held."""
    fed = set(fed)
    if missing := fed - set(ids(found.records[topics.RAW.name])):
        yield f"{len(missing)} articles were confirmed and are not on {topics.RAW.name}, such as {min(missing)}"
    yield from _letters_sent_back(found)
    yield from of_stages(found, fed, plan.faults)


def of_stages(found: Evidence, fed: set[str], struck: Sequence[Fault]) -> Iterator[str]:
    """Yield what is wrong with the stages of live or of a run, into whose first one *fed* went and whose
    workers were *struck*.
    """
    yield from _lost_and_duplicated(found, fed)
    yield from _innocent(found, struck)
    yield from _members(found)
    for stage in found.stages:
        for partition in found.partitions(work(stage).source):
            yield from _lane(found, stage, partition)


def _lost_and_duplicated(found: Evidence, fed: set[str]) -> Iterator[str]:
    """Each article is once on every topic up to the last, or its last letter says where it ended; raw may
    have it twice (at least once).
    """
    letters = {doc for stage in found.stages for doc in _documents(found.records[topics.dead(stage)])}
    for topic in topics.FLOW[-len(found.stages) :]:
        times = Counter(ids(found.records[topic.name]))
        if twice := [doc for doc, n in times.items() if n > 1]:
            yield f"duplicated: {len(twice)} articles on {topic.name}, such as {min(twice)}"
        if strange := set(times) - fed:
            yield f"{len(strange)} articles on {topic.name} that nobody has fed, such as {min(strange)}"
        if lost := fed - set(times) - letters:
            yield f"lost: {len(lost)} articles are neither on {topic.name} nor in a letter, such as {min(lost)}"


def _documents(letters: Sequence[ConsumerRecord]) -> set[str]:
    return {headers.get(letter.headers, "ce_subject") or "" for letter in letters}


def _innocent(found: Evidence, struck: Sequence[Fault]) -> Iterator[str]:
    """Let each slot that was killed or stopped cost one record; nothing else may die of a slot, and nothing
    of a bug.
    """
    for stage in found.stages:
        reasons = Counter(
            headers.get(letter.headers, headers.REASON) for letter in found.records[topics.dead(stage)]
        )
        for reason, kind in COSTS.items():
            allowed = sum(fault.kind == kind and fault.stage == stage for fault in struck)
            if reasons[reason] > allowed:
                yield f"{reasons[reason]} records of {stage} died of «{reason}», {allowed} slots were struck"
        if reasons["bug"]:
            yield f"{reasons['bug']} records of {stage} died of a bug"


def _letters_sent_back(found: Evidence) -> Iterator[str]:
    """Every letter that is marked as sent back is back once, and nothing else is."""
    back = Counter(
        _died_at(one)
        for topic in topics.FLOW
        for one in found.records[topic.name]
        if headers.times_redriven(one.headers)
    )
    marked = Counter(record.key.decode() for record in found.records[topics.LETTER_MARKS.name])
    letters = {
        f"{one.topic}/{one.partition}/{one.offset}": _died_at(one)
        for stage in topics.STAGES
        for one in _letters(found, stage)
    }
    if twice := [place for place, n in marked.items() if n > 1]:
        yield f"{len(twice)} letters are marked twice, such as {min(twice)}"
    if back != Counter(letters.get(place, place) for place in marked):
        yield f"{back.total()} records were sent back for {len(marked)} marks, or other ones"


def _members(found: Evidence) -> Iterator[str]:
    """Count the members of all living stories: as many as there are articles, each in one of them."""
    stories = {record.key: orjson.loads(record.value) for record in found.records[topics.STORIES.name]}
    members = sum(story["members"]["n"] for story in stories.values() if story["status"] != "merged")
    linked = len(set(ids(found.records[topics.LINKED.name])))
    if members != linked:
        yield f"the living stories count {members} members, {linked} articles are linked"


def _letters(found: Evidence, stage: str) -> list[ConsumerRecord]:
    return found.records[topics.dead(stage)]


def _died_at(record: ConsumerRecord) -> str:
    """Return where the record lay that died last before this one was written."""
    return "/".join(
        headers.get(record.headers, f"khabar-{part}") or "" for part in ("topic", "partition", "offset")
    )


def _lane(found: Evidence, stage: str, partition: int) -> Iterator[str]:
    """Compare one lane: its outputs and letters byte for byte and in order, its state, its tally."""
    one, source = f"{found.settings.run}'s {stage} lane {partition}", found.source(stage)
    died = {
        int(headers.get(letter.headers, "khabar-offset") or -1): cast("Reason", reason)
        for letter in found.made(topics.dead(stage), partition)
        if (reason := _slot_death(letter))
    }
    records = found.of(source, partition)
    expected = refold(work(stage), found.settings, records, died)
    yield from (f"{one}: {what}" for what in _outputs(found, stage, partition, expected))
    yield from (f"{one}: {what}" for what in _state(found, stage, partition, expected))
    tally = found.tallies.get((stage, partition))
    finished = tally.finished if tally else Counter[str]()
    if finished.total() != len(records):
        yield f"{one}: {len(records)} records on {source}, {finished.total()} finished: {dict(finished)}"
    if tally and tally != expected.tally:
        yield f"{one}: its tally is {tally}, should be {expected.tally}"


def _slot_death(letter: ConsumerRecord) -> str | None:
    """Return the reason of *letter* when a slot ended on its record."""
    reason = headers.get(letter.headers, headers.REASON)
    return reason if reason in SLOT_DEATHS else None


def _outputs(found: Evidence, stage: str, partition: int, expected: Batch) -> Iterator[str]:
    wanted: dict[tuple[str, int], list[Sent]] = defaultdict(list)
    for send in expected.sends:
        topic = topics.logical(send.topic, found.settings.run)
        wanted[topic, partition_of(send.key, found.partitions(topic))].append(
            (send.key, send.value, _lasting(send.headers))
        )
    there: dict[tuple[str, int], list[Sent]] = defaultdict(list)
    for topic in _sinks(stage):
        for record in found.made(topic, partition):
            there[topic, record.partition].append((record.key, record.value, _lasting(record.headers)))
    for place in sorted(wanted.keys() | there.keys()):
        if wanted[place] != there[place]:
            yield f"{place[0]}/{place[1]}: {_difference(wanted[place], there[place])}"


def _sinks(stage: str) -> tuple[str, ...]:
    flow = topics.FLOW[topics.STAGES.index(stage) + 1].name
    return (
        flow,
        topics.dead(stage),
        *((topics.STORIES.name, topics.STORY_EVENTS.name) if stage == "link" else ()),
    )


def _lasting(given: Iterable[tuple[str, bytes]] | None) -> tuple[tuple[str, bytes], ...]:
    return tuple((name, value) for name, value in given or () if name not in WALL)


def _difference(wanted: list[Sent], there: list[Sent]) -> str:
    missing, extra = Counter(wanted) - Counter(there), Counter(there) - Counter(wanted)
    if not missing and not extra:
        return "the records are in another order"
    keys = sorted({repr(key) for key, _, _ in (*missing, *extra)})
    return f"{missing.total()} records missing, {extra.total()} too many or other bytes, keys {', '.join(keys[:3])}"


def _state(found: Evidence, stage: str, partition: int, expected: Batch) -> Iterator[str]:
    log = topics.changelog(stage)
    held = {record.key: record.value for record in found.of(log, partition)} if log in found.records else {}
    if held != expected.changes:
        other = sorted(
            repr(key)
            for key in held.keys() | expected.changes.keys()
            if held.get(key) != expected.changes.get(key)
        )
        yield f"{len(other)} of {len(expected.changes)} items of its state are others, such as {', '.join(other[:3])}"


def figures(found: Evidence) -> dict[str, int]:
    """Return how much was compared."""
    return {
        "articles": len(set(ids(found.records[topics.RAW.name]))),
        "linked": len([one for one in found.records[topics.LINKED.name] if by_a_stage(one)]),
        "letters": sum(len(_letters(found, stage)) for stage in topics.STAGES),
        "sent_back": len(found.records[topics.LETTER_MARKS.name]),
        "state_items": sum(len(found.records[log]) for log in found.records if log.endswith(".changelog")),
    }
