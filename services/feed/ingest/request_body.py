"""Reads a request's articles as unpacked lines, bounded in size and in the time a client may take."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

from aiohttp.web import BaseRequest, RequestPayloadError

from services.feed.forms.text_charset import utf8
from services.feed.ingest.gunzip import Broken, Gunzip
from services.feed.ingest.http_problem import Problem
from services.feed.ingest.in_flight_room import Share

ONE, LINES = frozenset({"application/json"}), frozenset({"application/x-ndjson", "application/jsonl"})
PACKED, PLAIN = frozenset({"gzip", "x-gzip"}), frozenset({"", "identity"})
UTF8 = frozenset({"", "utf-8", "utf8", "us-ascii"})

LARGEST = 16 << 20
"""Bytes of a body, unpacked.

A page has at most 2 MB, so that this is eight of the largest or 3,000 usual ones.
"""

MOST_LINES = 10_000
PATIENCE_S = 10.0
LEAST_RATE = 16 << 10
"""A body has ten seconds, and a second more for every so many bytes that came."""


class HalfSent(Exception):
    """The client has closed its side before the body was whole."""


def is_one_object(request: BaseRequest) -> bool:
    """Say whether the body is one JSON object and not JSON lines.

    Raises Problem 413 or 415 for a body that is not to be read.
    """
    if request.content_type not in ONE | LINES or (request.charset or "").lower() not in UTF8:
        taken = "application/json (one object), application/x-ndjson or application/jsonl (an object a line), in UTF-8"
        raise Problem(415, f"the door takes {taken}", headers={"Accept-Post": ", ".join(sorted(ONE | LINES))})
    if _encoding(request) not in PACKED | PLAIN:
        raise Problem(
            415, "the door takes Content-Encoding gzip, once, or none", headers={"Accept-Encoding": "gzip"}
        )
    if (request.content_length or 0) > LARGEST:
        raise _too_large()
    return request.content_type in ONE


def _encoding(request: BaseRequest) -> str:
    return ",".join(request.headers.getall("Content-Encoding", ())).strip().lower()


def _too_large() -> Problem:
    return Problem(413, f"a body may have {LARGEST} bytes unpacked: send fewer articles at once")


async def lines(request: BaseRequest, share: Share) -> list[tuple[int, bytes]]:
    """Return the numbers and bytes of the lines of the body that hold something.

    Raises Problem 400, 408, 413 or 429.
    """
    body = await _whole(request, share)
    if body.count(b"\n") > MOST_LINES:
        raise Problem(413, f"a body may have {MOST_LINES} lines: send fewer articles at once")
    found = [(at, line.rstrip(b"\r")) for at, line in enumerate(body.split(b"\n"), 1) if line.strip()]
    share.take(articles=len(found))
    return found


async def one_object(request: BaseRequest, share: Share) -> list[tuple[int, bytes]]:
    """Return the whole body as the one line it stands for. Raises Problem 400, 408, 413 or 429."""
    body = await _whole(request, share)
    share.take(articles=1)
    return [(1, body)]


async def _whole(request: BaseRequest, share: Share) -> bytes:
    """Return the body, unpacked."""
    held, packed, came = bytearray(), Gunzip() if _encoding(request) in PACKED else None, 0
    try:
        async for part in _parts(request):
            came += len(part)
            for piece in _pieces(packed, part):
                held += piece
                share.take(size=len(piece))
                if max(len(held), came) > LARGEST:
                    raise _too_large()
        if packed is not None:
            packed.end()
    except Broken as error:
        raise Problem(400, f"the body is no whole gzip stream: {error}") from None
    if not held.strip():
        raise Problem(400, "the body holds no article")
    return b"".join(utf8((bytes(held),)))


async def _parts(request: BaseRequest) -> AsyncIterator[bytes]:
    """Yield the body as it comes, while it comes fast enough."""
    came, begun = 0, asyncio.get_running_loop().time()
    try:
        while not request.content.is_eof():
            async with asyncio.timeout_at(begun + PATIENCE_S + came / LEAST_RATE):
                part = await request.content.readany()
            came += len(part)
            yield part
        yield request.content.read_nowait()  # a usual request has come whole before it is answered
    except TimeoutError:
        raise Problem(408, f"the body came at less than {LEAST_RATE} bytes a second", ends=True) from None
    except RequestPayloadError as error:
        raise Problem(400, f"the body is not as HTTP wants it: {error}", ends=True) from None
    except HalfSent:
        raise Problem(
            400, f"the body ended after {came} bytes, before the length it was said to have", ends=True
        ) from None


def _pieces(packed: Gunzip | None, part: bytes) -> Iterator[bytes]:
    if packed is None:
        yield part
    else:
        yield from packed.unpack(part)
