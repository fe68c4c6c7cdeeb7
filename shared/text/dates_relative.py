"""How long ago a page says it came out («منذ ساعتين»), counted back from the fetch; clean reads this.

In running text: services/extract/dating/relative.py.

Only minutes, hours and days are read: «two weeks ago» names no day. Hours that may lie on either of two days
give nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from shared.text.dates_names import searchable
from shared.text.dates_zones import zone

_NUMBERS = {
    name: value
    for value, names in enumerate(
        ("یک واحد واحده an a one", "دو two", "سه ثلاث ثلاثه three", "چهار اربع اربعه four", "پنج خمس خمسه five", "شش ست سته six",
         "هفت سبع سبعه seven", "هشت ثمانی ثمانیه eight", "نه تسع تسعه nine", "ده عشر عشره ten"), 1)
    for name in names.split()
}  # fmt: skip
_UNITS = {
    **dict.fromkeys(("دقیقه", "دقائق", "minute", "minutes", "min", "mins"), "minute"),
    **dict.fromkeys(("ساعت", "ساعه", "ساعات", "hour", "hours", "hr", "hrs"), "hour"),
    **dict.fromkeys(("روز", "یوم", "یوما", "ایام", "day", "days"), "day"),
}
_DUALS = {"دقیقتین": "minute", "ساعتین": "hour", "یومین": "day"}
_DAYS = {
    **dict.fromkeys(("امروز", "الیوم", "today"), 0),
    **dict.fromkeys(("دیروز", "امس", "yesterday"), -1),
    **dict.fromkeys(("پریروز", "اول امس"), -2),
    **dict.fromkeys(("فردا", "غدا", "tomorrow"), 1),
}


@dataclass(frozen=True, slots=True)
class RelativeDate:
    """A relative phrase at ``text[start:end]``: *local* wall time, as precise as the phrase allows."""

    start: int
    end: int
    raw: str
    local: dt.datetime
    precision: Literal["minute", "day"]


def _alternatives(names: Iterable[str]) -> str:
    return "|".join(sorted(names, key=lambda name: (-len(name), name)))


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """Return the patterns of «منذ ساعتين», «۲ ساعت پیش», «دیروز»."""
    amount = rf"(?P<amount>\d{{1,3}}|{_alternatives(_NUMBERS)})"
    unit = rf"(?P<unit>{_alternatives(_UNITS)})"
    return (
        re.compile(rf"(?<!\w)(?:منذ|قبل)\s+(?P<dual>{_alternatives(_DUALS)})(?!\w)"),
        re.compile(rf"(?<!\w)(?:منذ|قبل)\s+(?:{amount}\s*)?{unit}(?!\w)"),
        re.compile(rf"(?<!\w){amount}\s*{unit}\s*(?:پیش|قبل|ago)(?!\w)"),
        re.compile(rf"(?<!\w)(?P<day>{_alternatives(_DAYS)})(?!\w)"),
    )


def resolve(text: str, *, anchor: dt.datetime, zone_name: str) -> RelativeDate | None:
    """Return the first relative phrase of *text* in *zone_name*; *anchor* (aware): when it was written."""
    folded = searchable(text)
    matches = (pattern.search(folded.text) for pattern in _patterns())
    match = next(filter(None, matches), None)
    moment = (
        _moment(match.groupdict(), anchor.astimezone(zone(zone_name)).replace(tzinfo=None)) if match else None
    )
    if match is None or moment is None:
        return None
    start, end = folded.original_span(*match.span())
    local, precision = moment
    return RelativeDate(start, end, text[start:end], local, precision)


type Moment = tuple[dt.datetime, Literal["minute", "day"]]


def _moment(parts: dict[str, str | None], now: dt.datetime) -> Moment | None:
    """Return the moment meant: minutes to the minute, hours and days to the day; hours only within a day."""
    day, dual, unit = parts.get("day"), parts.get("dual"), parts.get("unit")
    if day:
        return _midnight(now + dt.timedelta(days=_DAYS[day])), "day"
    count = 2 if dual else _amount(parts.get("amount"))
    unit = _DUALS[dual] if dual else _UNITS[unit or ""]
    if unit == "minute":
        return (now - dt.timedelta(minutes=count)).replace(second=0, microsecond=0), "minute"
    if unit == "day":
        return _midnight(now - dt.timedelta(days=count)), "day"
    latest, earliest = now - dt.timedelta(hours=count), now - dt.timedelta(hours=count + 1)
    return (_midnight(latest), "day") if latest.date() == earliest.date() else None


def _midnight(moment: dt.datetime) -> dt.datetime:
    return dt.datetime.combine(moment.date(), dt.time())


def _amount(amount: str | None) -> int:
    if amount is None:
        return 1
    return int(amount) if amount.isdecimal() else _NUMBERS[amount]
