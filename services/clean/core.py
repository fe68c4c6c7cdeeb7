"""Prepares one page: payload → charset → markup → characters → typed lines → half-spaces.

Stateless; runs in a process slot.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from msgspec import UNSET
from msgspec.structs import replace

from services.clean.lines import agencies
from services.clean.lines.fingerprint import prints_of
from services.clean.lines.line_signature import short_hash
from services.clean.lines.named_sources import named_sources
from services.clean.page.decoding import decoded
from services.clean.page.page_article import article_of_page
from services.clean.page.published import read_dates
from services.clean.page_half_spaces import SpacedPage, with_half_spaces
from services.clean.prepared_page import PageLine, PreparedPage
from services.clean.typed_lines import TypedPage, publisher_code, type_lines
from shared.records import Raw
from shared.text.match_keys import match_keys


def prepare(record: Raw) -> PreparedPage:
    """Return the page that *record* holds.

    Raises BadRecord with reason missing_field, undecodable or empty_text.
    """
    source = decoded(record)
    article = article_of_page(record, source.text)
    typed, cut_warnings = type_lines(record, article.traced)
    dates = read_dates(typed, article.claims, article.markup.declared)
    spaced = with_half_spaces(typed)
    traced = spaced.traced
    lines = _lines(typed, spaced)
    warnings = (*_charset_warnings(source.basis), *article.warnings, *cut_warnings, *dates.warnings)
    return PreparedPage(
        record=replace(record, payload=UNSET, payload_b64=UNSET, extra=UNSET),
        host=_host(record),
        raw_size=len(source.text),
        text=traced.text,
        runs=traced.runs,
        edits=traced.edits,
        lines=lines,
        sources=tuple(named_sources(agencies.load(), [line.text for line in lines], typed.verdicts)),
        lang_hint=typed.lang_hint,
        published=dates.published,
        modified=dates.modified,
        publisher_code=publisher_code(typed),
        markup=article.markup,
        zwnj_lost=spaced.lost,
        style=spaced.style,
        closings=spaced.closings,
        why=dates.why,
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _charset_warnings(basis: str) -> tuple[str, ...]:
    return (f"charset_{basis}",) if basis in {"guessed", "damaged"} else ()


def _host(record: Raw) -> str:
    """Return the host whose lines are counted together: the domain, the address's host, or the source."""
    domain = record.source.domain if isinstance(record.source.domain, str) else ""
    host = domain or (_hostname(record.url) if isinstance(record.url, str) else "")
    return (host or record.source.id).lower().removeprefix("www.")


def _hostname(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:  # «http://[», and hosts whose letters fold into a delimiter
        return ""


def _lines(typed: TypedPage, spaced: SpacedPage) -> tuple[PageLine, ...]:
    """Return the lines as they travel, with the marks that the lane compares."""
    spans = spaced.spans
    texts = [spaced.traced.text[start:end] for start, end in spans]
    # a half-space that is put in changes no key, a space that is closed does
    keys = match_keys(texts) if spaced.style == "spaces" else typed.keys
    hashes = map(short_hash, typed.signatures)
    raw_spans = typed.traced.raw_spans(typed.spans)
    rows = zip(texts, spans, raw_spans, hashes, keys, typed.verdicts, prints_of(keys), strict=True)
    return tuple(
        PageLine(
            text=text,
            start=start,
            raw_start=raw_start,
            raw_end=raw_end,
            hash=hash_,
            key=key,
            verdict=verdict,
            print=line_print,
        )
        for text, (start, _), (raw_start, raw_end), hash_, key, verdict, line_print in rows
    )
