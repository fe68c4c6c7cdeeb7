"""When the page says it was published: lines that state it, markup, the feed.

Never a guess, and a fallback is always marked.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from msgspec import UNSET
from msgspec.structs import replace

from services.clean.lines.line_signature import signature
from services.clean.lines.verdicts import Verdict
from shared.records import DateValue, Raw, Span
from shared.text import dates, dates_machine, dates_relative
from shared.text.dates_zones import COUNTRIES

ENDS, LONGEST, COVERED = 6, 90, 0.5
"""A date without a label counts in so many lines from either end of a page that have at most so many code
points, when it is this share of them.
"""
RELATIVE = 0.6
"""Confidence in a date that is told from the fetch."""
DISAGREED = 0.7
"""Confidence in a date that another part of the page contradicts."""
_MODIFIED = re.compile(r"به ?روز|بروز|ویرایش|تحدیث|حدث فی|updated|modified|اپ ڈیٹ")
_PUBLISHED = re.compile(r"انتشار|درج|مخابره|نشر|published|posted|اشاعت")

type RawSpan = Callable[[int, int, int], tuple[int, int]]
"""(line, start, end) → where that stands in the payload."""


@dataclass(frozen=True, slots=True)
class Dates:
    """What was found, with the why of what was not."""

    published: DateValue | None
    modified: DateValue | None
    why: dict[str, str]
    warnings: tuple[str, ...]


type Basis = Literal["stated", "source_default", "assumed"]


def default_zone(record: Raw, calendar: str, lang: str) -> tuple[str, Basis]:
    """Return the zone of times whose page states none, and its basis; empty when it is not known."""
    country = record.source.country
    if isinstance(country, str) and country.upper() in COUNTRIES:
        return COUNTRIES[country.upper()], "source_default"
    domain = record.source.domain if isinstance(record.source.domain, str) else ""
    top = domain.rpartition(".")[2].upper()
    if top in COUNTRIES:
        return COUNTRIES[top], "source_default"
    if calendar == "persian" and lang == "fa":
        return COUNTRIES["IR"], "assumed"
    return "", "assumed"


@dataclass(frozen=True, slots=True)
class Told:
    """A date as the record writes it.

    *unread*: what stands beside its time was not understood, so the day alone is given.
    """

    value: DateValue
    unread: bool = False


def date_value(found: dates.Found, record: Raw, lang: str, *, method: str, span: Span) -> DateValue:
    """Return *found* as the record writes it; a time whose zone is not known is given as a day."""
    zone: str = found.zone
    basis: Basis = "stated"
    if not zone:
        zone, basis = default_zone(record, found.calendar, lang)
    timed = found.precision != "day" and bool(zone)
    return DateValue(
        value=dates.value(found, zone),
        precision=found.precision if timed else "day",
        calendar=found.calendar,
        tz=zone if timed else UNSET,
        tz_basis=basis if timed else UNSET,
        tolerance_s=86_400 if found.calendar == "islamic-umalqura" else UNSET,
        raw=found.raw,
        span=span,
        method=method,
        confidence=found.confidence,
    )


@dataclass(frozen=True, slots=True)
class Read:
    """A date that a line gives, and how it was known to be the page's."""

    line: int
    date: dates.Found
    method: str


BARE = frozenset({"pattern:date_only"})
"""Rules of lines that are a date and say nothing of it."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What a page says, line by line: *lang* is the language it seems to be in."""

    record: Raw
    lang: str
    lines: Sequence[str]
    verdicts: Sequence[Verdict]


def read_dates(page: Stated, marked: dict[str, Told], raw_span: RawSpan, payload: str) -> Dates:
    """Return the dates of *page*, from its lines, its markup (*marked*, by role) and the feed."""
    stated: dict[str, Told] = {}
    for role, read in _from_lines(page.lang, page.lines, page.verdicts).items():
        start, end = raw_span(read.line, read.date.start, read.date.end)
        span = Span(start=start, end=end, layer="raw")
        value = date_value(read.date, page.record, page.lang, method=read.method, span=span)
        stated[role] = Told(replace(value, raw=payload[start:end]), bool(read.date.unread))
    told, warnings = _settled(stated.get("published"), marked.get("published"))
    told = told or _from_feed(page.record, page.lang)
    if told and told.unread:
        warnings = (*warnings, "clock_not_read")
    published = told.value if told else _from_fetch(page, raw_span, payload)
    why = {} if published else {"published": "no date in page"}
    if published and _in_future(published, page.record.fetched_at):
        why = {"published": f"later than the fetch: {published.raw}"}
        published = None
        warnings = (*warnings, "date_in_future")
    modified = stated.get("modified") or marked.get("modified")
    return Dates(published, modified.value if modified else None, why, warnings)


def _from_lines(lang: str, lines: Sequence[str], verdicts: Sequence[Verdict]) -> dict[str, Read]:
    """Return the first stated date of each role.

    Without a label, dates of several days are the page's other articles': none counts.
    """
    labelled: dict[str, Read] = {}
    bare: list[Read] = []
    for i, (line, verdict) in enumerate(zip(lines, verdicts, strict=True)):
        if verdict.type == "pub_line" and verdict.rule not in BARE:
            for role, stated in _roles(line, lang):
                labelled.setdefault(role, Read(i, stated, "pub_line"))
        elif len(line) <= LONGEST and (verdict.rule in BARE or i < ENDS or i >= len(lines) - ENDS):
            date = dates.parse(line, lang=lang)
            if date and len(date.raw) >= COVERED * len(line):
                bare.append(Read(i, date, "date_line"))
    if bare and "published" not in labelled and len({read.date.local.date() for read in bare}) == 1:
        labelled["published"] = max(bare, key=lambda read: (read.date.precision != "day", -read.line))
    return labelled


def _roles(line: str, lang: str) -> list[tuple[str, dates.Found]]:
    """Return the dates of a line by role; a line that states both gives them in the order of its labels."""
    folded = signature(line)
    says_modified, says_published = _MODIFIED.search(folded), _PUBLISHED.search(folded)
    if not (says_modified and says_published):
        date = dates.parse(line, lang=lang)
        return [("modified" if says_modified else "published", date)] if date else []
    found_all = dates.find(line, lang=lang)
    if not found_all:
        return []
    order = (
        ("published", "modified")
        if says_published.start() < says_modified.start()
        else ("modified", "published")
    )
    return list(zip(order, (found_all[0], found_all[-1]) if len(found_all) > 1 else found_all, strict=False))


def _settled(stated: Told | None, marked: Told | None) -> tuple[Told | None, tuple[str, ...]]:
    """Return the visible date, unless markup says the same day more finely.

    Where days differ a bare date gives way, and it is said.
    """
    if stated is None or marked is None:
        return stated or marked, ()
    one, two = stated.value, marked.value
    apart = abs((dt.date.fromisoformat(one.value[:10]) - dt.date.fromisoformat(two.value[:10])).days)
    labelled = one.method == "pub_line"
    if apart > 1:
        chosen = stated if labelled else marked
        return Told(replace(chosen.value, confidence=DISAGREED), chosen.unread), ("dates_disagree",)
    finer = one.precision == "day" != two.precision
    return (marked if finer else stated), ()


def _from_feed(record: Raw, lang: str) -> Told | None:
    stated = record.declared.published
    if not isinstance(stated, str):
        return None
    found = dates_machine.declared(stated, lang=lang)
    if not found:
        return None
    value = date_value(found, record, lang, method="declared", span=Span(start=0, end=0, layer="raw"))
    return Told(replace(value, fallback="feed", confidence=min(value.confidence, 0.8)), bool(found.unread))


def _from_fetch(page: Stated, raw_span: RawSpan, payload: str) -> DateValue | None:
    """Return what «۲ ساعت پیش» means from the fetch: a fallback, since the page may have been older."""
    zone = default_zone(page.record, "persian", page.lang)[0] or "UTC"
    fetched = dates.parse(page.record.fetched_at)
    if fetched is None:
        return None
    anchor = fetched.local.replace(tzinfo=dt.UTC)
    for i, (line, verdict) in enumerate(zip(page.lines, page.verdicts, strict=True)):
        told = (
            dates_relative.resolve(line, anchor=anchor, zone_name=zone)
            if verdict.type == "pub_line"
            else None
        )
        if told:
            found = dates.Found(
                told.start, told.end, told.raw, told.local, told.precision, "gregory", zone, RELATIVE
            )
            start, end = raw_span(i, told.start, told.end)
            value = date_value(
                found, page.record, page.lang, method="relative", span=Span(start=start, end=end, layer="raw")
            )
            return replace(value, raw=payload[start:end], fallback="fetched")
    return None


def _in_future(value: DateValue, fetched_at: str) -> bool:
    """Later than a day after the fetch."""
    fetched = dates.parse(fetched_at)
    return fetched is not None and dt.date.fromisoformat(
        value.value[:10]
    ) > fetched.local.date() + dt.timedelta(days=1)
