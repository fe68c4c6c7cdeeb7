"""Moments: RFC 3339 as records write them, and dates of HTTP and mail, where an offset must stand.

Without an offset RFC 3339 is read as UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from shared.text.digits import fold_digits

_SHAPE = re.compile(
    r"(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?|\d{8}T?\d{6}([.,]\d{1,9})?)\s*(Z|z|UTC|GMT|[+-]\d\d(:?\d\d)?)?",
    re.ASCII,
)
_HEADER = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?\d{1,2}[ -][A-Za-z]{3}[ -](?:\d\d|\d{4})\s+\d{1,2}:\d\d(?::\d\d)?\s+(?:GMT|UTC?|Z|[+-]\d{4})(?:\s*\(\w{1,9}\))?",
    re.ASCII,
)
"""Abbreviated zones are read only where they mean one zone: AST and CST mean others in news than in the RFC.
"""


def milliseconds(moment: str) -> int:
    """Return *moment* as milliseconds since 1970.

    A date alone, a bare number or a week of the year is no moment, though ISO 8601 knows more forms. Raises
    ValueError on these, on «yesterday», on a header without a zone or with an abbreviation of several, and on
    a year outside of 1–9999 in UTC.
    """
    text = fold_digits(moment.strip())
    parsed = _header(text) if _HEADER.fullmatch(text) else _record(text) if _SHAPE.fullmatch(text) else None
    if parsed is None:
        raise ValueError(f"{moment[:60]!r} is no moment: write it as 2026-01-31T12:00:00Z")
    return round(parsed.timestamp() * 1000)


def _record(text: str) -> datetime:
    text = f"{text[:8]}T{text[8:]}" if text[:14].isdecimal() else text
    parsed = datetime.fromisoformat(
        text.replace(",", ".").replace("z", "Z").replace("UTC", "Z").replace("GMT", "Z")
    )
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed


def _header(text: str) -> datetime | None:
    """Return the moment of a date of RFC 9110 or 5322; None with -0000, which stands for an unknown zone."""
    parsed = parsedate_to_datetime(text)
    return parsed if parsed.tzinfo is not None else None
