"""Articles of two runs side by side: by id and revision, never by offset. Pure.

Of every article only digests are held, 60 bytes, and where its record lies; those that differ are read again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from services.replay.comparing.blocks import content, differing, headline
from services.replay.comparing.fields import Change, Kind, changes
from services.replay.comparing.universe import Place

SHOWN_CHARS = 120

type Key = tuple[str, str]
"""An article's id and revision."""


class Entry(NamedTuple):
    """One article of one run: where its newest record and its raw record lie, and its blocks' digests."""

    partition: int
    offset: int
    origin: Place
    order: int
    """Its place among all that link has taken in."""

    language: str
    source: str
    story_id: str
    digests: bytes


class Death(NamedTuple):
    """Where and why an article ended as a dead letter."""

    stage: str
    reason: str


@dataclass(slots=True)
class Side:
    """All that one run made of the articles compared."""

    name: str
    entries: dict[Key, Entry] = field(default_factory=dict)
    deaths: dict[Place, Death] = field(default_factory=dict)
    """By the raw record; of one that arrived after all it does not count."""

    elsewhere: set[Key] = field(default_factory=set)
    """Articles it made from raw records that are not compared."""

    waiting: set[Place] = field(default_factory=set)
    """Raw records whose articles are still on their way."""

    makers: dict[str, set[str]] = field(default_factory=dict)
    """By stage, who made the blocks: versions of code and models."""

    def arrived(self) -> set[Place]:
        """Return the raw records whose articles have arrived."""
        return {entry.origin for entry in self.entries.values()}


@dataclass(frozen=True, slots=True)
class Alone:
    """An article that one side alone has, and what became of it on the other, in words."""

    key: Key
    entry: Entry
    why: str


WAITS = "still on its way"


@dataclass(slots=True)
class Pairing:
    """Two sides by article: *both* have it and these blocks differ, or one side *alone* has it.

    *deaths* are those that differ.
    """

    same: int
    differ: dict[Key, list[str]]
    alone: tuple[list[Alone], list[Alone]]
    deaths: Counter[tuple[str, str]]
    """What raw records that arrived on neither side died of, on the first and on the second, where that
    differs.
    """


def paired(first: Side, second: Side) -> Pairing:
    """Set the articles of two sides beside one another."""
    differ = {
        key: blocks
        for key, entry in first.entries.items()
        if (other := second.entries.get(key)) is not None
        and (blocks := differing(entry.digests, other.digests))
    }
    both = len(first.entries.keys() & second.entries.keys())
    return Pairing(
        both - len(differ), differ, (_alone(first, second), _alone(second, first)), _deaths(first, second)
    )


def unexplained(side: Side, other: Side) -> bool:
    """Say whether *side* has or buried an article of which *other* shows nothing, not even a letter."""
    known = other.arrived() | other.deaths.keys()
    return any(
        key not in other.entries and entry.origin not in known for key, entry in side.entries.items()
    ) or any(origin not in known for origin in side.deaths)


def _alone(side: Side, other: Side) -> list[Alone]:
    arrived = other.arrived()
    return [
        Alone(key, entry, _why(other, key, entry, arrived))
        for key, entry in side.entries.items()
        if key not in other.entries
    ]


def _why(other: Side, key: Key, entry: Entry, arrived: set[Place]) -> str:
    """Return what became on the *other* side of an article that it does not have."""
    if (death := other.deaths.get(entry.origin)) is not None:
        return f"died in {death.stage} ({death.reason})"
    if entry.origin in other.waiting:
        return WAITS
    if key in other.elsewhere:
        return "made there of a page outside of what is compared"
    if entry.origin in arrived:
        return "the page became another article or revision there"
    return "dropped there (known, outdated or unwanted), or its records are no longer kept"


def _deaths(first: Side, second: Side) -> Counter[tuple[str, str]]:
    arrived = (first.arrived(), second.arrived())
    found: Counter[tuple[str, str]] = Counter()
    for origin in first.deaths.keys() | second.deaths.keys():
        if origin not in arrived[0] and origin not in arrived[1]:
            said = (_death(first, origin), _death(second, origin))
            if said[0] != said[1] and WAITS not in said:
                found[said] += 1
    return found


def _death(side: Side, origin: Place) -> str:
    if (death := side.deaths.get(origin)) is not None:
        return f"{death.reason} in {death.stage}"
    return WAITS if origin in side.waiting else "no record"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One change in one article; the values cut to what a person reads."""

    doc_id: str
    rev: str
    headline: str
    language: str
    source: str
    was: str | None
    now: str | None


@dataclass(slots=True)
class FieldTally:
    """How often one field differs, and in which articles.

    Members *lost* and *gained* are counted apart from values *changed*.
    """

    kinds: Counter[Kind] = field(default_factory=Counter)
    articles: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)


@dataclass(slots=True)
class FieldTallies:
    """What differs by field; of each *at_most* so many examples are kept."""

    at_most: int
    by_path: dict[str, FieldTally] = field(default_factory=dict)

    def enter(self, was: Mapping[str, Any], now: Mapping[str, Any], blocks: Sequence[str]) -> None:
        """Compare two records of one article in *blocks*, and count what differs."""
        by_path: dict[str, list[Change]] = {}
        for change in changes(content(was), content(now), blocks):
            by_path.setdefault(change.path, []).append(change)
        language = str((was.get("language") or {}).get("lang", "und"))
        for path, found in by_path.items():
            tally = self.by_path.setdefault(path, FieldTally())
            tally.kinds.update(change.kind for change in found)
            tally.articles += 1
            tally.languages[language] += 1
            tally.sources[was["source"]["id"]] += 1
            if len(tally.examples) < self.at_most:
                tally.examples.append(_example(was, language, found[0]))

    def ranked(self) -> list[tuple[str, FieldTally]]:
        """Return the fields, those that differ in most articles first."""
        return sorted(self.by_path.items(), key=lambda item: (-item[1].articles, item[0]))


def _example(record: Mapping[str, Any], language: str, change: Change) -> Example:
    was, now = shown(change.was, change.now)
    return Example(
        doc_id=record["doc_id"],
        rev=record["rev"],
        headline=headline(record),
        language=language,
        source=record["source"]["id"],
        was=was,
        now=now,
    )


def shown(was: Any, now: Any) -> tuple[str | None, str | None]:
    """Return two values short enough to stand side by side: long ones from a little before they part."""
    a, b = _written(was), _written(now)
    start = 0
    if a is not None and b is not None and max(len(a), len(b)) > SHOWN_CHARS:
        start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
        start = max(0, start - SHOWN_CHARS // 4)
    return _cut(a, start), _cut(b, start)


def _written(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict):
        return ", ".join(f"{name} {_written(part)}" for name, part in value.items() if part is not None)
    if isinstance(value, list):
        return ", ".join(str(_written(part)) for part in value)
    return str(value)


def _cut(text: str | None, start: int) -> str | None:
    if text is None:
        return None
    return "…" * (start > 0) + text[start : start + SHOWN_CHARS] + "…" * (len(text) > start + SHOWN_CHARS)
