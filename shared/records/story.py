"""A story as it stands (``stories``), and what happens to stories (``stories.events``)."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from shared.records.span import By, Span

Status = Literal["open", "quiet", "closed", "reopened", "merged"]


class FirstSeen(Struct, frozen=True, kw_only=True):
    """Who was first."""

    doc_id: str
    source: str
    at: str


class TopEntity(Struct, frozen=True, kw_only=True):
    """An entity of the story with the spellings its articles use, by language."""

    entity_id: str
    type: str
    label: dict[str, str]
    spellings: dict[str, list[str]]
    n: int


class Wording(Struct, frozen=True, kw_only=True):
    """One language's wording of a quote."""

    text: str
    doc_id: str
    span: Span


class TopQuote(Struct, frozen=True, kw_only=True):
    """One statement with each language's wording side by side; aligned, never translated."""

    quote_cluster_id: str
    speaker: str | None
    wording: dict[str, Wording]


class Members(Struct, frozen=True, kw_only=True):
    """How many articles, by language and source."""

    n: int
    by_lang: dict[str, int]
    by_source: dict[str, int]


class OriginCount(Struct, frozen=True, kw_only=True):
    """One independent origin, how many articles rest on it, and through which outlets."""

    origin: str
    n: int
    via: list[str]


class Origins(Struct, frozen=True, kw_only=True, rename={"ranked": "list"}):
    """How many independent origins the articles rest on, the largest first."""

    n_independent: int
    ranked: list[OriginCount]


class TimelineItem(Struct, frozen=True, kw_only=True):
    """One article on the story's time line."""

    at: str
    doc_id: str
    novelty: str


class Gap(Struct, frozen=True, kw_only=True):
    """A language or source group that has fallen silent."""

    group: str
    silent_since: str


class LinkOut(Struct, frozen=True, kw_only=True):
    """Another story this one belongs beside."""

    story_id: str
    relation: Literal["follow_up", "same_saga"]


class Story(Struct, frozen=True, kw_only=True):
    """A story; *label* is the headline of the most central article per language, never generated."""

    schema: int = 1
    story_id: str
    version: int
    status: Status
    merged_into: str | UnsetType = UNSET
    aliases: list[str]
    split_from: str | UnsetType = UNSET
    label: dict[str, str]
    medoid: dict[str, str]
    first_event_at: str
    first_seen: FirstSeen
    last_at: str
    event_date: str | None
    places: list[str]
    top_entities: list[TopEntity]
    top_quotes: list[TopQuote]
    members: Members
    doc_ids: list[str]
    origins: Origins
    timeline: list[TimelineItem]
    gaps: list[Gap]
    cohesion: float
    links_out: list[LinkOut]
    cut: bool
    by: By


class StoryEvent(Struct, frozen=True, kw_only=True):
    """Something that happened to a story, with the ids and the evidence.

    It was merged, split, fell quiet, was closed or reopened, an article moved, or a gap was seen.
    """

    schema: int = 1
    story_id: str
    event: Literal["merged", "split", "moved", "quiet", "closed", "reopened", "gap"]
    other_id: str | UnsetType = UNSET
    at: str
    detail: dict[str, Any]
    by: By
