"""Judges clean on the page suites of three peers, page by page beside trafilatura alone.

    python -m services.workshop.judging.clean.peer_pages --data DIR > table.md

*DIR* holds checkouts of mozilla/readability, AndyTheFactory/newspaper4k and goose3/goose3 as ``readability``,
``newspaper4k``, ``goose3``. Pages come in by feed's own door and go through both halves of clean, each in a
lane of its own. Recall and precision count words (signs, where a script writes no spaces) and are means over
the pages whose whole text is expected. Captions are nobody's mistake: some peers keep them and some do not,
so recall leaves those that are expected out; the recall that asks for them stands beside.
"""

from __future__ import annotations

import argparse
import base64
import datetime as dt
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from msgspec import UNSET

from services.clean.memory.lane_memory import Memory
from services.clean.stage import WORK
from services.feed.core import Item, payload_of, raw_of
from services.workshop.judging.clean.peer_suites import Expected, suites
from shared.contract import Emit, Message, Origin
from shared.errors import BadRecord
from shared.records import Article
from shared.text.match_key import match_key
from shared.wire import codec

FETCHED = "2026-01-01T00:00:00.000Z"
SAME_TITLE = 0.6
"""Two headlines are one when the shorter is part of the longer and at least so much of it: peers keep or cut
the site's name.
"""
MOST_BEGINNING = 0.9
"""Share of an expected beginning that has to be in a text."""
DAY = len("2026-01-01")
CAPTIONED = 0.05
"""From this share of captions on, the table says that they are expected."""
BYLINE, BEGINNING, SHORT = 40, 400, 60
_EDGE = re.compile(r"\s[|–—:·•-]{1,2}\s")
"""What stands between a headline and the name of its site."""
_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_SAYING = frozenset(
    {
        "no_article_found",
        "index_page",
        "text_beside",
        "body_replaced",
        "dropped",
        "too_large",
        "undecodable",
        "wrong_type",
        "empty_text",
    }
)


@dataclass(frozen=True, slots=True)
class Read:
    """What a reader made of a page."""

    title: str
    day: dt.date | None
    text: str
    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """Recall of a text without and with the captions that are expected, and its precision."""

    recall: float
    with_captions: float
    precision: float


def read_by_khabar(page: Expected) -> Read:
    """Return what feed and clean make of *page*."""
    item = Item(
        source="peer",
        url=page.url or UNSET,
        payload_b64=base64.b64encode(page.source).decode(),
        media_type="text/html",
    )
    try:
        record = raw_of(item, payload_of(item), now=FETCHED)
        message = Message(None, codec.encode(record), Origin("articles.raw", 0, 0, 0))
        (out,) = WORK.fold(Memory(), message, WORK.extract(message)).outcomes
    except BadRecord as refused:
        return Read("", None, "", (refused.reason,))
    block = codec.decode(out.value, Article).clean if isinstance(out, Emit) else UNSET
    if block is UNSET:
        return Read("", None, "", ("dropped",))
    title = block.title.text if block.title else ""
    stated = block.published if block.published and block.published.fallback is None else None
    return Read(
        title,
        dt.date.fromisoformat(stated.value[:10]) if stated and len(stated.value) >= DAY else None,
        block.text,
        block.warnings,
    )


def read_by_trafilatura(page: Expected) -> Read:
    """Return what trafilatura makes of *page* with its defaults, comments left out as everywhere here."""
    from trafilatura import bare_extraction  # noqa: PLC0415 - as in clean
    from trafilatura.settings import Document  # noqa: PLC0415

    found = bare_extraction(page.source, url=page.url or None, include_comments=False, with_metadata=True)
    if not isinstance(found, Document):
        return Read("", None, "")
    day = dt.date.fromisoformat(found.date) if found.date else None
    return Read(found.title or "", day, found.text or "")


def same_title(wanted: str, given: str) -> bool:
    """Tell whether two headlines are one, the site's name aside."""
    if _letters(given) and _letters(given) == _letters(_EDGE.split(wanted)[0]):
        return True
    a, b = sorted((_letters(wanted), _letters(given)), key=len)
    return bool(a) and a in b and len(a) >= SAME_TITLE * len(b)


def scored(page: Expected, read: Read) -> Score:
    """Return how much of the expected text was taken, and how much of what was taken is expected; a headline
    above it is neither.
    """
    expected = page.text or ""
    lines = {match_key(line) for line in expected.split("\n")}
    titles = {match_key(title) for title in (read.title, page.title or "")} - lines
    wanted, captions = _words(expected), _words(page.captions)
    given = _words("\n".join(line for line in read.text.split("\n") if match_key(line) not in titles))
    both = (wanted & given).total()
    must = wanted - captions
    return Score(
        recall=(must & given).total() / max(1, must.total()),
        with_captions=both / max(1, wanted.total()),
        precision=both / given.total() if given else 0.0,
    )


def begins(page: Expected, read: Read) -> bool:
    """Tell whether the expected beginning was taken."""
    wanted = _words(page.text or "")
    return (wanted & _words(read.text)).total() >= MOST_BEGINNING * wanted.total()


def _words(text: str) -> Counter[str]:
    return Counter(
        word for found in _WORD.findall(text.casefold()) for word in _UNSPACED.sub(r" \g<0> ", found).split()
    )


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, match_key(text)))


@dataclass(frozen=True, slots=True)
class Row:
    """A page with what both readers made of it."""

    page: Expected
    ours: Read
    theirs: Read

    def cells(self) -> list[str]:
        """Return the row as the table shows it."""
        page = self.page
        cells = [page.suite, page.name]
        for read in (self.ours, self.theirs):
            cells.append("–" if page.title is None else "yes" if same_title(page.title, read.title) else "no")
            cells.append(
                "–"
                if not page.days
                else "yes"
                if read.day in page.days
                else "none"
                if read.day is None
                else "no"
            )
            if page.text is None:
                cells.append("–")
            elif page.whole:
                score = scored(page, read)
                cells.append(f"{score.recall:.2f} / {score.precision:.2f}")
            else:
                cells.append("begins" if begins(page, read) else "missed")
        return [*cells, "; ".join(_doubts(page, self.ours))]


def _doubts(page: Expected, ours: Read) -> list[str]:
    """Return what is arguable in the expected text, and what clean itself said of the page."""
    said = [warning for warning in ours.warnings if warning in _SAYING]
    if not page.text or not page.whole:
        return said
    wanted = _words(page.text)
    if _words(page.captions).total() > CAPTIONED * wanted.total():
        said.append("captions expected")
    if _letters(page.byline)[:BYLINE] and _letters(page.byline)[:BYLINE] in _letters(page.text[:BEGINNING]):
        said.append("byline expected")
    if wanted.total() < SHORT:
        said.append(f"{wanted.total()} words expected")
    return said


def summary(rows: Sequence[Row]) -> list[list[str]]:
    """Return the figures of both readers, a row for each suite and for all."""
    out: list[list[str]] = []
    for suite in (*dict.fromkeys(row.page.suite for row in rows), "all"):
        held = [row for row in rows if suite in (row.page.suite, "all")]
        for name in ("ours", "theirs"):
            reads = [(row.page, getattr(row, name)) for row in held]
            scores = [scored(page, read) for page, read in reads if page.text is not None and page.whole]
            starts = [begins(page, read) for page, read in reads if page.text is not None and not page.whole]
            titles = [same_title(page.title, read.title) for page, read in reads if page.title is not None]
            days = [read.day in page.days for page, read in reads if page.days]
            wrong = [read.day not in page.days for page, read in reads if page.days and read.day]
            out.append(
                [
                    suite,
                    "khabar" if name == "ours" else "trafilatura",
                    str(len(held)),
                    _share(titles),
                    f"{_share(days)}, {sum(wrong)} wrong",
                    *(f"{fmean(map(part, scores)):.3f}" if scores else "–" for part in _PARTS),
                    _share(starts),
                ]
            )
    return out


def _share(right: Sequence[bool]) -> str:
    return f"{sum(right)} of {len(right)} = {100 * fmean(right):.1f} %" if right else "–"


_PARTS: Sequence[Callable[[Score], float]] = (
    lambda s: s.recall,
    lambda s: s.with_captions,
    lambda s: s.precision,
)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows))


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with the three repositories")
    rows = [
        Row(page, read_by_khabar(page), read_by_trafilatura(page))
        for page in suites(parser.parse_args().data)
    ]
    head = [
        "suite",
        "page",
        "title",
        "day",
        "body R / P",
        "title (t)",
        "day (t)",
        "body R / P (t)",
        "remarks",
    ]
    whole = table(
        ["suite", "reader", "pages", "titles", "days", "recall", "with captions", "precision", "beginnings"],
        summary(rows),
    )
    sys.stdout.write(f"{whole}\n\n{table(head, [row.cells() for row in rows])}\n")


if __name__ == "__main__":
    main()
