"""Looking into topics: by id or the beginning of one, always to the end as it was at the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from aiokafka import ConsumerRecord

from services.cli.show import FOUND_WRONG, Failure
from shared import headers, kafka, topics
from shared.settings import Settings

SHORTEST_ID = 4


@dataclass(frozen=True, slots=True)
class Seen:
    """A record read from a topic."""

    record: ConsumerRecord
    value: dict[str, Any]

    @property
    def time(self) -> str:
        """When this record was made (its ``ce_time``, else the Kafka timestamp)."""
        return headers.get(self.record.headers, "ce_time") or headers.rfc3339(self.record.timestamp)

    def header(self, name: str) -> str:
        """Return a header, or nothing."""
        return headers.get(self.record.headers, name) or ""


async def read(settings: Settings, *names: str) -> list[ConsumerRecord]:
    """Return every committed record of the logical topics *names* in this run."""
    return await kafka.read_all(settings, [topics.spelled(name, settings.run) for name in names])


async def by_document(settings: Settings, doc: str) -> dict[str, list[Seen]]:
    """Return the records of the one document whose id begins with *doc*, by topic. Raises Failure: none, or several."""
    if len(doc) < SHORTEST_ID:
        raise Failure(f"{doc!r} is too short: give at least {SHORTEST_ID} characters of the id", code=2)
    flow = [topics.RAW, topics.CLEAN, topics.DETECTED, topics.EXTRACTED, topics.LINKED]
    found: dict[str, list[Seen]] = {}
    ids: set[str] = set()
    for topic in flow:
        for record in await read(settings, topic.name):
            subject = headers.get(record.headers, "ce_subject") or (record.key or b"").decode("utf-8", "replace")
            if subject.startswith(doc):
                ids.add(subject)
                found.setdefault(topic.name, []).append(Seen(record, parsed(record)))
    if not ids:
        raise Failure(f"no article has an id that begins with {doc}", "list the newest stories with: ./khabar story", code=FOUND_WRONG)
    if len(ids) > 1:
        raise Failure(f"{len(ids)} articles begin with {doc}: {', '.join(sorted(ids)[:5])}", "give more of the id", code=FOUND_WRONG)
    return found


async def moves(settings: Settings, doc_id: str) -> list[dict[str, Any]]:
    """Return what has happened to an article since it was linked: the events that moved it or split it off, in order."""
    found = [parsed(record) for record in await read(settings, topics.STORY_EVENTS.name) if record.value is not None]
    return [event for event in found if doc_id in moved_by(event)]


def moved_by(event: Mapping[str, Any]) -> list[str]:
    """Return the documents that an event of a story gives to another one."""
    detail = event["detail"]
    if event["event"] == "moved":
        return [detail["doc_id"], *detail["copies"]]
    return list(detail["doc_ids"]) if event["event"] == "split" else []


async def stories(settings: Settings) -> dict[str, Seen]:
    """Return the last state of every story."""
    last: dict[str, Seen] = {}
    for record in await read(settings, topics.STORIES.name):
        if record.value is not None:
            last[record.key.decode()] = Seen(record, parsed(record))
    return last


def resolve(all_stories: dict[str, Seen], story: str) -> tuple[Seen, list[str]]:
    """Return the story whose id begins with *story*, aliases followed, and the ids it was merged through."""
    hits = [name for name in all_stories if name.startswith(story)]
    if len(hits) != 1 or len(story) < SHORTEST_ID:
        what = "no story has" if not hits else f"{len(hits)} stories have"
        raise Failure(f"{what} an id that begins with {story}", "list the newest with: ./khabar story", code=FOUND_WRONG)
    seen, passed = all_stories[hits[0]], []
    while seen.value.get("merged_into") in all_stories:
        passed.append(seen.value["story_id"])
        seen = all_stories[seen.value["merged_into"]]
    return seen, passed


def parsed(record: ConsumerRecord) -> dict[str, Any]:
    """Return the record's JSON object; empty when it is none."""
    try:
        found = orjson.loads(record.value or b"")
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
