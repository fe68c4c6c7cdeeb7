"""A story's articles over time, one lane for each language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.archive.reading.answers import Member
from shared.text.moments import milliseconds
from shared.wire.headers import rfc3339

LANE_PX, HEAD_PX, FOOT_PX = 44, 8, 30
MARGIN = 5.0
"""Percent of the width left free on both sides, so that no dot is cut."""

TICKS = 3
SHORT_MS = 2 * 86_400_000


@dataclass(frozen=True, slots=True)
class Dot:
    """One article: *x* in percent of the width."""

    x: float
    member: Member


@dataclass(frozen=True, slots=True)
class Lane:
    """One language, at height *y*."""

    lang: str
    y: int
    dots: list[Dot]


@dataclass(frozen=True, slots=True)
class Lanes:
    """The whole drawing: *ticks* are moments (RFC 3339) with their *x*.

    *short*: days alone would not tell the ticks apart.
    """

    height: int
    lanes: list[Lane]
    ticks: list[tuple[float, str]]
    short: bool


def drawn(members: Sequence[Member], *, mirrored: bool) -> Lanes:
    """Return the drawing; *mirrored*: time runs from right to left, as the interface does."""
    if not members:
        return Lanes(0, [], [], short=False)
    times = list(zip(_moments(members), members, strict=True))
    first, last = min(at for at, _ in times), max(at for at, _ in times)
    span = max(last - first, 1)

    def place(at: int) -> float:
        part = (at - first) / span if last > first else 0.5
        return round(MARGIN + (100 - 2 * MARGIN) * (1 - part if mirrored else part), 2)

    langs = list(dict.fromkeys(one.lang for _, one in sorted(times, key=lambda pair: pair[0])))
    lanes = [
        Lane(lang, y, [Dot(place(at), one) for at, one in times if one.lang == lang])
        for lang, y in ((lang, HEAD_PX + LANE_PX * i + LANE_PX // 2 + 6) for i, lang in enumerate(langs))
    ]
    marks = [first] if first == last else [first + span * i // (TICKS - 1) for i in range(TICKS)]
    return Lanes(
        HEAD_PX + LANE_PX * len(langs) + FOOT_PX,
        lanes,
        [(place(at), rfc3339(at)) for at in marks],
        short=span < SHORT_MS,
    )


def _moments(members: Sequence[Member]) -> list[int]:
    """Return when each was published, if all say so to the minute, else when each came in.

    Two clocks on one line would lie.
    """
    published = [one.published for one in members if one.published and "T" in one.published]
    return [
        milliseconds(at)
        for at in (published if len(published) == len(members) else [one.at for one in members])
    ]
