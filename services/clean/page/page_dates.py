"""When a page was published and changed, from its lines and its markup together."""

from __future__ import annotations

from collections.abc import Mapping

from services.clean.lines.published import PageDates, RecordDate, TypedLines, date_value, read_dates
from services.clean.page.date_language import date_language
from services.clean.prepared_page import Claim
from services.clean.typed_lines import TypedPage
from shared.records import Span
from shared.text import dates_machine


def page_dates(typed: TypedPage, claims: dict[str, list[Claim]], declared: Mapping[str, str]) -> PageDates:
    """Return what the lines of *typed* and the *claims* of its markup say of its dates.

    *declared* is what the markup says of itself.
    """
    lang = date_language(
        typed.lang_hint, typed.traced.text, (declared.get("lang"), typed.record.declared.lang)
    )
    marked = {
        role: date for role in ("published", "modified") if (date := _marked_date(typed, claims, role, lang))
    }
    lines = TypedLines(typed.record, lang, typed.texts, typed.verdicts)
    return read_dates(lines, marked, typed.raw_span, typed.traced.raw)


def _marked_date(typed: TypedPage, claims: dict[str, list[Claim]], role: str, lang: str) -> RecordDate | None:
    """Return the first date that markup states for *role*; a lone <time> counts as published."""
    lone = claims.get("time", []) if role == "published" and len(claims.get("time", ())) == 1 else []
    for claim in (*claims.get(role, ()), *lone):
        date = dates_machine.declared(claim.text, lang=lang)
        if date:
            span = Span(start=claim.start, end=claim.end, layer="raw")
            return RecordDate(
                date_value(date, typed.record, lang, method="markup", span=span), bool(date.unread)
            )
    return None
