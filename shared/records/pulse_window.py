"""What pulse publishes: an hour in figures (``pulse.windows``), usual silences (``pulse.sources``)."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

Kind = Literal["language", "source", "entity", "story"]
"""What articles are counted by.

One article counts once for each entity it names, and once for its language, source and story.
"""


class WindowRow(Struct, frozen=True, kw_only=True):
    """One language, source, entity or story, and the articles of the hour.

    *usual* is its articles an hour over the day before (of the hours since anything was counted), *growth* is
    articles against what was usual for as much of the hour as is over: 1 is as usual, 3 three times as much.
    Both are missing in the first hour there is.
    """

    id: str
    n: int
    usual: float | UnsetType = UNSET
    growth: float | UnsetType = UNSET
    langs: dict[str, int] | UnsetType = UNSET
    """Of a source: its articles by language."""

    minutes: list[int] | UnsetType = UNSET
    """Of a language: its articles in each of the sixty minutes."""


class Window(Struct, frozen=True, kw_only=True):
    """The articles first seen in the hour from *start* (RFC 3339, UTC) on, by one *kind*, the largest first.

    *until* is when the newest article of the hour was first seen; *articles* are all of the hour; *ids* is
    how many different ones there were. Of these, *rows* holds those with most articles and those that grow
    most; every count in it is exact.
    """

    schema: int = 1
    kind: Kind
    start: str
    until: str
    articles: int
    ids: int
    rows: list[WindowRow]


class SourceSilence(Struct, frozen=True, kw_only=True):
    """A known source: when its newest article was first seen, and after how long it is missed.

    *usual_gap_s* is the silence in which a moment of its last two days lies on average; *limit_s* is four
    times that, and at least an hour.
    """

    schema: int = 1
    source: str
    last_at: str
    usual_gap_s: int
    limit_s: int
