"""A story as CSV: one line an article.

A cell that a spreadsheet would run as a formula gets an apostrophe before it.
"""

from __future__ import annotations

import csv
import io

from services.archive.reading.answers import Member, StoryPage

HEAD = (
    "doc_id",
    "source",
    "lang",
    "published",
    "came",
    "title",
    "url",
    "novelty",
    "decision",
    "score",
    "origin",
    "copy_of",
)
RUN = ("=", "+", "-", "@", "\t", "\r")


def text(page: StoryPage) -> str:
    """Return the table, in UTF-8 with the mark that spreadsheets need to see it."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(HEAD)
    table.writerows([_inert(cell) for cell in _row(one)] for one in page.members)
    return "\ufeff" + out.getvalue()


def _row(one: Member) -> tuple[str, ...]:
    return (
        one.doc_id, one.source, one.lang, one.published or "", one.at, one.title, one.url or "", one.novelty, one.decision, f"{one.score:.4f}",
        one.origin or "", one.copy_of or "",
    )  # fmt: skip


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(RUN) else cell
