"""Where the records of an article are, without reading whole topics.

Each revision of an article *ends* somewhere: linked, in the dead letters of a stage, or waiting behind what
its next stage has committed. A whole id leads to one partition of ``articles.linked`` and to the little that
waits or died; every record found there says in its headers which records it was made from
(``headers.origins_of``), and these are read by their offsets, one each. What a stage has passed over without
an outcome has no end: it is found by the search through everything that follows when there is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import click
from aiokafka import ConsumerRecord

from services.cli.lookups.topic_search import Look, Seen, Wanted, say_search, subject
from services.cli.speech import FOUND_WRONG, Failure
from shared.kafka import clients, groups
from shared.kafka.stretches import Stretch
from shared.wire import headers, topics
from shared.wire.topics import FLOW

WHOLE_ID = re.compile(r"[0-9a-f]{32}")
SKEW_MS = 3_600_000
"""So far the clocks of two machines may be apart: no record of an article is older than its ``first_seen_at``
by more.
"""


@dataclass(frozen=True, slots=True)
class Ends:
    """The id of an article, and the record each of its revisions ends in."""

    doc_id: str
    records: Sequence[ConsumerRecord]


async def passport(look: Look, found: Ends) -> dict[str, list[Seen]]:
    """Return the records of an article from where its revisions end, by topic in the order of the flow.

    Raises Failure when none is kept.
    """
    ways, seen = list(found.records), {_place(record) for record in found.records}
    for record in ways:  # grows while it is read
        for origin in headers.origins_of(record.headers):
            if origin[:3] not in seen:
                seen.add(origin[:3])
                ways += [
                    one for one in [await look.at(origin)] if one is not None and _is_of(one, found.doc_id)
                ]
    passed: dict[str, list[Seen]] = {}
    for topic in FLOW:
        spelled = topics.spelled(topic.name, look.run_of(topic.name))
        if there := sorted(
            (record for record in ways if record.topic == spelled), key=lambda record: record.offset
        ):
            passed[topic.name] = [Seen.of(record) for record in there]
    if not passed:
        letter = Seen.of(found.records[-1])
        raise Failure(
            f"article {found.doc_id} died, and the record it died in is no longer kept",
            f"see its dead letter with: ./khabar dead show {letter.header('khabar-stage')}/{letter.record.offset}",
            code=FOUND_WRONG,
        )
    return passed


async def linked(look: Look, doc: str) -> Seen:
    """Return the newest linked record of the one article whose id begins with *doc*, or raise Failure."""
    if WHOLE_ID.fullmatch(doc) and (newest := await newest_linked(look, doc)) is not None:
        return newest
    found = await ends(look, doc)
    records = [
        record
        for record in found.records
        if record.topic == topics.spelled(topics.LINKED.name, look.settings.run)
    ]
    if not records:
        raise Failure("the article has not reached a story", f"see where it is with: ./khabar trace {doc}")
    return Seen.of(records[-1])


async def newest_linked(look: Look, doc_id: str) -> Seen | None:
    """Return the newest linked record of an article; None when it has none."""
    for where in await look.stretches(topics.LINKED.name, doc_id):
        found, _ = await look.newest(where, _keyed(doc_id), topics.LINKED.name)
        return Seen.of(found[-1]) if found else None
    return None


async def ends(look: Look, doc: str) -> Ends:
    """Return where the revisions of the one article whose id begins with *doc* end.

    Raises Failure when no article has such an id, or several have.
    """
    records = await (_ends_of(look, doc) if WHOLE_ID.fullmatch(doc) else _ends_from(look, doc))
    ids = sorted({subject(record) for record in records})
    if not ids:
        raise Failure(
            f"no article has an id that begins with {doc}",
            "list the newest stories with: ./khabar story",
            code=FOUND_WRONG,
        )
    if len(ids) > 1:
        raise Failure(
            f"{len(ids)} articles begin with {doc}: {', '.join(ids[:5])}",
            "give more of the id",
            code=FOUND_WRONG,
        )
    return Ends(ids[0], records)


async def _ends_of(look: Look, doc_id: str) -> list[ConsumerRecord]:
    """Return where the revisions of *doc_id* end, those that are linked last."""
    open_ends, found = await _open_ends(look, doc_id), list[ConsumerRecord]()
    for where in await look.stretches(topics.LINKED.name, doc_id):
        found, earlier = await look.newest(where, _keyed(doc_id), topics.LINKED.name)
        if found:
            (since,) = await look.stretches(topics.LINKED.name, doc_id, since_ms=_first_seen_ms(found[0]))
            found = (
                await look.search([earlier.from_offset(since.start)], _keyed(doc_id), topics.LINKED.name)
                + found
            )
            open_ends = await _narrowed(look, open_ends, found[0])
    found = await look.search(open_ends, _about(doc_id), "what waits and what died") + found
    if not found:
        click.echo(
            f"khabar: {doc_id} is not linked, does not wait and did not die: searching everything before articles.linked",
            err=True,
        )
        found = await look.search(await _everything(look, doc_id), _about(doc_id), "everything")
    return found


async def _ends_from(look: Look, cut: str) -> list[ConsumerRecord]:
    """Return where the revisions of all articles whose ids begin with *cut* end, linked ones last."""
    open_ends = await _open_ends(look)
    linked_ends = await look.stretches(topics.LINKED.name)
    prefix = cut.encode()
    say_search(cut, [*open_ends, *linked_ends], "articles.linked, what waits and what died")
    found = await look.search(open_ends, _beginning(cut), "what waits and what died")
    found += await look.search(
        linked_ends, lambda record: (record.key or b"").startswith(prefix), topics.LINKED.name
    )
    if not found:
        click.echo(
            f"khabar: nothing there begins with {cut}: searching everything before articles.linked", err=True
        )
        found = await look.search(await _everything(look), _beginning(cut), "everything")
    return found


async def _open_ends(look: Look, doc_id: str | None = None) -> list[Stretch]:
    """Return what waits before a stage and what died in one.

    Of topics keyed by document it is only the partition of *doc_id*. It is asked for in the order of the flow
    and before ``articles.linked``: what moves on meanwhile is seen where it was, where it is, or both.
    """
    found: list[Stretch] = []
    async with clients.admin(look.settings) as admin:
        for topic in FLOW[:-1]:
            (stage,) = topic.readers
            committed = await groups.committed(admin, topics.group(stage, look.runs_stage(stage)))
            for where in await _holding(look, topic, doc_id):
                done = committed.get(where.part)
                found.append(where if done is None else where.from_offset(done.offset))
            found += await look.stretches(topics.dead(stage))
    return found


async def _narrowed(look: Look, open_ends: Sequence[Stretch], linked: ConsumerRecord) -> list[Stretch]:
    """Return what of *open_ends* may hold records of the article that *linked* is about.

    That record tells where the article's pages lie, and since when.
    """
    pages = {(origin.topic, origin.partition) for origin in headers.origins_of(linked.headers)}
    others = {part for part in await look.partitions(topics.RAW.name) if part not in pages}
    left = [where for where in open_ends if where.offsets and where.part not in others]
    since = (
        await look.client.offsets_for_times({where.part: _first_seen_ms(linked) for where in left})
        if left
        else {}
    )
    return [where.from_offset(at.offset) for where in left if (at := since[where.part]) is not None]


async def _everything(look: Look, doc_id: str | None = None) -> list[Stretch]:
    """Return all that lies before ``articles.linked``.

    Of topics keyed by document it is only the partition of *doc_id*.
    """
    return [where for topic in FLOW[:-1] for where in await _holding(look, topic, doc_id)]


async def _holding(look: Look, topic: topics.Topic, doc_id: str | None) -> list[Stretch]:
    return await look.stretches(topic.name, doc_id if topic.key == "doc_id" else None)


def _first_seen_ms(record: ConsumerRecord) -> int:
    """Return since when the article may have records (ms since 1970); 0 when its record does not say."""
    try:
        return max(
            0,
            int(datetime.fromisoformat(Seen.of(record).value["first_seen_at"]).timestamp() * 1000) - SKEW_MS,
        )
    except (KeyError, TypeError, ValueError):
        return 0


def _keyed(doc_id: str) -> Wanted:
    key = doc_id.encode()
    return lambda record: record.key == key


def _about(doc_id: str) -> Wanted:
    return lambda record: subject(record) == doc_id


def _beginning(cut: str) -> Wanted:
    return lambda record: subject(record).startswith(cut)


def _place(record: ConsumerRecord) -> tuple[str, int, int]:
    return record.topic, record.partition, record.offset


def _is_of(record: ConsumerRecord, doc_id: str) -> bool:
    """Say whether a record belongs to *doc_id*: a topic made anew has other records at the old offsets."""
    return headers.get(record.headers, "ce_subject") in (doc_id, None)
