"""What clean adds: the text as one reads it, and how it came from the page."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from shared.records.span import By, Span

MOST_READ = 60_000
"""Code points of an article's text that the stages after clean read for names, quotes and words."""

SegmentType = Literal[
    "title", "lead", "body", "byline", "news_code", "pub_line", "source_line", "end_marker",
    "share", "related", "promo", "comment_form", "captcha", "nav", "ad", "furniture",
]  # fmt: skip


class Part(Struct, frozen=True, kw_only=True):
    """A named part of the page, such as its title."""

    text: str
    span: Span

    @property
    def place(self) -> range:
        """The offsets of ``clean.text`` that it stands over; none when only the page has it."""
        return range(0) if self.span.layer == "raw" else range(self.span.start, self.span.end)


class Segment(Struct, frozen=True, kw_only=True):
    """One line of the page: *layer* raw offsets, what it is, whether it was kept, and the rule that said so.

    *text* is how a line that was cut begins, as it was read; a kept one stands in the article, where
    ``align`` says. The first lines that are cut have it, up to some thousand characters of a page.
    """

    type: SegmentType
    layer: Literal["raw"] = "raw"
    start: int
    end: int
    kept: bool
    rule: str
    text: str | UnsetType = UNSET


class DateValue(Struct, frozen=True, kw_only=True):
    """A date as an object: never more digits than known, and always how it was read.

    *value* is a time (RFC 3339, UTC) at precision second or minute, ``2022-01-27`` at day.
    """

    value: str
    precision: Literal["second", "minute", "day"]
    calendar: Literal["gregory", "persian", "islamic-umalqura"]
    tz: str | UnsetType = UNSET
    tz_basis: Literal["stated", "source_default", "assumed"] | UnsetType = UNSET
    tolerance_s: int | UnsetType = UNSET
    raw: str
    span: Span
    method: str
    confidence: float
    fallback: Literal["feed", "fetched"] | None = None


class PublisherCode(Struct, frozen=True, kw_only=True):
    """The outlet's own number of the article, read from the page: an alias, not an id."""

    value: str
    span: Span


class LangHint(Struct, frozen=True, kw_only=True):
    """The language clean assumed in order to choose letters and half-spaces, before detect."""

    lang: str
    confidence: float
    method: str


class Quality(Struct, frozen=True, kw_only=True):
    """Figures about the page; ratios are 0–1."""

    boilerplate_ratio: float
    repeat_ratio: float
    zwnj_lost_estimate: int
    zwnj_inserted: int
    chars: int
    words: int
    is_flash: bool


class Fingerprint(Struct, frozen=True, kw_only=True):
    """Hashes over ``match_key(text)``."""

    body_sha256: str
    simhash64: str
    minhash: list[int]
    version: int


Relation = Literal["exact", "near", "partial", "revision", "same_item"]
Direction = Literal["this_is_later", "contains", "contained"]


class Duplicate(Struct, frozen=True, kw_only=True):
    """Another document this one repeats. Nothing is deleted for it."""

    of: str
    relation: Relation
    score: float
    direction: Direction | UnsetType = UNSET
    same_source: bool


class ClaimedSource(Struct, frozen=True, kw_only=True):
    """A source the page names in a formula or line of its own: clean reads it before the line is cut."""

    name: str
    kind: Literal["self_claimed", "declared", "relayed", "dateline"]
    agency: str | UnsetType = UNSET
    span: Span


class Clean(Struct, frozen=True, kw_only=True):
    """The article as one reads it; paragraphs are divided by blank lines.

    *align* holds ``[clean_start, clean_len, raw_start, raw_len, op]`` in order of the clean side, without
    gaps on either side.
    """

    text: str
    title: Part | None
    kicker: Part | UnsetType = UNSET
    lead: Part | None
    byline: Part | UnsetType = UNSET
    dateline: Part | UnsetType = UNSET
    align: list[tuple[int, int, int, int, str]]
    segments: list[Segment]
    edits: dict[str, int]
    published: DateValue | None
    modified: DateValue | UnsetType = UNSET
    publisher_code: PublisherCode | UnsetType = UNSET
    lang_hint: LangHint
    sources: list[ClaimedSource]
    declared: dict[str, str] | UnsetType = UNSET
    quality: Quality
    fingerprint: Fingerprint
    duplicate: list[Duplicate]
    why: dict[str, str]
    warnings: list[str]
    by: By
