"""Folds a prepared page into its lane: which lines stay, what the page repeats, and what is to be remembered of it."""

from __future__ import annotations

from collections.abc import Mapping

from services.clean import duplicates, learner
from services.clean.assembly import assemble
from services.clean.block import Judged, clean_block
from services.clean.fingerprint import fingerprint, joined
from services.clean.host_style import styled
from services.clean.lines import BODY, Verdict
from services.clean.page import Line, Page
from services.clean.parts import parts_of
from services.clean.state import Memory
from shared.contract import Origin
from shared.records import Article, RawRef
from shared.text.key import match_key

type Updates = Mapping[bytes, bytes | None]


def fold_page(memory: Memory, page: Page, origin: Origin) -> tuple[Article, Updates]:
    """Return the article of *page* and the state items that remember it; *memory* is only read."""
    page = styled(memory.hosts, page)
    judged = judge(memory, page)
    record, seq = page.record, memory.seq + 1
    found = joined(page.lines[i].print for i in judged.kept)
    prints = fingerprint((page.lines[i].key for i in judged.kept), found)
    asked = duplicates.Asked(
        doc_id=record.doc_id,
        rev=record.rev,
        source=record.source.id,
        code=page.publisher_code.value if page.publisher_code else "",
        body=prints.body_sha256[:32],
        minhash=found.minhash,
        shingles=found.shingles,
    )
    article = Article(
        doc_id=record.doc_id,
        rev=record.rev,
        rev_no=memory.revisions.number(record.doc_id, record.rev),
        source=record.source,
        url=record.url,
        canonical_url=record.canonical_url,
        fetched_at=record.fetched_at,
        first_seen_at=record.first_seen_at,
        declared=record.declared,
        raw_ref=RawRef(topic=origin.topic, partition=origin.partition, offset=origin.offset, content_sha256=record.content_sha256),
        clean=clean_block(judged, prints, memory.documents.relations(asked)),
    )
    seen_as = learner.SeenAs(seq, int(prints.body_sha256[:8], 16), page.style)
    updates = {
        **learner.remembered(memory.hosts, page.host, lines=page.lines, verdicts=judged.verdicts, seen_as=seen_as),
        **memory.revisions.remembered(record.doc_id, record.rev, seq),
        **duplicates.remembered(asked, seq),
    }
    return article, updates


def judge(memory: Memory, page: Page) -> Judged:
    """Return *page* with the lane's verdicts. Furniture alone is kept: then it is the article, and a warning says so."""
    verdicts = learner.relearned(memory.hosts, page.host, page.lines)
    warnings: tuple[str, ...] = ()
    if not any(_has_word(line) and not verdict.rule for line, verdict in zip(page.lines, verdicts, strict=True)):
        verdicts, warnings = [BODY] * len(verdicts), ("only_furniture",)
    title = _claimed_title(page)
    verdicts = _without_second_title(page, verdicts, title)
    kept = [i for i, verdict in enumerate(verdicts) if not verdict.rule]
    parts = parts_of([page.lines[i] for i in kept], title)
    return Judged(page, verdicts, kept, parts, assemble(page, kept), warnings)


def _has_word(line: Line) -> bool:
    return any(c.isalpha() for c in line.text)


def _claimed_title(page: Page) -> str:
    """Return the match key of what feed or markup call the headline."""
    declared = page.record.declared.title
    if isinstance(declared, str):
        return match_key(declared)
    return match_key(page.markup.title.text) if page.markup.title else ""


def _without_second_title(page: Page, verdicts: list[Verdict], title: str) -> list[Verdict]:
    """Cut a line that is the headline again, once."""
    kept = [i for i, verdict in enumerate(verdicts) if not verdict.rule]
    place = parts_of([page.lines[i] for i in kept], title).title if len(kept) > 2 else None
    if place is None:
        return verdicts
    key = page.lines[kept[place]].key
    again = next((i for i in kept if i != kept[place] and page.lines[i].key == key), None)
    return [Verdict("title", "title_again") if i == again else verdict for i, verdict in enumerate(verdicts)]
