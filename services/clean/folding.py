"""Folds a prepared page into its lane: which lines stay, what repeats, what is remembered."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from services.clean.lines.fingerprint import fingerprint, print_of_text
from services.clean.lines.verdicts import BODY, Verdict
from services.clean.memory import duplicates, learner
from services.clean.memory.host_style import in_host_style
from services.clean.memory.lane_memory import Memory
from services.clean.memory.revisions import ArrivingRevision
from services.clean.prepared_page import PageLine, PreparedPage
from services.clean.record.clean_block import JudgedPage, clean_block
from services.clean.record.kept_text import assemble
from services.clean.record.parts import parts_of
from shared.contract import Drop, Origin
from shared.errors import BadRecord
from shared.records import Article, Raw, RawRef
from shared.text.match_key import match_key
from shared.text.moments import milliseconds
from shared.wire.headers import rfc3339

type Updates = Mapping[bytes, bytes | None]


def fold_page(memory: Memory, page: PreparedPage, origin: Origin) -> tuple[Article | Drop, Updates]:
    """Return the article of *page*, or why it says nothing new, and the state items; reads *memory* alone.

    Raises BadRecord (wrong_type) when its times cannot be read.
    """
    revision = memory.revisions.compare_revision(_arriving_revision(page.record))
    if revision.standing in ("known", "outdated"):
        return Drop(revision.standing), revision.updates
    article, updates = _new_page(memory, in_host_style(memory.hosts, page), origin)
    if revision.first_seen_ms is not None:
        article = replace(article, first_seen_at=rfc3339(revision.first_seen_ms))
    return replace(article, rev_no=revision.rev_no), {**updates, **revision.updates}


def _arriving_revision(record: Raw) -> ArrivingRevision:
    try:
        fetched_ms, first_seen_ms = milliseconds(record.fetched_at), milliseconds(record.first_seen_at)
    except ValueError as error:
        raise BadRecord("wrong_type", f"fetched_at, first_seen_at: {error}") from None
    return ArrivingRevision(record.doc_id, record.rev, fetched_ms, first_seen_ms)


def _new_page(memory: Memory, page: PreparedPage, origin: Origin) -> tuple[Article, Updates]:
    """Return the article of a page that is new or changed, and the state items."""
    judged = with_lane_verdicts(memory, page)
    record, seq = page.record, memory.seq + 1
    body_print = print_of_text(page.lines[i].print for i in judged.kept)
    body_fingerprint = fingerprint((page.lines[i].key for i in judged.kept), body_print)
    body_sha256 = body_fingerprint.body_sha256
    document = duplicates.NewDocument(
        doc_id=record.doc_id,
        rev=record.rev,
        source=record.source.id,
        code=page.publisher_code.value if page.publisher_code else "",
        body=body_sha256[:32],
        minhash=body_print.minhash,
        shingles=body_print.shingles,
    )
    article = Article(
        doc_id=record.doc_id,
        rev=record.rev,
        rev_no=1,
        source=record.source,
        url=record.url,
        canonical_url=record.canonical_url,
        fetched_at=record.fetched_at,
        first_seen_at=record.first_seen_at,
        declared=record.declared,
        raw_ref=RawRef(
            topic=origin.topic,
            partition=origin.partition,
            offset=origin.offset,
            content_sha256=record.content_sha256,
        ),
        clean=clean_block(judged, body_fingerprint, memory.documents.relations(document)),
    )
    lane_document = learner.LaneDocument(seq, int(body_sha256[:8], 16), page.style)
    sightings = learner.sighting_items(
        memory.hosts, page.host, lines=page.lines, verdicts=judged.verdicts, document=lane_document
    )
    return article, {**sightings, **duplicates.document_item(document, seq)}


def with_lane_verdicts(memory: Memory, page: PreparedPage) -> JudgedPage:
    """Return *page* with the lane's verdicts.

    A page of furniture alone keeps all its lines, with a warning.
    """
    verdicts = learner.verdicts_with_repeats(memory.hosts, page.host, page.lines)
    warnings: tuple[str, ...] = ()
    if not any(_has_word(line) and verdict.kept for line, verdict in zip(page.lines, verdicts, strict=True)):
        verdicts, warnings = [BODY] * len(verdicts), ("only_furniture",)
    title = _claimed_title(page)
    _cut_second_title(page, verdicts, title)
    kept = [i for i, verdict in enumerate(verdicts) if verdict.kept]
    parts = parts_of([page.lines[i] for i in kept], title, stated=page.markup.title is not None)
    return JudgedPage(page, verdicts, kept, parts, assemble(page, kept), warnings)


def _has_word(line: PageLine) -> bool:
    return any(c.isalpha() for c in line.text)


def _claimed_title(page: PreparedPage) -> str:
    """Return the match key of what feed or markup call the headline."""
    declared = page.record.declared.title
    if isinstance(declared, str):
        return match_key(declared)
    return match_key(page.markup.title.text) if page.markup.title else ""


def _cut_second_title(page: PreparedPage, verdicts: list[Verdict], title: str) -> None:
    """Cut the first line that repeats the headline; *title* is the match key that is claimed for it."""
    kept = [i for i, verdict in enumerate(verdicts) if verdict.kept]
    place = parts_of([page.lines[i] for i in kept], title).title if len(kept) > 2 else None
    if place is None:
        return
    headline = kept[place]
    for i in kept:
        if i != headline and page.lines[i].key == page.lines[headline].key:
            verdicts[i] = Verdict("title", "title_again")
            return
