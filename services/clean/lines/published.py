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
from services.clean.lines.verdicts import NEAR_END_LINES, Verdict
from shared.records import DateValue, Raw, Span
from shared.text import dates, dates_machine, dates_relative
from shared.text.dates_zones import COUNTRIES

LONGEST_DATE_LINE = 90
"""Most code points of a line near an end of the page in which a date without a label counts."""
DATE_SHARE = 0.5
"""Share of such a line that the date must take."""
SURE_OF_RELATIVE = 0.6
"""Confidence in a date that is told from the fetch."""
SURE_WHERE_DISAGREED = 0.7
"""Confidence in a date that another part of the page contradicts."""
_MODIFIED = re.compile(r"به ?روز|بروز|ویرایش|تحدیث|حدث فی|updated|modified|اپ ڈیٹ")
_PUBLISHED = re.compile(r"انتشار|درج|مخابره|نشر|published|posted|اشاعت")

type RawSpan = Callable[[int, int, int], tuple[int, int]]
"""(line, start, end) → where that stands in the payload."""


@dataclass(frozen=True, slots=True)
class PageDates:
    """The dates of a page; *why* gives the reason where one is missing."""

    published: DateValue | None
    modified: DateValue | None
    why: dict[str, str]
    warnings: tuple[str, ...]


type ZoneBasis = Literal["stated", "source_default", "assumed"]


def default_zone(record: Raw, calendar: str, lang: str) -> tuple[str, ZoneBasis]:
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
class RecordDate:
    """A date as the record writes it.

    *unread*: what stands beside its time was not understood, so the record has the day alone.
    """

    value: DateValue
    unread: bool = False


def date_value(date: dates.DateInText, record: Raw, lang: str, *, method: str, span: Span) -> DateValue:
    """Return *date* as the record writes it; a time whose zone is not known is given as a day."""
    zone: str = date.zone
    basis: ZoneBasis = "stated"
    if not zone:
        zone, basis = default_zone(record, date.calendar, lang)
    timed = date.precision != "day" and bool(zone)
    return DateValue(
        value=dates.value(date, zone),
        precision=date.precision if timed else "day",
        calendar=date.calendar,
        tz=zone if timed else UNSET,
        tz_basis=basis if timed else UNSET,
        tolerance_s=86_400 if date.calendar == "islamic-umalqura" else UNSET,
        raw=date.raw,
        span=span,
        method=method,
        confidence=date.confidence,
    )


@dataclass(frozen=True, slots=True)
class LineDate:
    """A date that a line gives, and how it was known to be the page's."""

    line: int
    date: dates.DateInText
    method: str


BARE_DATE_RULES = frozenset({"pattern:date_only"})
"""Rules of lines that are a date and say nothing of it."""


@dataclass(frozen=True, slots=True)
class TypedLines:
    """The lines of a page with their verdicts; *lang* is the language that it seems to be in."""

    record: Raw
    lang: str
    lines: Sequence[str]
    verdicts: Sequence[Verdict]


def read_dates(page: TypedLines, marked: dict[str, RecordDate], raw_span: RawSpan, payload: str) -> PageDates:
    """Return the dates of *page*, from its lines, its markup (*marked*, by role) and the feed."""
    visible: dict[str, RecordDate] = {}
    for role, line_date in _from_lines(page.lang, page.lines, page.verdicts).items():
        start, end = raw_span(line_date.line, line_date.date.start, line_date.date.end)
        span = Span(start=start, end=end, layer="raw")
        value = date_value(line_date.date, page.record, page.lang, method=line_date.method, span=span)
        visible[role] = RecordDate(replace(value, raw=payload[start:end]), bool(line_date.date.unread))
    chosen, warnings = _preferred(visible.get("published"), marked.get("published"))
    chosen = chosen or _from_feed(page.record, page.lang)
    if chosen and chosen.unread:
        warnings = (*warnings, "clock_not_read")
    published = chosen.value if chosen else _from_fetch(page, raw_span, payload)
    why = {} if published else {"published": "no date in page"}
    if published and _in_future(published, page.record.fetched_at):
        why = {"published": f"later than the fetch: {published.raw}"}
        published = None
        warnings = (*warnings, "date_in_future")
    modified = visible.get("modified") or marked.get("modified")
    return PageDates(published, modified.value if modified else None, why, warnings)


def _from_lines(lang: str, lines: Sequence[str], verdicts: Sequence[Verdict]) -> dict[str, LineDate]:
    """Return the first date of each role that the lines state.

    Dates without a label count only when all are of one day: else they belong to other articles of the page.
    """
    labelled: dict[str, LineDate] = {}
    bare: list[LineDate] = []
    for i, (line, verdict) in enumerate(zip(lines, verdicts, strict=True)):
        if verdict.type == "pub_line" and verdict.rule not in BARE_DATE_RULES:
            for role, date in _roles(line, lang):
                labelled.setdefault(role, LineDate(i, date, "pub_line"))
        elif len(line) <= LONGEST_DATE_LINE and (
            verdict.rule in BARE_DATE_RULES or i < NEAR_END_LINES or i >= len(lines) - NEAR_END_LINES
        ):
            lone = dates.parse(line, lang=lang)
            if lone and len(lone.raw) >= DATE_SHARE * len(line):
                bare.append(LineDate(i, lone, "date_line"))
    if bare and "published" not in labelled and len({dated.date.local.date() for dated in bare}) == 1:
        labelled["published"] = max(bare, key=lambda dated: (dated.date.precision != "day", -dated.line))
    return labelled


def _roles(line: str, lang: str) -> list[tuple[str, dates.DateInText]]:
    """Return the dates of a line by role; a line that states both gives them in the order of its labels."""
    folded = signature(line)
    says_modified, says_published = _MODIFIED.search(folded), _PUBLISHED.search(folded)
    if not (says_modified and says_published):
        date = dates.parse(line, lang=lang)
        return [("modified" if says_modified else "published", date)] if date else []
    dates_of_line = dates.find(line, lang=lang)
    if not dates_of_line:
        return []
    order = (
        ("published", "modified")
        if says_published.start() < says_modified.start()
        else ("modified", "published")
    )
    if len(dates_of_line) == 1:
        return [(order[0], dates_of_line[0])]
    return [(order[0], dates_of_line[0]), (order[1], dates_of_line[-1])]


def _preferred(
    stated: RecordDate | None, marked: RecordDate | None
) -> tuple[RecordDate | None, tuple[str, ...]]:
    """Return the visible date, or the markup's when that says the same day more finely, and warnings.

    Where the days differ, a visible date without a label gives way, and there is a warning.
    """
    if stated is None or marked is None:
        return stated or marked, ()
    visible, claimed = stated.value, marked.value
    days_apart = abs(
        (dt.date.fromisoformat(visible.value[:10]) - dt.date.fromisoformat(claimed.value[:10])).days
    )
    labelled = visible.method == "pub_line"
    if days_apart > 1:
        chosen = stated if labelled else marked
        return RecordDate(replace(chosen.value, confidence=SURE_WHERE_DISAGREED), chosen.unread), (
            "dates_disagree",
        )
    finer = visible.precision == "day" and claimed.precision != "day"
    return (marked if finer else stated), ()


def _from_feed(record: Raw, lang: str) -> RecordDate | None:
    """Return the date that the feed gives of the article: a fallback."""
    declared = record.declared.published
    if not isinstance(declared, str):
        return None
    date = dates_machine.declared(declared, lang=lang)
    if not date:
        return None
    value = date_value(date, record, lang, method="declared", span=Span(start=0, end=0, layer="raw"))
    return RecordDate(
        replace(value, fallback="feed", confidence=min(value.confidence, 0.8)), bool(date.unread)
    )


def _from_fetch(page: TypedLines, raw_span: RawSpan, payload: str) -> DateValue | None:
    """Return the date that «۲ ساعت پیش» means when counted from the fetch.

    It is a fallback: the page may have been older.
    """
    zone = default_zone(page.record, "persian", page.lang)[0] or "UTC"
    fetched = dates.parse(page.record.fetched_at)
    if fetched is None:
        return None
    anchor = fetched.local.replace(tzinfo=dt.UTC)
    for i, (line, verdict) in enumerate(zip(page.lines, page.verdicts, strict=True)):
        relative = (
            dates_relative.resolve(line, anchor=anchor, zone_name=zone)
            if verdict.type == "pub_line"
            else None
        )
        if relative:
            date = dates.DateInText(
                relative.start,
                relative.end,
                relative.raw,
                relative.local,
                relative.precision,
                "gregory",
                zone,
                SURE_OF_RELATIVE,
            )
            start, end = raw_span(i, relative.start, relative.end)
            value = date_value(
                date, page.record, page.lang, method="relative", span=Span(start=start, end=end, layer="raw")
            )
            return replace(value, raw=payload[start:end], fallback="fetched")
    return None


def _in_future(value: DateValue, fetched_at: str) -> bool:
    """Tell whether a date is more than a day after the fetch."""
    fetched = dates.parse(fetched_at)
    return fetched is not None and dt.date.fromisoformat(
        value.value[:10]
    ) > fetched.local.date() + dt.timedelta(days=1)
