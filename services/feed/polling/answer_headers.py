"""What the headers of an answer say about asking again. Pure; what cannot be read says nothing."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,12})", re.IGNORECASE)


def fresh_for_s(cache_control: str, age: str) -> float:
    """Return how long an answer stays fresh: ``max-age`` less the ``Age`` that caches have given it."""
    found = _MAX_AGE.search(cache_control)
    return (
        max(0.0, float(found[1]) - (float(age) if age.isdecimal() and len(age) < 13 else 0.0))
        if found
        else 0.0
    )


def retry_after_s(value: str, now_s: float) -> float:
    """Return the seconds to wait that ``Retry-After`` asks for, which is a number of them or a date."""
    value = value.strip()
    if value.isdecimal() and len(value) < 13:
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now_s)
    except (ValueError, OverflowError):
        return 0.0
