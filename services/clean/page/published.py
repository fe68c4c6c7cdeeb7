"""When a page was published and changed: lines that state it, markup, the feed.

Never a guess, and a fallback says so.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from msgspec import UNSET
from msgspec.structs import replace

from services.clean.lines.line_signature import signature
from services.clean.lines.verdicts import Verdict, is_near_end
from services.clean.page.date_language import date_language
from services.clean.prepared_page import Claim
from services.clean.typed_lines import TypedPage
from shared.records import DateValue, Raw, Span
from shared.text import dates, dates_machine, dates_relative
from shared.text.dates_zones import COUNTRIES

BARE_DATE_RULES = frozenset({"pattern:date_only"})
"""Rules of lines that are a date and say nothing of it."""
LONGEST_DATE_LINE = 90
"""Most code points of a line near an end of the page in which a date without a label counts."""
DATE_SHARE = 0.5
"""Share of such a line that the date must take."""
SURE_OF_FEED = 0.8
"""Confidence in a date that the feed alone gives, at most."""
SURE_OF_RELATIVE = 0.6
"""Confidence in a date that is told from the fetch."""
SURE_WHERE_DISAGREED = 0.7
"""Confidence in a date that another part of the page contradicts."""
_MODIFIED = re.compile(r"به ?روز|بروز|ویرایش|تحدیث|حدث فی|updated|modified|اپ ڈیٹ")
_PUBLISHED = re.compile(r"انتشار|درج|مخابره|نشر|published|posted|اشاعت")

type Role = Literal["published", "modified"]
type ZoneBasis = Literal["stated", "source_default", "assumed"]


@dataclass(frozen=True, slots=True)
class PageDates:
    """The dates of a page; *why* gives the reason where one is missing."""

    published: DateValue | None
    modified: DateValue | None
    why: dict[str, str]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecordDate:
    """A date as the record writes it.

    *clock_unread*: the time beside it was not understood, so the record has the day alone.
    """

    value: DateValue
    clock_unread: bool


@dataclass(frozen=True, slots=True)
class LineDate:
    """A date that a line gives; *method* is how it was known to be the page's."""

    line: int
    date: dates.DateInText
    method: str


def read_dates(typed: TypedPage, claims: dict[str, list[Claim]], declared: Mapping[str, str]) -> PageDates:
    """Return when the page was published and changed, by its lines, the *claims* of its markup and the feed.

    *declared* is what the markup says of itself.
    """
    lang = date_language(
        typed.lang_hint, typed.traced.text, (declared.get("lang"), typed.record.declared.lang)
    )
    stated = _stated_dates(typed, lang)
    lone_times = claims.get("time", []) if len(claims.get("time", ())) == 1 else []
    of_markup = _date_of_markup(typed.record, [*claims.get("published", ()), *lone_times], lang)
    chosen, warnings = _preferred(stated.get("published"), of_markup)
    chosen = chosen or _from_feed(typed.record, lang)
    if chosen and chosen.clock_unread:
        warnings = (*warnings, "clock_not_read")
    published = chosen.value if chosen else _from_fetch(typed, lang)
    why = {} if published else {"published": "no date in page"}
    if published and _in_future(published, typed.record.fetched_at):
        why = {"published": f"later than the fetch: {published.raw}"}
        published = None
        warnings = (*warnings, "date_in_future")
    modified = stated.get("modified") or _date_of_markup(typed.record, claims.get("modified", ()), lang)
    return PageDates(published, modified.value if modified else None, why, warnings)


def _stated_dates(typed: TypedPage, lang: str) -> dict[Role, RecordDate]:
    """Return the dates that the lines of the page state, by role, as they stand in the payload."""
    stated: dict[Role, RecordDate] = {}
    for role, line_date in _line_dates(typed.texts, typed.verdicts, lang).items():
        date = line_date.date
        start, end = typed.raw_span(line_date.line, date.start, date.end)
        span = Span(start=start, end=end, layer="raw")
        value = _date_value(date, typed.record, lang, method=line_date.method, span=span)
        stated[role] = RecordDate(replace(value, raw=typed.traced.raw[start:end]), bool(date.unread))
    return stated


def _line_dates(lines: Sequence[str], verdicts: Sequence[Verdict], lang: str) -> dict[Role, LineDate]:
    """Return the first date of each role that the lines state.

    Dates without a label count only when all are of one day: else they belong to other articles of the page.
    """
    labelled: dict[Role, LineDate] = {}
    bare: list[LineDate] = []
    for i, (line, verdict) in enumerate(zip(lines, verdicts, strict=True)):
        is_bare = verdict.rule in BARE_DATE_RULES
        if verdict.type == "pub_line" and not is_bare:
            for role, date in _dates_by_label(line, lang):
                labelled.setdefault(role, LineDate(i, date, "pub_line"))
        elif len(line) <= LONGEST_DATE_LINE and (is_bare or is_near_end(i, len(lines))):
            lone = dates.parse(line, lang=lang)
            if lone and len(lone.raw) >= DATE_SHARE * len(line):
                bare.append(LineDate(i, lone, "date_line"))
    if bare and "published" not in labelled and len({each.date.local.date() for each in bare}) == 1:
        labelled["published"] = max(bare, key=lambda each: (each.date.precision != "day", -each.line))
    return labelled


def _dates_by_label(line: str, lang: str) -> list[tuple[Role, dates.DateInText]]:
    """Return the dates of a line by role; a line that states both gives them in the order of its labels."""
    folded = signature(line)
    says_modified, says_published = _MODIFIED.search(folded), _PUBLISHED.search(folded)
    if not (says_modified and says_published):
        date = dates.parse(line, lang=lang)
        return [("modified" if says_modified else "published", date)] if date else []
    roles: tuple[Role, Role] = ("published", "modified")
    if says_modified.start() <= says_published.start():
        roles = ("modified", "published")
    dates_of_line = dates.find(line, lang=lang)
    if len(dates_of_line) <= 1:
        return [(roles[0], date) for date in dates_of_line]
    return [(roles[0], dates_of_line[0]), (roles[1], dates_of_line[-1])]


def _date_of_markup(record: Raw, claims: Iterable[Claim], lang: str) -> RecordDate | None:
    """Return the first of *claims* that is a date."""
    for claim in claims:
        date = dates_machine.declared(claim.text, lang=lang)
        if date:
            span = Span(start=claim.start, end=claim.end, layer="raw")
            value = _date_value(date, record, lang, method="markup", span=span)
            return RecordDate(value, bool(date.unread))
    return None


def _preferred(
    stated: RecordDate | None, of_markup: RecordDate | None
) -> tuple[RecordDate | None, tuple[str, ...]]:
    """Return the stated date, or the markup's when that says the same day more finely, and warnings.

    Where the days differ, a stated date without a label gives way, and there is a warning.
    """
    if stated is None or of_markup is None:
        return stated or of_markup, ()
    if abs((_day(stated.value) - _day(of_markup.value)).days) > 1:
        chosen = stated if stated.value.method == "pub_line" else of_markup
        value = replace(chosen.value, confidence=SURE_WHERE_DISAGREED)
        return RecordDate(value, chosen.clock_unread), ("dates_disagree",)
    markup_is_finer = stated.value.precision == "day" and of_markup.value.precision != "day"
    return (of_markup if markup_is_finer else stated), ()


def _from_feed(record: Raw, lang: str) -> RecordDate | None:
    """Return the date that the feed gives of the article: a fallback."""
    declared = record.declared.published
    date = dates_machine.declared(declared, lang=lang) if isinstance(declared, str) else None
    if not date:
        return None
    value = _date_value(date, record, lang, method="declared", span=Span(start=0, end=0, layer="raw"))
    value = replace(value, fallback="feed", confidence=min(value.confidence, SURE_OF_FEED))
    return RecordDate(value, bool(date.unread))


def _from_fetch(typed: TypedPage, lang: str) -> DateValue | None:
    """Return the date that «۲ ساعت پیش» means when counted from the fetch.

    It is a fallback: the page may have been older.
    """
    # «two hours ago» is of no calendar; with Iran's, Persian of an unknown country is read in Iran's time
    zone = _default_zone(typed.record, "persian", lang)[0] or "UTC"
    fetched = dates.parse(typed.record.fetched_at)
    if fetched is None:
        return None
    anchor = fetched.local.replace(tzinfo=dt.UTC)
    for i, (line, verdict) in enumerate(zip(typed.texts, typed.verdicts, strict=True)):
        if verdict.type != "pub_line":
            continue
        relative = dates_relative.resolve(line, anchor=anchor, zone_name=zone)
        if relative:
            date = dates.DateInText(
                start=relative.start,
                end=relative.end,
                raw=relative.raw,
                local=relative.local,
                precision=relative.precision,
                calendar="gregory",
                zone=zone,
                confidence=SURE_OF_RELATIVE,
            )
            start, end = typed.raw_span(i, relative.start, relative.end)
            span = Span(start=start, end=end, layer="raw")
            value = _date_value(date, typed.record, lang, method="relative", span=span)
            return replace(value, raw=typed.traced.raw[start:end], fallback="fetched")
    return None


def _date_value(date: dates.DateInText, record: Raw, lang: str, *, method: str, span: Span) -> DateValue:
    """Return *date* as the record writes it; a time whose zone is not known is given as a day."""
    zone: str = date.zone
    basis: ZoneBasis = "stated"
    if not zone:
        zone, basis = _default_zone(record, date.calendar, lang)
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


def _default_zone(record: Raw, calendar: str, lang: str) -> tuple[str, ZoneBasis]:
    """Return the zone of times whose page states none, and its basis; empty when it is not known."""
    domain = record.source.domain if isinstance(record.source.domain, str) else ""
    for country in (record.source.country, domain.rpartition(".")[2]):
        if isinstance(country, str) and country.upper() in COUNTRIES:
            return COUNTRIES[country.upper()], "source_default"
    return (COUNTRIES["IR"] if calendar == "persian" and lang == "fa" else ""), "assumed"


def _in_future(value: DateValue, fetched_at: str) -> bool:
    """Tell whether a date is more than a day after the fetch."""
    fetched = dates.parse(fetched_at)
    return fetched is not None and _day(value) > fetched.local.date() + dt.timedelta(days=1)


def _day(value: DateValue) -> dt.date:
    return dt.date.fromisoformat(value.value[:10])
