"""Times of day beside a date: 24 and 12 hours, half days in three languages, and the zone they are told in."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from shared.text.dates_zones import DOUBTFUL, PLACES

_CLOCK = re.compile(r"(?<![\d:.])(?P<hour>[01]?\d|2[0-3])[:h](?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:[.,]\d{1,9})?)?(?![\d:])")
_COMPACT = re.compile(r"t(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)(?P<second>[0-5]\d)?(?!\d)")
_MORNING = "ص|صباحا|صباح|صبح|بامداد|ق ?\\.ظ\\.?|ق ظ|قبل ?از ?ظهر|فجرا|am|a\\.m\\.?"
_EVENING = "م|مساء|مساءا|عصر|عصرا|ب ?\\.ظ\\.?|ب ظ|بعد ?از ?ظهر|بعداز ظهر|pm|p\\.m\\.?"
_DOUBTFUL_HALF = "شب|لیلا|ظهر|ظهرا"
_HALF_DAY = re.compile(rf"\s?(?:در\s)?(?:(?P<morning>{_MORNING})|(?P<evening>{_EVENING})|(?P<doubtful>{_DOUBTFUL_HALF}))(?!\w)")
_OFFSET = re.compile(r"\s?\(?(?P<gmt>gmt|utc)?\s?(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>[0-5]\d))?\)?(?![\d:/])")
_ZONE_WORD = re.compile(r"\s?[(،,]?\s?(?:به ?وقت|بتوقیت|توقیت|بوقت)\s+(?P<place>\w+(?:\s\w+)?)")
_ABBREVIATION = re.compile(r"\s?\(?(?P<name>[a-z]{1,4})\)?(?!\w)")
GAP = 30
"""Most characters between a date and its time; digits may not stand between them."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day at ``text[start:end]`` of the folded text; *zone* is an IANA name, an offset or empty."""

    start: int
    end: int
    time: dt.time
    precision: Literal["minute", "second"]
    zone: str


def clock_near(text: str, start: int, end: int) -> Clock | None:
    """Return the time of day that belongs to the date at ``text[start:end]``: after it, else before it."""
    window = text[end : end + GAP + 16]
    compact = _COMPACT.match(window)
    found = compact or _CLOCK.search(window.replace("t", " "))
    if found and not any(c.isdigit() for c in window[: found.start()]) and found.start() <= GAP:
        return _clock(text, _CLOCK.match(text, end + found.start()) or _COMPACT.match(text, end + found.start()))
    left = max(0, start - GAP - 8)
    before = [m for m in _CLOCK.finditer(text, left, start) if not any(c.isdigit() for c in text[m.end() : start])]
    return _clock(text, before[-1]) if before else None


def _clock(text: str, found: re.Match[str] | None) -> Clock | None:
    if found is None:
        return None
    hour, at = _hour(text, found)
    if hour is None:
        return None
    zone, end = _zone(text, at)
    if zone is None:
        return None
    second = found["second"]
    return Clock(found.start(), end, dt.time(hour, int(found["minute"]), int(second or 0)), "second" if second else "minute", zone)


def _hour(text: str, found: re.Match[str]) -> tuple[int | None, int]:
    """Return the hour of 24, and where the half day ends; None when «12 at night» leaves it open."""
    hour = int(found["hour"])
    half = _HALF_DAY.match(text, found.end())
    if half is None:
        return hour, found.end()
    if hour > 12 or hour == 0:
        return hour, half.end()
    if half["morning"]:
        return hour % 12, half.end()
    if half["evening"]:
        return hour % 12 + 12, half.end()
    return None, half.end()


@cache
def _places() -> dict[str, str]:
    return {name.replace(" ", ""): zone for name, zone in PLACES.items()}


def _zone(text: str, at: int) -> tuple[str | None, int]:
    """Return the stated zone and where it ends; empty when none is stated, None when it is not known which one is meant."""
    offset = _OFFSET.match(text, at)
    if offset and int(offset["hours"]) <= 14 and (offset["gmt"] or len(offset["hours"]) == 2):
        return f"{offset['sign']}{int(offset['hours']):02d}:{offset['minutes'] or '00'}", offset.end()
    place = _ZONE_WORD.match(text, at)
    if place:
        words = place["place"].split()
        for size in (2, 1):
            zone = _places().get("".join(words[:size]))
            if zone:
                return zone, place.end()
        return None, at
    name = _ABBREVIATION.match(text, at)
    if name and name["name"] in DOUBTFUL:
        return None, at
    if name and name["name"] in PLACES:
        return PLACES[name["name"]], name.end()
    return "", at
