"""When a page was published and changed, from its lines and its markup together."""

from __future__ import annotations

from collections.abc import Mapping

from services.clean.lines.published import Dates, Stated, Told, date_value, read_dates
from services.clean.page.date_language import date_language
from services.clean.prepared import Claim
from services.clean.typed import Typed
from shared.records import Span
from shared.text import dates_machine


def dated(typed: Typed, claims: dict[str, list[Claim]], declared: Mapping[str, str]) -> Dates:
    """Return what the lines of *typed* and the *claims* of its markup say of its dates.

    *declared* is what the markup says of itself.
    """
    lang = date_language(
        typed.lang_hint, typed.traced.text, (declared.get("lang"), typed.record.declared.lang)
    )
    marked = {
        role: told for role in ("published", "modified") if (told := _marked_date(typed, claims, role, lang))
    }
    stated = Stated(typed.record, lang, typed.texts, typed.verdicts)
    return read_dates(stated, marked, typed.raw_span, typed.traced.raw)


def _marked_date(typed: Typed, claims: dict[str, list[Claim]], role: str, lang: str) -> Told | None:
    """Return the first date that markup states for *role*; a lone <time> counts as published."""
    lone = claims.get("time", []) if role == "published" and len(claims.get("time", ())) == 1 else []
    for claim in (*claims.get(role, ()), *lone):
        found = dates_machine.declared(claim.text, lang=lang)
        if found:
            span = Span(start=claim.start, end=claim.end, layer="raw")
            return Told(date_value(found, typed.record, lang, method="markup", span=span), bool(found.unread))
    return None
