"""Reads the page suites of three peers as they lie in their repositories: pages with the title, day and text
that their authors expect.

Nothing of them is kept here; their folders are given when they are read. What each expects differs, and
`Expected` says so:

- mozilla/readability: whole texts, with captions and the links of the page inside of them, no headline,
  sometimes the byline.
- newspaper4k: whole texts of its own extractor as of some day, captions sometimes inside.
- goose3: the beginning of the text alone; its pages of titles and dates are made for one question, and those
  without any text get a sentence.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from lxml import html

_NO_TEXT = ("script", "style", "noscript", "template")
_BLOCKS = (
    "p",
    "div",
    "br",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "td",
    "th",
    "tr",
    "blockquote",
    "pre",
    "figcaption",
    "section",
    "dt",
    "dd",
)
_SENTENCE = (
    b"<p>Search-and-rescue teams were mobilized on Sunday, and the search went on until the morning.</p>"
)
_NEEDS_SETTING = frozenset(
    {"test_publish_date_config", "test_publish_date_tag", "test_pattern_config", "test_opengraph_type_none"}
)
"""Pages whose value goose3 finds only when it is told the name of the element; their own tests tell it."""


@dataclass(frozen=True, slots=True)
class Expected:
    """A page of *suite* and what is expected of it; None or nothing is «not said».

    *whole*: *text* is all of the body, else its beginning.
    """

    suite: str
    name: str
    source: bytes
    url: str
    title: str | None
    days: frozenset[dt.date]
    text: str | None
    captions: str
    byline: str
    whole: bool


def suites(data: Path) -> Iterator[Expected]:
    """Yield the pages of the repositories ``readability``, ``newspaper4k`` and ``goose3`` in the folder
    *data*.
    """
    yield from _readability(data / "readability" / "test" / "test-pages")
    yield from _newspaper(data / "newspaper4k" / "tests" / "data")
    yield from _goose(data / "goose3" / "tests" / "data")


def _readability(folder: Path) -> Iterator[Expected]:
    for page in sorted(folder.iterdir()):
        said = json.loads((page / "expected-metadata.json").read_text(encoding="utf-8"))
        tree = html.fromstring((page / "expected.html").read_text(encoding="utf-8"))
        captions = " ".join(_text(one) for one in tree.iter("figcaption"))
        source = (page / "source.html").read_bytes()
        yield Expected(
            "readability", page.name, source, "", said.get("title") or None, _days(said.get("publishedTime")), _text(tree), captions,
            said.get("byline") or "", whole=True,
        )  # fmt: skip


def _newspaper(folder: Path) -> Iterator[Expected]:
    for page in sorted((folder / "html").glob("*.html")):
        text, said = folder / "txt" / f"{page.stem}.txt", folder / "metadata" / f"{page.stem}.json"
        if not text.exists():
            continue
        found: dict[str, Any] = json.loads(said.read_text(encoding="utf-8")) if said.exists() else {}
        yield Expected(
            "newspaper4k", page.stem, page.read_bytes(), found.get("url", ""), found.get("title"), _days(found.get("publish_date")),
            text.read_text(encoding="utf-8"), "", " ".join(found.get("authors", ())), whole=True,
        )  # fmt: skip


def _goose(folder: Path) -> Iterator[Expected]:
    for page in sorted(folder.glob("*/*.json")):
        given = json.loads(page.read_text(encoding="utf-8"))
        said = given.get("expected", {})
        source = page.with_suffix(".html")
        if (
            page.stem in _NEEDS_SETTING
            or not source.exists()
            or not {"title", "publish_date", "cleaned_text"} & set(said)
        ):
            continue
        text = said.get("cleaned_text") if page.parent.name == "content" else None
        yield Expected(
            "goose3", page.stem, _with_a_text(source.read_bytes()), given.get("url") or "", said.get("title") or None, _days(said.get("publish_date")),
            text or None, "", "", whole=False,
        )  # fmt: skip


def _with_a_text(source: bytes) -> bytes:
    """Return a page; one that is a head alone gets a sentence, for nobody takes an article without a text."""
    tree = html.document_fromstring(source)
    body = tree.find("body")
    return source if body is not None and _text(body).strip() else source + _SENTENCE


def _days(stated: str | None) -> frozenset[dt.date]:
    """Return the day of a stated moment, in its own zone and in UTC; nothing for no moment."""
    if not stated or stated == "None":
        return frozenset()
    try:
        found = dt.datetime.fromisoformat(stated)
    except ValueError:
        try:
            found = parsedate_to_datetime(stated)
        except (ValueError, IndexError):
            return frozenset()
    return frozenset({found.date(), found.astimezone(dt.UTC).date() if found.tzinfo else found.date()})


def _text(tree: html.HtmlElement) -> str:
    """Return the text of an expected body, a break for every block."""
    for unread in list(tree.iter(*_NO_TEXT)):
        unread.drop_tree()
    for block in tree.iter(*_BLOCKS):
        block.tail = "\n" + (block.tail or "")
        block.text = "\n" + (block.text or "")
    return str(tree.text_content())
