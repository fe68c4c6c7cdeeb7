"""Web archives (WARC) → submissions: the HTML pages that a crawler got, their bytes as the server meant."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader

from services.feed.core import Item, host_of, require_page
from services.feed.forms.light_page import lightened
from services.feed.reading.job import Job
from services.feed.reading.unpacked import Unpacked
from services.feed.submission import Submission
from shared.errors import BadRecord
from shared.records.raw import MAX_PAYLOAD_BYTES
from shared.wire import codec

PAGES = frozenset({"text/html", "application/xhtml+xml"})
MOST_BYTES = 4 * MAX_PAYLOAD_BYTES
"""No page of more bytes is read whole: it is refused in any case."""


def pages(stream: Unpacked, where: str, job: Job) -> Iterator[Submission]:
    """Yield the pages of an archive; where it is broken or ends too early, ``stream.fault`` says so.

    warcio reads the records; *stream* unpacks them, because warcio passes over a truncated gzip in silence
    (its issue 138).
    """
    archive = ArchiveIterator(stream)
    archive.INC_RECORD = ""  # it would be written to stderr
    number = 0
    try:
        while True:
            number += 1
            with _as_refusal(f"record {number} is no WARC"):
                record = next(archive, None)
            if record is None:
                return
            what = _passed_over(record)
            if what:
                job.passed_over[what] += 1
            else:
                yield _page(record, f"{where} record {number}", job)
    except BadRecord as error:
        stream.fault = error


@contextmanager
def _as_refusal(what: str) -> Iterator[None]:
    """Turn whatever warcio raises on a broken archive into a refusal: a dozen types, even AttributeError."""
    try:
        yield
    except Exception as error:
        raise BadRecord(
            "undecodable", f"{what} ({type(error).__name__}: {' '.join(str(error).split())[:150]})"
        ) from error


def _passed_over(record: Any) -> str:
    """Return what kind of a record it is, if it is none with a page.

    Raises BadRecord when its head is cut off.
    """
    if record.rec_type is None:
        raise BadRecord(
            "undecodable", "truncated: the archive ends within the head of a record; fetch it again"
        )
    if record.rec_type != "response":
        return f"{record.rec_type} records"
    if record.http_headers is None:
        return "responses without HTTP"
    if not (record.http_headers.get_statuscode() or "").startswith("2"):
        return "responses with another status than 2xx"
    return "" if _media_type(record)[0] in PAGES else "responses that are no HTML"


def _media_type(record: Any) -> tuple[str, str]:
    """Return the media type of a response, and its charset if it is declared."""
    kind, *parameters = (record.http_headers.get_header("Content-Type") or "").split(";")
    named = dict(one.strip().partition("=")[::2] for one in parameters)
    charset = next((value for name, value in named.items() if name.lower() == "charset"), "")
    return kind.strip().lower(), charset.strip("\"' ")[:100]


def _page(record: Any, where: str, job: Job) -> Submission:
    """Return the page of a response. Raises BadRecord when the archive ends within it."""
    headers = record.http_headers
    url = record.rec_headers.get_header("WARC-Target-URI") or ""
    with _as_refusal(f"{where} cannot be read"):
        chunked = (headers.get_header("Transfer-Encoding") or "").lower() == "chunked"
        body = (ChunkedDataReader(record.raw_stream) if chunked else record.raw_stream).read(MOST_BYTES)
    if len(body) < MOST_BYTES and getattr(record.raw_stream, "limit", 0) > 0:
        raise BadRecord(
            "undecodable",
            f"truncated: it ends within {where}, {url[:200]}; what came before was read; fetch it again",
        )
    media_type, charset = _media_type(record)
    fields = {
        "source": job.source or host_of(url),
        "url": url,
        "fetched_at": record.rec_headers.get_header("WARC-Date"),
        "media_type": media_type,
        "encoding": charset,
    }
    try:
        payload = _undone(body, (headers.get_header("Content-Encoding") or "").strip().lower())
        if len(payload) < MOST_BYTES:  # else it is cut off
            payload = lightened(payload, MAX_PAYLOAD_BYTES)
        require_page(payload)
        item = codec.typed({name: value for name, value in fields.items() if value}, Item)
    except BadRecord as error:
        return Submission.refusal(where, body, error)
    return Submission(where, payload, item, payload)


def _undone(body: bytes, encoding: str) -> bytes:
    """Return *body* without its Content-Encoding; many crawlers undo it and leave the header.

    Raises BadRecord.
    """
    if encoding in ("", "identity") or body.lstrip()[:1] == b"<":
        return body
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise BadRecord(
            "undecodable",
            f"Content-Encoding {encoding[:40]!r} cannot be undone here: let the crawler ask for gzip",
        )
    for wbits in (47, -15):  # gzip or zlib by its head; «deflate» without a head
        try:
            return zlib.decompressobj(wbits).decompress(body, MOST_BYTES)
        except zlib.error:
            continue
    raise BadRecord("undecodable", f"the page is not in its Content-Encoding, {encoding}")
