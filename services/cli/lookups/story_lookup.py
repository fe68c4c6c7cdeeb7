"""Finds a story's last record, the newest stories, and what has moved an article since it was linked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka import ConsumerRecord

from services.cli.lookups.topic_search import Look, Seen, say_search
from services.cli.speech import FOUND_WRONG, Failure
from shared.kafka.stretches import Stretch
from shared.wire import event_types, headers, topics

WHOLE_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
RECENT_OFFSETS = 500
"""So much of each partition's end is read for the newest stories at first, and four times as much until there
are enough.
"""

LATER_MS = 60_000
"""An event is made after the story's record that it tells of, in the same transaction: not by more than this.
"""


@dataclass(frozen=True, slots=True)
class Recent:
    """The stories of the newest *records* of the topic, the newest first, merged ones left out.

    *whole*: there are no others.
    """

    stories: list[Seen]
    records: int
    whole: bool


async def story(look: Look, wanted: str) -> tuple[Seen, list[str]]:
    """Return the story whose id begins with *wanted*, and the ids it was merged through.

    Aliases are followed. Raises Failure.
    """
    seen = await _last(look, wanted) if WHOLE_ID.fullmatch(wanted) else await _beginning(look, wanted)
    if seen is None:
        raise _none(f"no story has an id that begins with {wanted}")
    passed: list[str] = []
    while (into := seen.value.get("merged_into")) and (survivor := await _last(look, into)) is not None:
        passed.append(seen.value["story_id"])
        seen = survivor
    return seen, passed


async def recent(look: Look, least: int) -> Recent:
    """Return the stories of the last records of all partitions: at least *least*, if so many exist."""
    everything, offsets = await look.stretches(topics.STORIES.name), RECENT_OFFSETS
    while True:
        where = [one.last(offsets) for one in everything]
        records = await look.search(where, _has_value, topics.STORIES.name)
        last = {record.key: record for record in records}
        found = [seen for seen in map(Seen.of, last.values()) if seen.value["status"] != "merged"]
        if len(found) >= least or where == everything:
            found.sort(key=lambda seen: seen.value["last_at"], reverse=True)
            return Recent(found, len(records), where == everything)
        offsets *= 4


async def moves(look: Look, linked: Seen) -> list[dict[str, Any]]:
    """Return the events that moved or split off an article since *linked*, in order.

    Who takes an article from a story writes that story's record anew: so later than its last record none was
    taken.
    """
    doc_id = linked.value["doc_id"]
    story_id = linked.value["linked"]["story_id"]
    since_ms = linked.record.timestamp
    found: list[dict[str, Any]] = []
    while True:
        seen, _ = await story(look, story_id)
        until = seen.record.timestamp + LATER_MS
        where = await look.stretches(topics.STORY_EVENTS.name, since_ms=since_ms)
        after = {
            one.part: one.start for one in await look.stretches(topics.STORY_EVENTS.name, since_ms=until)
        }
        told = [Stretch(one.part, one.start, after[one.part]) for one in where]
        records = sorted(
            await look.search(told, _tells_of_moving, topics.STORY_EVENTS.name),
            key=lambda record: record.timestamp,
        )
        events = [
            event for event in (Seen.of(record).value for record in records) if doc_id in moved_by(event)
        ]
        if not events:
            return found
        found += events
        last = events[-1]
        story_id, since_ms = last["story_id"] if last["event"] == "moved" else last["other_id"], until


def moved_by(event: Mapping[str, Any]) -> list[str]:
    """Return the documents that an event of a story gives to another one."""
    detail = event["detail"]
    if event["event"] == "moved":
        return [detail["doc_id"], *detail["copies"]]
    return list(detail["doc_ids"]) if event["event"] == "split" else []


async def _last(look: Look, story_id: str) -> Seen | None:
    """Return the last record of a story; None when it has none."""
    key = story_id.encode()
    for where in await look.stretches(topics.STORIES.name, story_id):
        found, _ = await look.newest(
            where, lambda record: record.key == key and _has_value(record), topics.STORIES.name
        )
        return Seen.of(found[-1]) if found else None
    return None


async def _beginning(look: Look, cut: str) -> Seen | None:
    """Return the last record of the one story whose id begins with *cut*; raises Failure for several."""
    where, prefix = await look.stretches(topics.STORIES.name), cut.encode()
    say_search(cut, where, topics.STORIES.name)
    found = await look.search(
        where,
        lambda record: (record.key or b"").startswith(prefix) and _has_value(record),
        topics.STORIES.name,
    )
    last = {record.key: record for record in found}
    if len(last) > 1:
        raise _none(f"{len(last)} stories have an id that begins with {cut}")
    return Seen.of(found[-1]) if found else None


def _none(cause: str) -> Failure:
    return Failure(cause, "list the newest with: ./khabar story", code=FOUND_WRONG)


def _has_value(record: ConsumerRecord) -> bool:
    return record.value is not None


def _tells_of_moving(record: ConsumerRecord) -> bool:
    return headers.get(record.headers, "ce_type") in {
        event_types.of_story("moved"),
        event_types.of_story("split"),
    }
