"""The reasons of a decision: a story's score taken apart into the facts and words that agree.

Every reason is a share of the score in log-odds, and bias + Σ reasons + rest = logit(probability). The
likeness of meaning is no reason of its own, since a vector reads all words; it is divided among the words
that both articles have, by their weight. Shared words of a quarter of the article's weight get all of it,
fewer get less; what is left goes into the rest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
import numpy as np
from msgspec import Struct

from services.link.memory.point import Point
from services.link.memory.terms import UNIT_WEIGHT
from services.link.memory.window import Window
from services.link.numeric.time_units import Seconds
from services.link.reading.features import Unit
from services.link.reading.notes import Notes
from services.link.weighing.anchors import Anchor
from services.link.weighing.story_scores import TOO_LONG, StoryScore, WeighedAnchor
from shared.records import Evidence, Other, Span
from shared.records.linked import EvidenceKind

MOST_REASONS = 16  # reasons that a decision lists, the strongest
MOST_IN_EVENT = 5  # reasons that the event of a merge or move lists
EXPLAINED_PAIRS = 8  # pairs of a story whose words become reasons; the others' shares are in the rest
EXPLAINING = 0.25  # shared words with this part of an article's weight answer for all of the likeness
SUREST = 12.0  # log-odds: no score says more
TOO_LONG_LABEL = "the story would last too long"
UNDATED_LABEL = "no date in one of the articles"
_IN_MINUTES_BELOW = 120  # minutes; a longer time apart is told in hours
_TITLE_WORDS = 2  # shared words of a headline from which «title» is the reason
_RANK = {"entity": 0, "place": 0, "time": 1, "number": 2, "words": 3}
"""Which kind of unit stands for a feature first."""
_ORDER = {kind: place for place, kind in enumerate(("quote", "entity", "number", "time", "place", "title"))}
"""The order in which kinds convince a reader; other kinds come last."""

GroupKey = tuple[EvidenceKind, str]


class Match(Struct, frozen=True):
    """A feature that article and member share: its part of the score, and the units it stands for in both."""

    weight: float
    row: int
    mine: Unit
    theirs: Unit


@dataclass(slots=True)
class Group:
    """One reason in the making: its weight, the article's words, and the weight and words of each member."""

    weight: float = 0.0
    mine: dict[int, Unit] = field(default_factory=dict)
    weight_by_row: dict[int, float] = field(default_factory=dict)
    theirs: dict[int, dict[int, Unit]] = field(default_factory=dict)

    def add(self, match: Match) -> None:
        """Count one agreeing feature."""
        self.weight += match.weight
        self.mine[match.mine.start] = match.mine
        self.weight_by_row[match.row] = self.weight_by_row.get(match.row, 0.0) + match.weight
        self.theirs.setdefault(match.row, {})[match.theirs.start] = match.theirs


@dataclass(frozen=True, slots=True)
class Reasons:
    """``bias + Σ evidence + rest = logit(probability)``; evidence for a story stands before that against."""

    probability: float
    bias: float
    evidence: list[Evidence]
    rest: float


def reasons(window: Window, point: Point, mine: Notes, story: StoryScore) -> Reasons:
    """Take a story's score apart into its strongest reasons, in the order that convinces a reader."""
    total = min(max(story.score, -SUREST), SUREST)
    bias = round(story.theme_says - story.prior, 6)
    groups = _grouped(_matches(window, point, mine, story), _quotes_by_row(story))
    _add_named_facts(story, groups)
    evidence = _fact_evidence(window, story, groups)
    evidence += [_evidence(window, key, group) for key, group in groups.items() if key[0] != "quote"]
    evidence.sort(key=lambda item: (-abs(item.weight), item.kind, item.key))
    kept = [*evidence[: MOST_REASONS - 1], _time_evidence(window, point, story)]
    kept.sort(key=lambda item: (item.weight < 0, _ORDER.get(item.kind, len(_ORDER))))
    rest = total - (bias + sum(item.weight for item in kept))
    return Reasons(as_probability(total), bias, kept, rest)


def first_reasons(window: Window, point: Point, mine: Notes, story: StoryScore) -> list[dict[str, Any]]:
    """Return the reasons that an event of a story tells: the first, in the order that convinces a reader."""
    return [
        msgspec.to_builtins(item) for item in reasons(window, point, mine, story).evidence[:MOST_IN_EVENT]
    ]


def as_probability(log_odds: float) -> float:
    """Return the probability of *log_odds*, which are taken to be no surer than ``SUREST``."""
    return 1 / (1 + math.exp(-min(max(log_odds, -SUREST), SUREST)))


class SharedTerm(NamedTuple):
    """A term that two articles share: its place among the terms of each, and its weight there."""

    mine: int
    theirs: int
    my_weight: float
    their_weight: float


def _shared_terms(window: Window, point: Point, row: int, *, same: bool) -> list[SharedTerm]:
    """Return the terms that an article shares with a row; *same*: inside one language, else across."""
    mine = point.own if same else point.shared
    theirs = (window.own if same else window.shared).take(row)
    my_weights, their_weights = mine.weights.tolist(), theirs.weights.tolist()
    place_of = {feature: place for place, feature in enumerate(theirs.ids.tolist())}
    return [
        SharedTerm(i, place_of[feature], float(my_weights[i]), float(their_weights[place_of[feature]]))
        for i, feature in enumerate(mine.ids.tolist())
        if feature in place_of and my_weights[i] and their_weights[place_of[feature]]
    ]


def _matches(window: Window, point: Point, mine: Notes, story: StoryScore) -> Iterator[Match]:
    """Yield the features that the article shares with the members whose pairs weigh most."""
    strongest = (-story.factors * story.pairs.ratio).argsort(kind="stable")[:EXPLAINED_PAIRS]
    my_names = _name_around(mine.units)
    for i in strongest.tolist():
        if not story.factors[i]:
            continue
        row, same = int(story.pairs.rows[i]), bool(story.pairs.same_language[i])
        theirs = window.notes_at(row)
        their_names = _name_around(theirs.units)
        terms = _shared_terms(window, point, row, same=same)
        by_words = float(story.factors[i] * story.pairs.words_weight[i]) / (UNIT_WEIGHT * UNIT_WEIGHT)
        likeness = float(story.factors[i]) * max(float(story.pairs.likeness[i]), 0.0)
        shared_weight = sum(term.my_weight**2 for term in terms)
        by_meaning = likeness / max(shared_weight, EXPLAINING * UNIT_WEIGHT * UNIT_WEIGHT)
        for term in terms:
            yield Match(
                by_words * term.my_weight * term.their_weight + by_meaning * term.my_weight**2,
                row,
                _best_unit(mine.units, (mine.own if same else mine.shared)[term.mine], my_names),
                _best_unit(theirs.units, (theirs.own if same else theirs.shared)[term.theirs], their_names),
            )


def _name_around(units: list[Unit]) -> dict[int, Unit]:
    """Return, by the start of a word, the name that the word is part of."""
    names = [unit for unit in units if unit.kind in ("entity", "place")]
    return {
        unit.start: name
        for unit in units
        for name in names
        if name.start <= unit.start and unit.end <= name.end
    }


def _best_unit(units: list[Unit], numbers: list[int], names: dict[int, Unit]) -> Unit:
    """Return the unit that a feature stands for: of several a name, else a time, a number, a word."""
    candidates = [names.get(units[n].start, units[n]) for n in numbers]
    if len(candidates) == 1:
        return candidates[0]
    return min(candidates, key=lambda unit: (_RANK[unit.kind], unit.start))


def _quotes_by_row(story: StoryScore) -> dict[int, list[Anchor]]:
    """Return, by the row of a member, the sentences that it quotes too."""
    quotes: dict[int, list[Anchor]] = {}
    for pair, anchor, _ in story.anchors:
        if anchor.kind == "quote":
            quotes.setdefault(int(story.pairs.rows[pair]), []).append(anchor)
    return quotes


def _grouped(matches: Iterator[Match], quotes: dict[int, list[Anchor]]) -> dict[GroupKey, Group]:
    """Return the matches by reason; *quotes* are those that members share, by row."""
    groups: dict[GroupKey, Group] = {}
    in_title: list[Match] = []
    for match in matches:
        key = _key(match, quotes.get(match.row, []))
        if key[0] == "title":
            in_title.append(match)
        else:
            _add(groups, key, match)
    enough = len({match.mine.start for match in in_title}) >= _TITLE_WORDS
    for match in in_title:
        _add(groups, ("title", "title") if enough else ("words", match.mine.text.lower()), match)
    return groups


def _add(groups: dict[GroupKey, Group], key: GroupKey, match: Match) -> None:
    groups.setdefault(key, Group()).add(match)


def _key(match: Match, quotes: list[Anchor]) -> GroupKey:
    """Return the reason that a match counts for.

    A name counts as itself, any other match for a quote that it stands inside of on both sides (*quotes* are
    those that the member shares), else for a time or number, else for the title, else as a word.
    """
    mine, theirs = match.mine, match.theirs
    if mine.kind in ("entity", "place") and theirs.kind in ("entity", "place"):
        return "entity", mine.label
    for quote in quotes:
        if _inside(mine, quote.spans[0]) and _inside(theirs, quote.other_spans[0]):
            return "quote", quote.key
    if mine.kind in ("time", "number"):
        return mine.kind, mine.text.lower()
    if mine.in_title and theirs.in_title:
        return "title", "title"
    return "words", mine.text.lower()


def _inside(unit: Unit, span: Span) -> bool:
    return span.start <= unit.start and unit.end <= span.end


def _evidence(window: Window, key: GroupKey, group: Group) -> Evidence:
    """Return a group as a reason, in the words of the member where it weighs most; ties to the older."""
    row = max(group.weight_by_row, key=lambda row: (group.weight_by_row[row], -int(window.number[row])))
    my_units = sorted(group.mine.values(), key=lambda unit: unit.start)
    their_units = sorted(group.theirs[row].values(), key=lambda unit: unit.start)
    kind, name = key
    if kind == "entity" and any(unit.kind == "place" for unit in my_units):
        kind = "place"
    text = _words(my_units)
    return Evidence(
        kind=kind,
        key=name,
        label=text if kind == "title" else my_units[0].label,
        weight=round(group.weight, 6),
        text=text,
        doc_spans=_spans(my_units),
        other=other_article(window, row, _words(their_units), _spans(their_units)),
    )


def other_article(window: Window, row: int, text: str, spans: list[Span]) -> Other:
    """Return the other article of a reason, with the words of it that agree."""
    return Other(doc_id=window.doc_id[row], lang=window.lang_at(row), text=text, spans=spans)


def _words(units: list[Unit]) -> str:
    return " · ".join(dict.fromkeys(unit.text for unit in units))


def _spans(units: list[Unit]) -> list[Span]:
    return [Span(start=unit.start, end=unit.end) for unit in units]


def _is_named(anchor: Anchor, groups: dict[GroupKey, Group]) -> bool:
    """Tell whether a fact is a name that both have and that is a reason by its words already."""
    return anchor.weight > 0 and anchor.kind in {"entity", "place"} and ("entity", anchor.label) in groups


def _add_named_facts(story: StoryScore, groups: dict[GroupKey, Group]) -> None:
    """Count the fact of a shared name with the reason that its words are: one name is one reason."""
    for _, anchor, weight in story.anchors:
        if _is_named(anchor, groups):
            groups["entity", anchor.label].weight += weight


def _fact_evidence(window: Window, story: StoryScore, groups: dict[GroupKey, Group]) -> list[Evidence]:
    """Return the facts as reasons, once each, in the words of the member where they weigh most.

    The words of a sentence that both quote count with the quote.
    """
    by_key: dict[GroupKey, list[WeighedAnchor]] = {}
    for weighed in story.anchors:
        if not _is_named(weighed.anchor, groups):
            by_key.setdefault((weighed.anchor.kind, weighed.anchor.key), []).append(weighed)
    out = []
    for (kind, key), group in by_key.items():
        strongest = max(group, key=lambda weighed: (abs(weighed.weight), -weighed.pair))
        anchor, row = strongest.anchor, int(story.pairs.rows[strongest.pair])
        words = groups[kind, key].weight if (kind, key) in groups and kind == "quote" else 0.0
        out.append(
            Evidence(
                kind=kind,
                key=key,
                label=anchor.label,
                weight=round(sum(weighed.weight for weighed in group) + words, 6),
                text=anchor.text,
                doc_spans=list(anchor.spans),
                other=other_article(window, row, anchor.other_text, list(anchor.other_spans)),
            )
        )
    return out


def _time_evidence(window: Window, point: Point, story: StoryScore) -> Evidence:
    """Return what the time between article and story says, with the member that is nearest in time."""
    rows = story.pairs.rows[story.factors > 0]
    apart = np.abs(window.at[rows] - point.at)
    row = int(rows[int(np.argmin(np.where(np.isnan(apart), np.inf, apart)))])
    label = TOO_LONG_LABEL if story.time_cost >= TOO_LONG else time_label(apart[~np.isnan(apart)])
    other = other_article(window, row, "", [])
    return Evidence(
        kind="time",
        key="gap",
        label=label,
        weight=round(story.time_says, 6),
        text="",
        doc_spans=[],
        other=other,
    )


def time_label(apart_s: Seconds) -> str:
    """Return how many seconds lie between an article and those of a story, as a reader would say it."""
    if not len(apart_s):
        return UNDATED_LABEL
    (least, unit), (most, greater_unit) = _in_units(float(apart_s.min())), _in_units(float(apart_s.max()))
    if not most:
        return "in the same minute"
    longest = f"{most} {greater_unit if most > 1 else greater_unit[:-1]}"
    if not least:
        return f"up to {longest} apart"
    if (least, unit) == (most, greater_unit):
        return f"{longest} apart"
    if unit == greater_unit:
        return f"{least} to {most} {unit} apart"
    return f"{least} {unit} to {most} {greater_unit} apart"


def _in_units(seconds: float) -> tuple[int, str]:
    minutes = round(seconds / 60)
    return (minutes, "minutes") if minutes < _IN_MINUTES_BELOW else (round(minutes / 60), "hours")
