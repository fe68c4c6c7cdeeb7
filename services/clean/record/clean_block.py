"""Writes the record's clean block of a page whose lines are judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import UNSET

from services.clean.lines import patterns
from services.clean.lines.named_sources import Named
from services.clean.lines.verdicts import Verdict
from services.clean.prepared import Claim, PreparedPage
from services.clean.record.kept_text import Assembled
from services.clean.record.parts import FLASH, Parts
from services.clean.spacing import known_words
from shared.records import By, Clean, Duplicate, Fingerprint, Part, Quality, Segment, Span
from shared.records.clean import ClaimedSource, SegmentType

VERSION = "1"
LONGEST_CUT, MOST_CUT = 160, 4_000
"""Characters that the record tells of a line that was cut, and of all of a page: enough to see what it was.
"""


@dataclass(frozen=True, slots=True)
class Judged:
    """A page with the lane's verdicts: *kept* are places of lines that stay, *parts* count among these."""

    page: PreparedPage
    verdicts: Sequence[Verdict]
    kept: Sequence[int]
    parts: Parts
    body: Assembled
    warnings: tuple[str, ...]


def clean_block(judged: Judged, fingerprint: Fingerprint, repeats: list[Duplicate]) -> Clean:
    """Return the clean block."""
    page, body, parts = judged.page, judged.body, judged.parts
    title = _part(judged, parts.title) or _claimed(page.markup.title)
    lead = _part(judged, parts.lead)
    dateline = next((s for s in page.sources if s.kind == "dateline" and s.line in body.starts), None)
    return Clean(
        text=body.text,
        title=title,
        kicker=_part(judged, parts.kicker) or UNSET,
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
            ClaimedSource(name=s.name, kind=s.kind, agency=s.agency or UNSET, span=_source_span(judged, s))
            for s in page.sources
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


def _part(judged: Judged, place: int | None) -> Part | None:
    """Return the kept line at *place* as a part, with its span in the text."""
    if place is None:
        return None
    line = judged.page.lines[judged.kept[place]]
    start = judged.body.starts[judged.kept[place]]
    return Part(text=line.text, span=Span(start=start, end=start + len(line.text)))


def _claimed(claim: Claim | None) -> Part | None:
    """Return a part that only the markup names."""
    return Part(text=claim.text, span=Span(start=claim.start, end=claim.end, layer="raw")) if claim else None


def _byline(judged: Judged) -> Part | None:
    for line, verdict in zip(judged.page.lines, judged.verdicts, strict=True):
        if verdict.type == "byline":
            return Part(text=line.text, span=Span(start=line.raw_start, end=line.raw_end, layer="raw"))
    return _claimed(judged.page.markup.byline)


def _source_span(judged: Judged, source: Named) -> Span:
    """In the text where its line stays, else in the payload."""
    start = judged.body.starts.get(source.line)
    if start is not None:
        return Span(start=start + source.start, end=start + source.end)
    line = judged.page.lines[source.line]
    if len(line.text) == line.raw_end - line.raw_start:
        return Span(start=line.raw_start + source.start, end=line.raw_start + source.end, layer="raw")
    return Span(start=line.raw_start, end=line.raw_end, layer="raw")


def _segments(judged: Judged) -> list[Segment]:
    """Every line of the page in the payload's offsets, whether it stays, and the rule that said so."""
    named: dict[int | None, SegmentType] = {judged.parts.title: "title", judged.parts.lead: "lead"}
    places = {i: named.get(place, "body") for place, i in enumerate(judged.kept)}
    words = _cut_words(judged)
    return [
        Segment(
            type=places.get(i, verdict.type),
            start=line.raw_start,
            end=line.raw_end,
            kept=verdict.kept,
            rule=verdict.rule or "kept",
            text=words.get(i, UNSET),
        )
        for i, (line, verdict) in enumerate(zip(judged.page.lines, judged.verdicts, strict=True))
    ]


def _cut_words(judged: Judged) -> dict[int, str]:
    """Return how the lines that were cut begin, as far as a page may tell of them."""
    found, left = dict[int, str](), MOST_CUT
    for i, (line, verdict) in enumerate(zip(judged.page.lines, judged.verdicts, strict=True)):
        if not verdict.kept and left > 0:
            found[i] = line.text[: min(LONGEST_CUT, left)]
            left -= len(found[i])
    return found


def _quality(judged: Judged) -> Quality:
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
        is_flash=len(judged.kept) == 1 and len(text) <= FLASH,
    )


def _missing(judged: Judged, title: Part | None, lead: Part | None) -> dict[str, str]:
    """Why a part that was looked for is null."""
    why: dict[str, str] = {}
    if title is None:
        why["title"] = "no line reads like a headline"
    if lead is None:
        why["lead"] = "one line alone" if len(judged.kept) == 1 else "no line beside the headline"
    return why
