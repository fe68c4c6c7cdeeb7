"""A page's text with its characters put right and each line typed by patterns alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.clean.edits import wrapping
from services.clean.edits.characters import normalise
from services.clean.edits.first_guess import SURE, guess_language
from services.clean.edits.ledger import Traced
from services.clean.lines import patterns
from services.clean.lines.line_signature import signature_of_key
from services.clean.lines.verdicts import Verdict, type_by_patterns
from shared.errors import BadRecord
from shared.records import PublisherCode, Raw, Span
from shared.records.clean import LangHint
from shared.text.digits import fold_digits
from shared.text.match_keys import match_keys

MOST_CHARACTERS = 200_000
"""Characters that are read of a page; the rest is cut, with a warning."""
MOST_LINES = 5_000
"""Lines that are read of a page; the rest is cut, with a warning."""

_CODE = re.compile(r"(?<![\w-])(?:[0-9]{3,20}|(?=[A-Za-z-]{0,20}[0-9])[A-Za-z0-9-]{4,30})(?![\w-])")


@dataclass(frozen=True, slots=True)
class TypedPage:
    """A page's text with its lines: where each stands, its match key, its signature and its verdict.

    *lang*: the language that the page is surely in, or empty.
    """

    record: Raw
    lang_hint: LangHint
    lang: str
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


def type_lines(record: Raw, traced: Traced) -> tuple[TypedPage, tuple[str, ...]]:
    """Return the page with its characters put right and its lines typed, and warnings.

    Raises BadRecord (empty_text).
    """
    lang_hint = guess_language(traced.text)
    lang = lang_hint.lang if lang_hint.confidence >= SURE else ""
    traced, warnings = _capped(normalise(traced, lang))
    traced = traced.edited([(at, at + 1, " ", "unwrapped") for at in wrapping.wrapped_breaks(traced.text)])
    if not any(c.isalnum() for c in traced.text):
        raise BadRecord("empty_text", "no letter or digit in the page")
    spans = [match.span() for match in wrapping.LINE.finditer(traced.text)]
    texts = [traced.text[start:end] for start, end in spans]
    keys = match_keys(texts)
    signatures = [signature_of_key(key) for key in keys]
    verdicts = type_by_patterns(patterns.load(), texts, signatures)
    return TypedPage(record, lang_hint, lang, traced, spans, texts, keys, signatures, verdicts), warnings


def _capped(traced: Traced) -> tuple[Traced, tuple[str, ...]]:
    """Return the text, cut at a line's end where it is longer than an article can be, and warnings."""
    text = traced.text
    end = len(text)
    if end > MOST_CHARACTERS:
        end = text.rfind("\n", MOST_CHARACTERS // 2, MOST_CHARACTERS)
        end = MOST_CHARACTERS if end < 0 else end
    if text.count("\n", 0, end) >= MOST_LINES:
        end = [line.end() for line in wrapping.LINE.finditer(text, 0, end)][:MOST_LINES][-1]
    if end == len(text):
        return traced, ()
    return traced.edited([(end, len(text), "", "cut")]), ("text_cut",)


def publisher_code(typed: TypedPage) -> PublisherCode | None:
    """Return the number that a line of the page calls the news code."""
    for line, (text, verdict) in enumerate(zip(typed.texts, typed.verdicts, strict=True)):
        code = _CODE.search(fold_digits(text)) if verdict.type == "news_code" else None
        if code:
            start, end = typed.raw_span(line, code.start(), code.end())
            return PublisherCode(value=code.group(), span=Span(start=start, end=end, layer="raw"))
    return None
