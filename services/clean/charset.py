"""Payload → text: base64, byte order marks, declared and guessed charsets."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from dataclasses import dataclass

from msgspec import UNSET

from shared.errors import BadRecord
from shared.records import Raw
from shared.records.raw import MAX_PAYLOAD_BYTES

_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_XML = re.compile(rb"""^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_AS_BROWSERS = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252", "windows-1256": "cp1256", "x-sjis": "shift_jis", "gb2312": "gb18030", "gbk": "gb18030", "ks_c_5601-1987": "cp949", "iso-8859-9": "cp1254"}  # fmt: skip
"""Charsets that pages name and browsers read otherwise (WHATWG Encoding)."""
SAMPLE_BYTES = 60_000
LEAST_SOUND = 0.97
"""A declared charset is believed when at least this share of what it gives is not a replacement sign."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The payload as *text*, its *charset*, and how that was known: utf8, declared, guessed."""

    text: str
    charset: str
    basis: str


def decoded(record: Raw) -> Decoded:
    """Return the payload of *record* as text; raises BadRecord with reason missing_field, undecodable, empty_text or too_large."""
    if isinstance(record.payload, str):
        _require_size(len(record.payload.encode()))
        return Decoded(record.payload, "utf-8", "utf8")
    if record.payload_b64 is UNSET:
        raise BadRecord("missing_field", "neither payload nor payload_b64")
    try:
        data = base64.b64decode(record.payload_b64, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadRecord("undecodable", f"payload_b64: {error}") from None
    if not data:
        raise BadRecord("empty_text", "the payload is empty")
    _require_size(len(data))
    return from_bytes(data, record.encoding if isinstance(record.encoding, str) else "")


def _require_size(size: int) -> None:
    if size > MAX_PAYLOAD_BYTES:
        raise BadRecord("too_large", f"the page has {size} bytes, at most {MAX_PAYLOAD_BYTES} are taken")


def from_bytes(data: bytes, declared: str = "") -> Decoded:
    """Return *data* as text: a byte order mark, strict UTF-8, the declared charset, a guess; raises BadRecord (undecodable)."""
    for mark, charset in _BOMS:
        if data.startswith(mark):
            return Decoded(data.decode(charset, "replace"), charset.removesuffix("-sig"), "declared")
    try:
        return Decoded(data.decode("utf-8"), "utf-8", "utf8")
    except UnicodeDecodeError:
        pass
    for name in (declared, *_named_in(data)):
        found = _decode(data, name)
        if found:
            return found
    return _guessed(data)


def _named_in(data: bytes) -> list[str]:
    head = data[:4096]
    return [match[1].decode("ascii") for match in (_META.search(head), _XML.search(head)) if match]


def _decode(data: bytes, name: str) -> Decoded | None:
    """Decode as browsers do; None for an unknown name, or when the bytes speak against it."""
    charset = _AS_BROWSERS.get(name.lower(), name)
    try:
        text = data.decode(charset, "replace")
    except (LookupError, ValueError):
        return None
    if not charset or text.count("\ufffd") > (1 - LEAST_SOUND) * max(1, len(text)):
        return None
    return Decoded(text, charset, "declared")


def _guessed(data: bytes) -> Decoded:
    """Guess on a sample; the rest is decoded with what was found."""
    from charset_normalizer import from_bytes as guess  # noqa: PLC0415 - 40 ms and 8 MB, needed by one page in a thousand

    best = guess(data[:SAMPLE_BYTES]).best()
    if best is None or best.could_be_from_charset is None:
        raise BadRecord("undecodable", f"{len(data)} bytes in no known charset")
    text = data.decode(best.encoding, "replace")
    if text.count("\ufffd") > 0.05 * len(text):
        raise BadRecord("undecodable", f"{len(data)} bytes in no known charset")
    return Decoded(text, best.encoding, "guessed")
