"""What is no page: binary bytes, feeds and other data whose code would be read as words of an article."""

from __future__ import annotations

import re

import orjson

from services.feed.forms.text_charset import encoding_of
from shared.text.unicode_bytes import wide_encoding

HEAD_BYTES = 4096
"""So many first bytes are looked at."""

# A few numbers of our own instead of a library (filetype has stood still since 2022): what counts is that a
# file is no text, which the share of control characters says; the name is only for the sentence.
_MAGIC = (
    (0, b"%PDF-", "a PDF document"), (0, b"%!PS-", "a PostScript document"), (0, b"{\\rtf", "an RTF document"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document"), (0, b"PK\x03\x04", "a ZIP archive or Office document"),
    (0, b"PK\x05\x06", "an empty ZIP archive"), (0, b"Rar!\x1a\x07", "a RAR archive"), (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (0, b"\x1f\x8b", "packed with gzip"), (0, b"\xfd7zXZ\x00", "packed with xz"), (4, b"1AY&SY", "packed with bzip2"),
    (0, b"\x28\xb5\x2f\xfd", "packed with zstd"), (257, b"ustar", "a tar archive"), (0, b"\x89PNG\r\n", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"), (0, b"GIF87a", "a GIF image"), (0, b"GIF89a", "a GIF image"), (8, b"WEBPVP8", "a WebP image"),
    (0, b"II*\x00", "a TIFF image"), (0, b"MM\x00*", "a TIFF image"), (4, b"ftyp", "a film or image"), (0, b"OggS\x00", "a sound"),
    (0, b"ID3\x03", "a sound"), (0, b"ID3\x04", "a sound"), (0, b"\x7fELF", "a program"), (0, b"SQLite format 3\x00", "a SQLite database"),
    (0, b"PAR1\x15", "a Parquet table"), (0, b"wOFF\x00", "a font"), (0, b"wOF2\x00", "a font"), (0, b"\x80\x04\x95", "a Python pickle"),
)  # fmt: skip
_CONTROL = bytes({*range(9), 11, *range(14, 27), *range(28, 32), 127})
_MOST_CONTROL = 0.04
"""A page may hold a stray NUL; random bytes hold 11 % of control characters."""

_PROLOG = re.compile(
    r"(?:\s+|<\?.{0,2000}?\?>|<!--.{0,2000}?-->|<!DOCTYPE[^>\[]{0,500}>)*+", re.DOTALL | re.IGNORECASE
)
_ROOT = re.compile(r"<(?:[\w.-]{1,40}:)?([A-Za-z][\w.-]{0,40})[\s/>]")
_FEEDS = frozenset({"rss", "feed", "rdf", "urlset", "sitemapindex", "opml"})
_DATA = frozenset({"nitf", "newsml", "newsitem", "newsmessage", "packageitem", "plist", "envelope"})
"""Elements that no page begins with."""
_PAGES = re.compile(
    "html|head|body|title|meta|link|article|main|section|div|p|h[1-6]|header|footer|nav|aside|span|a|b|i|em|strong|font|center|blockquote|pre|"
    "ul|ol|dl|table|tbody|tr|td|figure|img|picture|time|br|hr|small|form|iframe|script|style|noscript|template"
)
"""Elements that a page, or a piece of one, may begin with behind an XML declaration."""
_OBJECT = re.compile(r"(?:[\w.$]{1,40}\s*\(\s*)?(?:\[\s*)?\{\s*\"[^\"\n]{1,80}\"\s*:")
"""How JSON begins whose first value is an object, in a call of JSONP or not; it may be broken further on."""
_COLUMN = re.compile(r"\"?[A-Za-z_][A-Za-z0-9_. ]{0,30}\"?")
_COLUMNS = frozenset(
    {
        "url",
        "link",
        "title",
        "headline",
        "text",
        "body",
        "content",
        "html",
        "date",
        "published",
        "author",
        "source",
    }
)
_HEADERS = re.compile(
    r"(?:BEGIN:(?:VCALENDAR|VCARD)\b|(?:[A-Za-z-]{2,40}: [^\n]{0,500}\n(?:[ \t][^\n]{0,500}\n){0,9}){0,20}?MIME-Version:)"
)


def binary(head: bytes) -> str:
    """Return what kind of no-text *head* is the beginning of; empty for text."""
    for offset, magic, what in _MAGIC:
        if head.startswith(magic, offset):
            return what
    if encoding_of(head) != "utf-8":
        return ""
    controls = len(head) - len(head.translate(None, _CONTROL))
    return "of binary bytes" if controls > _MOST_CONTROL * len(head) and not wide_encoding(head) else ""


def data(page: bytes) -> str:
    """Return which kind of data *page* is, and what to do with it; empty when it may be an article.

    A piece of HTML is a page, and so is a text that begins with a bracket or quotes some code further down.
    """
    head = page[:HEAD_BYTES]
    text = head.decode(encoding_of(head), "replace").lstrip("\ufeff \t\r\n")
    if text.startswith("<"):
        return _markup(text)
    if _OBJECT.match(text) or _is_list(page, text):
        return "JSON, and no page: name it .json, or give each of its objects as a line"
    if _HEADERS.match(text):
        return "a message, a saved page in parts or a calendar, and no page: give its text or its HTML alone"
    return "a table, and no page: name it .csv or .tsv" if _is_table(text) else ""


def _markup(text: str) -> str:
    root = _ROOT.match(text, _PROLOG.match(text).end())  # type: ignore[union-attr]  # it matches nothing, too
    name = root[1].lower() if root else ""
    if name in _FEEDS:
        return f"a feed (<{name}>), and no page: name its address to the poller, ./khabar run feeds"
    if name in _DATA or (name and text.startswith("<?xml") and not _PAGES.fullmatch(name)):
        return f"XML (<{name}>), and no page: give the text in it, or its HTML"
    return "a program, and no page: give what it writes" if text.startswith("<?php") else ""


def _is_list(page: bytes, text: str) -> bool:
    """Whether the whole of *page*, which begins as *text*, is a list in JSON; «[تهران]» is none."""
    if not text.startswith("["):
        return False
    try:
        orjson.loads(page.strip())
    except orjson.JSONDecodeError:
        return False
    return True


def _is_table(text: str) -> bool:
    """Whether the first line of *text* names the columns of a table with articles, or with links to them."""
    first, _, rest = text.partition("\n")
    cells = next((cells for by in ",;\t|" if len(cells := first.strip().split(by)) > 1), [])
    named = {cell.strip(' "').lower() for cell in cells}
    return (
        bool(rest.strip())
        and all(map(_COLUMN.fullmatch, map(str.strip, cells)))
        and len(named & _COLUMNS) > 1
    )
