"""Payload → text: base64, byte order marks, declared and guessed charsets."""

from __future__ import annotations

import base64
import binascii
import re

from msgspec import UNSET

from services.clean.page import charsets
from services.clean.page.charsets import Decoded
from shared.errors import BadRecord
from shared.records import Raw
from shared.records.raw import MAX_PAYLOAD_BYTES
from shared.text.unicode_bytes import encoding_of_mark

_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_XML = re.compile(rb"""^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_UTF8 = frozenset({"utf-8", "utf8", "utf_8", "unicode-1-1-utf-8"})
_SEVEN_BIT_SIGNS = ("\x1b", "~{", "+")


def decoded(record: Raw) -> Decoded:
    """Return the payload of *record* as text.

    Raises BadRecord with reason missing_field, undecodable, empty_text or too_large.
    """
    if isinstance(record.payload, str):
        _require_size(len(record.payload.encode()))
        return _of_text(record.payload, _given_charset(record))
    if record.payload_b64 is UNSET:
        raise BadRecord("missing_field", "neither payload nor payload_b64")
    try:
        data = base64.b64decode(record.payload_b64, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadRecord("undecodable", f"payload_b64: {error}") from None
    if not data:
        raise BadRecord("empty_text", "the payload is empty")
    _require_size(len(data))
    return from_bytes(data, _given_charset(record))


def _given_charset(record: Raw) -> str:
    return record.encoding if isinstance(record.encoding, str) else ""


def _of_text(payload: str, charset: str) -> Decoded:
    """Return a payload that came as text; UTF-16 without a mark and seven-bit charsets are read again.

    One that begins with a mark is UTF-8 for sure; the mark stays, since the ledger counts from it.
    """
    if payload.startswith("\ufeff"):
        return Decoded(payload, "utf-8", "utf8")
    if "\0" in payload or (payload.isascii() and any(sign in payload for sign in _SEVEN_BIT_SIGNS)):
        return from_bytes(payload.encode(), charset)
    return Decoded(payload, "utf-8", "utf8")


def _require_size(size: int) -> None:
    if size > MAX_PAYLOAD_BYTES:
        raise BadRecord("too_large", f"the page has {size} bytes, at most {MAX_PAYLOAD_BYTES} are taken")


def from_bytes(data: bytes, named_charset: str = "") -> Decoded:
    """Return *data* as text: by mark, by what its bytes can only be, by the declared charset, by a guess.

    Raises BadRecord (undecodable).
    """
    if marked_charset := encoding_of_mark(data):
        return Decoded(
            data.decode(marked_charset, "replace"), marked_charset.removesuffix("-sig"), "declared"
        )
    names = [name for name in (named_charset, *_named_in(data)) if name]
    return (
        (charsets.as_wide(data) if b"\0" in data else None)
        or (charsets.as_seven_bit(data, names) if data.isascii() else None)
        or charsets.as_utf8(data, named=any(name.lower() in _UTF8 for name in names))
        or next(filter(None, (charsets.as_declared(data, name) for name in names)), None)
        or charsets.as_guessed(data)
    )


def _named_in(data: bytes) -> list[str]:
    head = data[:4096]
    return [match[1].decode("ascii") for match in (_META.search(head), _XML.search(head)) if match]
