"""Moments as numbers: seconds since 1970, or thousandths, millionths and billionths of them.

One reader for feeds, markup and lines.
"""

from __future__ import annotations

import datetime as dt
import math
import re

SECONDS = range(631_152_000, 4_102_444_800)
"""1990 to 2100: when a page can have been published.

The ranges of the units do not meet, and no date of 8, 12 or 14 digits lies in one.
"""
PER_SECOND = (1, 10**3, 10**6, 10**9)
NUMBER = r"(?:\d{9,10}(?:\.\d{1,9})?|\d{12,13}|\d{15,16}|\d{18,19})"
_NUMBER = re.compile(NUMBER, re.ASCII)
_YEAR_TO_HOUR = re.compile(
    r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])", re.ASCII
)
"""Ten digits that may as well be year, month, day and hour (2030011512) are not read as either."""


def moment(value: object) -> dt.datetime | None:
    """Return the moment of a number, or of digits alone; None when it is surely no moment."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value) if "." in value else int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    unit = next((unit for unit in PER_SECOND if int(value) // unit in SECONDS), 0)
    if not unit or _YEAR_TO_HOUR.fullmatch(str(int(value))):
        return None
    return dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(milliseconds=round(value * 1000 / unit))
