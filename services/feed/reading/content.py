"""The content of a file, by its kind → submissions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from services.feed.core import Item, require_page
from services.feed.forms import no_page
from services.feed.forms.light_page import lightened
from services.feed.forms.text_charset import encoding_of, utf8
from services.feed.reading import table_rows, web_archive
from services.feed.reading.file_kind import Kind, ending
from services.feed.reading.job import Job
from services.feed.reading.json_elements import ElementCutter
from services.feed.reading.line_cutter import Line, LineCutter
from services.feed.reading.refused_file import readable
from services.feed.reading.unpacked import Unpacked
from services.feed.submission import Submission
from shared.errors import BadRecord
from shared.records.raw import MAX_PAYLOAD_BYTES

MOST_BYTES = 4 * MAX_PAYLOAD_BYTES
"""No page of more bytes is read whole, however much of it is code."""
MEDIA_TYPES = {
    ".txt": "text/plain",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
}

_OPENED = re.compile(r"\{[ \t]*(?:\"[^\"\n]{1,80}\"[ \t]*:[^\n]*[,{\[][ \t]*)?\r?\n")
"""How an object begins that is written over several lines."""


def of_kind(kind: Kind, stream: Unpacked, path: Path, job: Job) -> Iterator[Submission]:
    """Yield what the file *path* of *kind* holds, read from *stream*; raises BadRecord for all of it."""
    where = readable(str(path))
    if kind == "page":
        yield _page(stream, path, where, job)
    elif kind == "warc":
        yield from web_archive.pages(stream, where, job)
    elif kind == "table":
        yield from table_rows.rows(_lines(stream, stream), where, job, tabs=ending(path.name) == ".tsv")
    else:
        yield from articles(
            stream.head(no_page.HEAD_BYTES), stream, where, job, of=stream, whole=kind == "json"
        )


def articles(
    head: bytes,
    chunks: Iterable[bytes],
    where: str,
    job: Job,
    *,
    of: Unpacked | None = None,
    whole: bool = False,
) -> Iterator[Submission]:
    """Yield the articles in JSON whose first bytes are *head*.

    They are an array, objects written over several lines, or else one a line. *whole*: its name says that it
    is JSON and no lines. Raises BadRecord for markup, of which every line would be refused alone.
    """
    text = head.decode(encoding_of(head), "replace").lstrip("\ufeff \t\r\n")
    if text.startswith("<"):
        raise BadRecord(
            "wrong_type",
            f"it is {no_page.data(head) or 'a page of markup: name it .html'}, where JSON is read",
        )
    if whole or text.startswith("[") or _OPENED.match(text):
        yield from _elements(chunks, where, job, of)
    else:
        yield from _json_lines(chunks, where, job, of)


def _json_lines(chunks: Iterable[bytes], where: str, job: Job, of: Unpacked | None) -> Iterator[Submission]:
    """Yield the articles in JSON lines.

    The last line counts even when nothing ended it, unless the file *of* which it is was cut off.
    """
    for line in _lines(chunks, of):
        data = line.data.rstrip(b"\r")
        place = f"{where}:{line.number}"
        if line.size > len(line.data):
            why = f"a line of {line.size} bytes: the first {len(line.data)} are kept"
            yield Submission.refusal(place, data, BadRecord("too_large", why))
        elif data.strip():
            yield Submission.of_line(data, place, job.source, job.shape)


def _lines(chunks: Iterable[bytes], of: Unpacked | None) -> Iterator[Line]:
    cutter = LineCutter()
    for chunk in utf8(chunks):
        yield from cutter.cut(chunk)
    rest = cutter.rest()
    if rest is not None and (of is None or of.fault is None):
        yield rest


def _elements(chunks: Iterable[bytes], where: str, job: Job, of: Unpacked | None) -> Iterator[Submission]:
    cutter = ElementCutter()
    number = -1
    for chunk in utf8(chunks):
        for element in cutter.cut(chunk):
            number += 1
            yield Submission.of_line(element, f"{where}[{number}]", job.source, job.shape)
    rest = cutter.rest()
    if rest and (of is None or of.fault is None):
        yield Submission.of_line(rest, f"{where}[{number + 1}]", job.source, job.shape)


def _page(stream: Unpacked, path: Path, where: str, job: Job) -> Submission:
    given = stream.whole(MOST_BYTES + 1)
    payload = lightened(given, MAX_PAYLOAD_BYTES)
    if stream.fault is not None:
        raise stream.fault
    if len(payload) > MAX_PAYLOAD_BYTES or len(given) > MOST_BYTES:
        raise BadRecord(
            "too_large",
            f"a page has at most {MAX_PAYLOAD_BYTES} bytes without its code and pictures, {MOST_BYTES} with them",
        )
    require_page(payload)
    source = job.source or readable(path.resolve().parent.name) or "files"
    return Submission(where, payload, Item(source=source, media_type=MEDIA_TYPES[ending(path.name)]), payload)
