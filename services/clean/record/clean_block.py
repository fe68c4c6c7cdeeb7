"""Writes the record's clean block of a page whose lines are judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import UNSET

from services.clean.lines import patterns
from services.clean.lines.named_sources import NamedSource
from services.clean.lines.verdicts import Verdict
from services.clean.prepared_page import Claim, PreparedPage
from services.clean.record.kept_text import KeptText
from services.clean.record.parts import ArticleParts
from services.clean.spacing import known_words
from shared.records import By, Clean, Duplicate, Fingerprint, Part, Quality, Segment, Span
from shared.records.clean import ClaimedSource, SegmentType

VERSION = "1"
LONGEST_CUT = 160
"""Characters that the record gives of a line that was cut: enough to see what it was."""
LONGEST_FLASH = 300
"""Longest one-line article, in code points, that is called a flash."""
MOST_CUT = 4_000
"""Characters that the record gives of all lines of a page that were cut."""


@dataclass(frozen=True, slots=True)
class JudgedPage:
    """A page with the lane's verdicts: *kept* are places of lines that stay, *parts* count among these."""

    page: PreparedPage
    verdicts: Sequence[Verdict]
    kept: Sequence[int]
    parts: ArticleParts
    body: KeptText
    warnings: tuple[str, ...]


def clean_block(judged: JudgedPage, fingerprint: Fingerprint, repeats: list[Duplicate]) -> Clean:
    """Return the clean block of a page that *repeats* these documents."""
    page, body, parts = judged.page, judged.body, judged.parts
    title = _part_of_text(judged, parts.title) or _part_of_markup(page.markup.title)
    lead = _part_of_text(judged, parts.lead)
    dateline = next(
        (source for source in page.sources if source.kind == "dateline" and source.line in body.starts), None
    )
    return Clean(
        text=body.text,
        title=title,
        kicker=_part_of_text(judged, parts.kicker) or UNSET,
        lead=lead,
        byline=_byline(judged) or UNSET,
        dateline=Part(text=dateline.name, span=_source_span(judged, dateline)) if dateline else UNSET,
        align=body.align,
        segments=_segments(judged),
        edits=body.edits,
        published=page.published,
        modified=page.modified or UNSET,
        publisher_code=page.publisher_code or UNSET,
        lang_hint=page.lang_hint,
        sources=[
            ClaimedSource(
                name=source.name,
                kind=source.kind,
                agency=source.agency or UNSET,
                span=_source_span(judged, source),
            )
            for source in page.sources
        ],
        declared=page.markup.declared or UNSET,
        quality=_quality(judged),
        fingerprint=fingerprint,
        duplicate=repeats,
        why=page.why | _missing(judged, title, lead),
        warnings=[*page.warnings, *judged.warnings],
        by=By(
            stage="clean", version=VERSION, model_sha256=known_words.digest(), config_sha256=patterns.digest()
        ),
    )


def _part_of_text(judged: JudgedPage, place: int | None) -> Part | None:
    """Return the kept line at *place* as a part, with its span in the text."""
    if place is None:
        return None
    line = judged.page.lines[judged.kept[place]]
    start = judged.body.starts[judged.kept[place]]
    return Part(text=line.text, span=Span(start=start, end=start + len(line.text)))


def _part_of_markup(claim: Claim | None) -> Part | None:
    """Return a part that only the markup names."""
    return Part(text=claim.text, span=Span(start=claim.start, end=claim.end, layer="raw")) if claim else None


def _byline(judged: JudgedPage) -> Part | None:
    for line, verdict in zip(judged.page.lines, judged.verdicts, strict=True):
        if verdict.type == "byline":
            return Part(text=line.text, span=Span(start=line.raw_start, end=line.raw_end, layer="raw"))
    return _part_of_markup(judged.page.markup.byline)


def _source_span(judged: JudgedPage, source: NamedSource) -> Span:
    """Return where a source is named: in the text if its line stays, else in the payload."""
    start = judged.body.starts.get(source.line)
    if start is not None:
        return Span(start=start + source.start, end=start + source.end)
    line = judged.page.lines[source.line]
    if len(line.text) == line.raw_end - line.raw_start:
        return Span(start=line.raw_start + source.start, end=line.raw_start + source.end, layer="raw")
    return Span(start=line.raw_start, end=line.raw_end, layer="raw")


def _segments(judged: JudgedPage) -> list[Segment]:
    """Return every line of the page in the payload's offsets, whether it stays, and the rule that said so."""
    named: dict[int | None, SegmentType] = {judged.parts.title: "title", judged.parts.lead: "lead"}
    places = {i: named.get(place, "body") for place, i in enumerate(judged.kept)}
    beginnings = _cut_beginnings(judged)
    return [
        Segment(
            type=places.get(i, verdict.type),
            start=line.raw_start,
            end=line.raw_end,
            kept=verdict.kept,
            rule=verdict.rule or "kept",
            text=beginnings.get(i, UNSET),
        )
        for i, (line, verdict) in enumerate(zip(judged.page.lines, judged.verdicts, strict=True))
    ]


def _cut_beginnings(judged: JudgedPage) -> dict[int, str]:
    """Return how the lines that were cut begin, by their places, up to ``MOST_CUT`` characters in all."""
    beginnings, left = dict[int, str](), MOST_CUT
    for i, (line, verdict) in enumerate(zip(judged.page.lines, judged.verdicts, strict=True)):
        if not verdict.kept and left > 0:
            beginnings[i] = line.text[: min(LONGEST_CUT, left)]
            left -= len(beginnings[i])
    return beginnings


def _quality(judged: JudgedPage) -> Quality:
    page, text = judged.page, judged.body.text
    keys = [page.lines[i].key for i in judged.kept]
    total = sum(len(line.text) for line in page.lines)
    kept = sum(len(page.lines[i].text) for i in judged.kept)
    return Quality(
        boilerplate_ratio=round(1 - kept / total, 4),
        repeat_ratio=round(1 - len(set(keys)) / len(keys), 4),
        zwnj_lost_estimate=page.zwnj_lost,
        zwnj_inserted=judged.body.edits.get("zwnj_insert", 0),
        chars=len(text),
        words=len(text.split()),
        is_flash=len(judged.kept) == 1 and len(text) <= LONGEST_FLASH,
    )


def _missing(judged: JudgedPage, title: Part | None, lead: Part | None) -> dict[str, str]:
    """Return why a part that was looked for is null, by its name."""
    why: dict[str, str] = {}
    if title is None:
        why["title"] = "no line reads like a headline"
    if lead is None:
        why["lead"] = "one line alone" if len(judged.kept) == 1 else "no line beside the headline"
    return why
