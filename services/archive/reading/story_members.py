"""The articles of a story, with why each is there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from services.archive.reading.answers import Member
from services.archive.shelf import packing
from shared.records import Linked, Provenance, StoryEvent
from shared.text.directions import tag_direction
from shared.wire.headers import rfc3339

COLUMNS = "number, doc_id, rev, rev_no, source, source_name, url, lang, title, lead, at_ms, published, story_id, copy_of, packed"
"""The columns that `members` wants, of articles joined with records."""


class _Found(Struct, frozen=True):
    provenance: Provenance | None = None


class _Record(Struct, frozen=True):
    linked: Linked
    entities: _Found = _Found()


_RECORDS = msgspec.json.Decoder(_Record)


def of_documents(
    db: sqlite3.Connection,
    doc_ids: Iterable[str],
    moved: Mapping[str, Sequence[StoryEvent]],
    *,
    until_ms: int | None = None,
    most: int = 500,
) -> list[Member]:
    """Return these documents as members in the order in which they came, the *most* last ones.

    Each is in its newest revision until *until_ms*.
    """
    rows = []
    for doc_id in doc_ids:
        query: str = "doc_id = ? AND newest"
        values: list[str | int] = [doc_id]
        if until_ms is not None:
            query, values = "doc_id = ? AND at_ms <= ? ORDER BY rev_no DESC LIMIT 1", [doc_id, until_ms]
        row = db.execute(f"SELECT number FROM articles WHERE {query}", values).fetchone()
        if row is not None:
            rows.append(row[0])
    chosen = sorted(rows)[-most:]
    found = [
        db.execute(
            f"SELECT {COLUMNS} FROM articles JOIN records USING (number) WHERE number = ?", (number,)
        ).fetchone()
        for number in chosen
    ]
    return [_member(row, moved.get(row[1], ())) for row in found]


def _member(row: tuple[object, ...], moved: Sequence[StoryEvent]) -> Member:
    (
        _,
        doc_id,
        rev,
        rev_no,
        source,
        source_name,
        url,
        lang,
        title,
        lead,
        at_ms,
        published,
        story_id,
        copy_of,
        packed,
    ) = row
    record = _RECORDS.decode(packing.value_of(packed))  # type: ignore[arg-type]
    linked, provenance = record.linked, record.entities.provenance
    values = {
        "doc_id": doc_id, "rev": rev, "rev_no": rev_no, "source": source, "source_name": source_name, "url": url, "lang": lang,
        "dir": tag_direction(str(lang)), "title": title, "lead": lead, "at": rfc3339(int(at_ms)), "published": published,  # type: ignore[call-overload]
        "linked_to": story_id, "copy_of": copy_of,
    }  # fmt: skip
    return Member(
        novelty=linked.novelty.class_,
        decision=linked.decision,
        score=linked.score,
        margin=linked.margin,
        threshold=linked.threshold.value,
        cross_lingual=linked.cross_lingual,
        bias=linked.bias,
        evidence=linked.evidence,
        evidence_rest=linked.evidence_rest,
        runner_up=linked.runner_up,
        changed_numbers=linked.novelty.changed_numbers,
        origin=provenance.origin_guess if provenance else None,
        chain=provenance.chain if provenance else [],
        moved=list(moved),
        **values,  # type: ignore[arg-type]
    )
