"""Prepares one page: payload → charset → markup → characters → typed lines → half-spaces. Stateless; runs in a process slot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from msgspec import UNSET
from msgspec.structs import replace

from services.clean import agencies, extraction, markup, patterns, spacing, spacing_style, wrapping
from services.clean.attribution import named_sources
from services.clean.characters import normalise, repaired
from services.clean.charset import decoded
from services.clean.fingerprint import prints_of
from services.clean.json_body import json_body
from services.clean.language import SURE, hint
from services.clean.ledger import Edit, Traced, trace
from services.clean.lines import Verdict, judge
from services.clean.page import Claim, Line, Markup, Page
from services.clean.published import Dates, Stated, date_value, read_dates
from services.clean.signature import of_key, short_hash, signature
from shared.errors import BadRecord
from shared.records import DateValue, PublisherCode, Raw, Span
from shared.records.clean import LangHint
from shared.text import dates
from shared.text.digits import fold_digits
from shared.text.key import match_key
from shared.text.letters import ZWNJ

MOST_CHARACTERS = 200_000
MOST_LINES = 5_000
ENOUGH_HALF_SPACES = 20 / 1000
"""Half-spaces a word from which a text is intact: 15 % of Persian agency text's words hold one, 0 of a damaged page's."""

_LINE = re.compile(r"[^\n]+")
_CODE = re.compile(r"(?<![\w-])(?:[0-9]{3,20}|(?=[A-Za-z-]{0,20}[0-9])[A-Za-z0-9-]{4,30})(?![\w-])")
_STATED = frozenset({"news_code", "pub_line", "source_line"})
_MOST_STATED = 12


@dataclass(frozen=True, slots=True)
class Article:
    """The text of an article before its lines are judged, what its markup claims, and what went wrong so far."""

    traced: Traced
    markup: Markup
    claims: dict[str, list[Claim]]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Typed:
    """A page's text with its lines: where each stands, its match key, its signature and its verdict."""

    record: Raw
    lang_hint: LangHint
    traced: Traced
    spans: list[tuple[int, int]]
    texts: list[str]
    keys: list[str]
    signatures: list[str]
    verdicts: list[Verdict]

    def raw_span(self, line: int, start: int, end: int) -> tuple[int, int]:
        """Return where ``texts[line][start:end]`` stands in the payload."""
        at = self.spans[line][0]
        return self.traced.raw_span(at + start, at + end)

    @property
    def lang(self) -> str:
        """The language that the page is surely in, or empty."""
        return self.lang_hint.lang if self.lang_hint.confidence >= SURE else ""


@dataclass(frozen=True, slots=True)
class Spaced:
    """A text after its half-spaces, its lines' *spans*, how many were *lost*; *closings*: spaces that the host's style would close."""

    traced: Traced
    spans: list[tuple[int, int]]
    style: spacing_style.Style = "untold"
    lost: int = 0
    closings: tuple[int, ...] = ()


def prepare(record: Raw) -> Page:
    """Return the page that *record* holds.

    Raises BadRecord with reason missing_field, undecodable or empty_text.
    """
    source = decoded(record)
    article, mended = _mended(_article(record, source.text))
    typed, cut = _typed(record, article.traced)
    found = _dates(typed, article.claims)
    spaced = _half_spaces(typed)
    traced = spaced.traced
    lines = _lines(typed, spaced)
    return Page(
        record=replace(record, payload=UNSET, payload_b64=UNSET, extra=UNSET),
        host=_host(record),
        raw_size=len(source.text),
        text=traced.text,
        runs=traced.runs,
        edits=traced.edits,
        lines=lines,
        sources=tuple(named_sources(agencies.load(), [line.text for line in lines], typed.verdicts)),
        lang_hint=typed.lang_hint,
        published=found.published,
        modified=found.modified,
        publisher_code=_publisher_code(typed),
        markup=article.markup,
        zwnj_lost=spaced.lost,
        style=spaced.style,
        closings=spaced.closings,
        why=found.why,
        warnings=tuple(dict.fromkeys((*_charset_warnings(source.basis), *mended, *article.warnings, *cut, *found.warnings))),
    )


def _typed(record: Raw, traced: Traced) -> tuple[Typed, tuple[str, ...]]:
    """Put the characters right and type the lines; raises BadRecord (empty_text)."""
    lang_hint = hint(traced.text)
    traced, cut = _capped(normalise(traced, lang_hint.lang if lang_hint.confidence >= SURE else ""))
    traced = traced.edited([(at, at + 1, " ", "unwrapped") for at in wrapping.joints(traced.text)])
    if not any(c.isalnum() for c in traced.text):
        raise BadRecord("empty_text", "no letter or digit in the page")
    spans = [m.span() for m in _LINE.finditer(traced.text)]
    texts = [traced.text[a:b] for a, b in spans]
    keys = [match_key(text) for text in texts]
    signatures = [of_key(key) for key in keys]
    return Typed(record, lang_hint, traced, spans, texts, keys, signatures, judge(patterns.load(), texts, signatures)), cut


def _charset_warnings(basis: str) -> tuple[str, ...]:
    return ("charset_guessed",) if basis == "guessed" else ()


def _host(record: Raw) -> str:
    """Whose lines are counted together: the domain, else the host of the address, else the source."""
    domain = record.source.domain
    if isinstance(domain, str) and domain:
        host: str | None = domain
    else:
        host = urlsplit(record.url).hostname if isinstance(record.url, str) else None
    return (host or record.source.id).lower().removeprefix("www.")


def _article(record: Raw, text: str) -> Article:
    """Return the article's text: of a page of markup what trafilatura takes, or all that is visible when it takes nothing."""
    traced = trace(text)
    if not extraction.is_html(record.media_type, text[: 4 * MOST_CHARACTERS]):
        return Article(traced, Markup(), {}, ())
    marked, claims = markup.read_markup(text)
    found, warnings = _shown(traced, marked, extraction.extracted(text))
    body = json_body(traced, found.text if found else "")
    if body:
        return Article(body, marked, claims, ())
    return Article(found or extraction.visible(traced), marked, claims, warnings)


def _shown(traced: Traced, marked: Markup, paragraphs: list[str]) -> tuple[Traced | None, tuple[str, ...]]:
    """Return the article as the page shows it, None when there is none, and what went wrong."""
    if paragraphs:
        flat = extraction.visible(traced)
        found, complete = extraction.article(flat, paragraphs, (marked.title, marked.lead), _stated(flat.text))
        if found.text.strip():
            return found, () if complete else ("paragraphs_not_located",)
    return None, ("no_article_found",)


def _stated(text: str) -> list[tuple[int, int]]:
    """Lines of a visible text that give code, date or source of the article."""
    found: list[tuple[int, int]] = []
    known = patterns.load()
    bare_source = False
    for match in _LINE.finditer(text):
        line = match.group().strip()
        if not line or len(line) > known.longest:
            bare_source = bare_source and not line
            continue
        family = known.match(signature(line))
        if bare_source or (family and family.type in _STATED):
            found.append(match.span())
        bare_source = bool(family and family.type == "source_line" and len(line) < 9)
    return found if len(found) <= _MOST_STATED else []


def _mended(article: Article) -> tuple[Article, tuple[str, ...]]:
    traced, names = repaired(article.traced)
    warnings = tuple(f"mojibake_{name.replace('-', '')}" for name in sorted(names))
    return Article(traced, article.markup, article.claims, article.warnings), warnings


def _capped(traced: Traced) -> tuple[Traced, tuple[str, ...]]:
    """Cut what is longer than an article can be, at a line's end."""
    text = traced.text
    end = len(text)
    if end > MOST_CHARACTERS:
        end = text.rfind("\n", MOST_CHARACTERS // 2, MOST_CHARACTERS)
        end = MOST_CHARACTERS if end < 0 else end
    if text.count("\n", 0, end) >= MOST_LINES:
        end = [m.end() for m in _LINE.finditer(text, 0, end)][:MOST_LINES][-1]
    if end == len(text):
        return traced, ()
    return traced.edited([(end, len(text), "", "cut")]), ("text_cut",)


def _dates(typed: Typed, claims: dict[str, list[Claim]]) -> Dates:
    marked = {role: value for role in ("published", "modified") if (value := _marked_date(typed, claims, role))}
    stated = Stated(typed.record, typed.lang_hint.lang, typed.texts, typed.verdicts)
    return read_dates(stated, marked, typed.raw_span, typed.traced.raw)


def _marked_date(typed: Typed, claims: dict[str, list[Claim]], role: str) -> DateValue | None:
    """Return the first date that markup states for *role*; a lone <time> counts as published."""
    lone = claims.get("time", []) if role == "published" and len(claims.get("time", ())) == 1 else []
    for claim in (*claims.get(role, ()), *lone):
        found = dates.parse(claim.text, lang=typed.lang_hint.lang)
        if found:
            span = Span(start=claim.start, end=claim.end, layer="raw")
            return date_value(found, typed.record, typed.lang_hint.lang, method="markup", span=span)
    return None


def _publisher_code(typed: Typed) -> PublisherCode | None:
    for line, (text, verdict) in enumerate(zip(typed.texts, typed.verdicts, strict=True)):
        found = _CODE.search(fold_digits(text)) if verdict.type == "news_code" else None
        if found:
            start, end = typed.raw_span(line, found.start(), found.end())
            return PublisherCode(value=found.group(), span=Span(start=start, end=end, layer="raw"))
    return None


def _half_spaces(typed: Typed) -> Spaced:
    """Give back lost half-spaces on the lines that stay."""
    traced, spans = typed.traced, typed.spans
    if typed.lang != "fa":
        return Spaced(traced, spans)
    kept = [i for i, verdict in enumerate(typed.verdicts) if not verdict.rule]
    text = "\n".join(typed.texts[i] for i in kept)
    if text.count(ZWNJ) > ENOUGH_HALF_SPACES * max(1, text.count(" ")):
        return Spaced(traced, spans, "other")
    style, ask_host = spacing_style.style_of(text)
    edits: list[Edit] = []
    for i in kept:
        start, line = spans[i][0], typed.texts[i]
        edits += [(start + at, start + at, ZWNJ, "half_space_restored") for at in spacing.insertions(line)]
        if style == "spaces":
            edits += [(start + at, start + at + 1, ZWNJ, "space_closed") for at in spacing_style.closings(line)]
    edits.sort()
    traced, spans = traced.edited(edits), _moved(spans, edits)
    left = [spans[i][0] + at for i in kept for at in spacing_style.closings(traced.text[slice(*spans[i])])] if ask_host else []
    return Spaced(traced, spans, style, len(edits), tuple(left))


def _moved(spans: Sequence[tuple[int, int]], edits: Sequence[Edit]) -> list[tuple[int, int]]:
    """Spans after *edits* that lie inside of them and are sorted like them."""
    out: list[tuple[int, int]] = []
    shift = at = 0
    for start, end in spans:
        begin = start + shift
        while at < len(edits) and edits[at][0] < end:
            shift += len(edits[at][2]) - (edits[at][1] - edits[at][0])
            at += 1
        out.append((begin, end + shift))
    return out


def _lines(typed: Typed, spaced: Spaced) -> tuple[Line, ...]:
    """Return the lines as they travel, with the marks that the lane compares."""
    spans = spaced.spans
    texts = [spaced.traced.text[start:end] for start, end in spans]
    # a half-space that is put in changes no key, a space that is closed does
    keys = [match_key(line) for line in texts] if spaced.style == "spaces" else typed.keys
    hashes = [short_hash(found) for found in typed.signatures]
    rows = zip(texts, spans, typed.traced.raw_spans(typed.spans), hashes, keys, typed.verdicts, prints_of(keys), strict=True)
    return tuple(
        Line(line, start, raw_start, raw_end, hash_, key, verdict, found)
        for line, (start, _), (raw_start, raw_end), hash_, key, verdict, found in rows
    )
