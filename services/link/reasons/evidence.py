"""The reasons of a decision: a story's score taken apart into the facts and words that agree.

Every reason is a share of the score in log-odds, so that bias + Σ reasons + rest = logit(score). The likeness
of meaning is never a reason of its own: a vector reads all words, so the words that both articles have answer
for it, each by its weight in the article: for all of it when they are a quarter of the article, for less when
they are fewer. What no shared word answers for is in the rest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from services.link.memory.compared import Point
from services.link.memory.terms import FULL
from services.link.memory.window import Window
from services.link.numeric.time_units import Seconds
from services.link.reading.features import Unit
from services.link.reading.notes import Notes
from services.link.weighing.anchors import Anchor
from services.link.weighing.story_scores import TOO_LONG, Scored
from shared.records import Evidence, Other, Span
from shared.records.linked import EvidenceKind

STRONGEST = 16  # reasons of a decision
SHOWN = 5  # reasons of a merge or move
EXPLAINED_PAIRS = 8  # of a large story; the others' shares are in the rest
EXPLAINING = 0.25  # of the weight of an article: shared words that answer for the whole of the likeness
SUREST = 12.0  # log-odds: no score says more
TOO_LONG_SAID = "the story would last too long"
UNDATED_SAID = "no date in one of the articles"
_TITLE_WORDS = 2  # that must agree before the title is called the reason
_RANK = {"entity": 0, "place": 0, "time": 1, "number": 2, "words": 3}
_ORDER = {kind: at for at, kind in enumerate(("quote", "entity", "number", "time", "place", "title"))}
"""As a reader is convinced; other kinds come last."""

GroupKey = tuple[EvidenceKind, str]


class Match(Struct, frozen=True):
    """A feature that article and member share: its part of the score, and the units it stands for in both."""

    weight: float
    row: int
    mine: Unit
    theirs: Unit


@dataclass(slots=True)
class Group:
    """One reason in the making: its weight, the article's words, and those of the member that agrees most."""

    weight: float = 0.0
    mine: dict[int, Unit] = field(default_factory=dict)
    by_row: dict[int, float] = field(default_factory=dict)
    theirs: dict[int, dict[int, Unit]] = field(default_factory=dict)

    def add(self, match: Match) -> None:
        """Count one agreeing feature."""
        self.weight += match.weight
        self.mine[match.mine.start] = match.mine
        self.by_row[match.row] = self.by_row.get(match.row, 0.0) + match.weight
        self.theirs.setdefault(match.row, {})[match.theirs.start] = match.theirs


@dataclass(frozen=True, slots=True)
class Reasons:
    """``bias + Σ evidence + rest = logit(score)``; evidence for the story stands before that against it."""

    score: float
    bias: float
    evidence: list[Evidence]
    rest: float


def reasons(window: Window, point: Point, mine: Notes, scored: Scored) -> Reasons:
    """Take a story's score apart: the strongest reasons, those for it first, as a reader is convinced."""
    total = min(max(scored.score, -SUREST), SUREST)
    bias = round(float((scored.share * scored.pairs.theme).sum()) - scored.prior, 6)
    groups = _grouped(_matches(window, point, mine, scored), _quoted(scored))
    _name_once(scored, groups)
    found = _facts(window, scored, groups)
    found += [_evidence(window, key, group) for key, group in groups.items() if key[0] != "quote"]
    found.sort(key=lambda item: (-abs(item.weight), item.kind, item.key))
    kept = [*found[: STRONGEST - 1], _gap(window, point, scored)]
    kept.sort(key=lambda item: (item.weight < 0, _ORDER.get(item.kind, len(_ORDER))))
    rest = total - (bias + sum(item.weight for item in kept))
    return Reasons(probability(total), bias, kept, rest)


def shown(window: Window, point: Point, mine: Notes, scored: Scored) -> list[dict[str, Any]]:
    """Return the strongest reasons as an event of a story tells them."""
    return [msgspec.to_builtins(item) for item in reasons(window, point, mine, scored).evidence[:SHOWN]]


def probability(log_odds: float) -> float:
    """Return the probability of *log_odds*, which are taken to be no surer than ``SUREST``."""
    return 1 / (1 + math.exp(-min(max(log_odds, -SUREST), SUREST)))


def _matches(window: Window, point: Point, mine: Notes, scored: Scored) -> Iterator[Match]:
    order = (-scored.share * scored.pairs.ratio).argsort(kind="stable")[:EXPLAINED_PAIRS]
    my_cover = _covers(mine.units)
    for i in order.tolist():
        if not scored.share[i]:
            continue
        row, same = int(scored.pairs.rows[i]), bool(scored.pairs.same[i])
        factor = float(scored.share[i] * scored.pairs.words_weight[i]) / (FULL * FULL)
        likeness = float(scored.share[i]) * max(float(scored.pairs.likeness[i]), 0.0)
        theirs = window.notes_at(row)
        their_cover = _covers(theirs.units)
        ids, weights = point.own if same else point.shared
        held_ids = (window.own_ids if same else window.shared_ids)[row].tolist()
        held_weights = (window.own_weights if same else window.shared_weights)[row].tolist()
        at = {feature: j for j, feature in enumerate(held_ids)}
        both = [
            (k, at[feature])
            for k, feature in enumerate(ids.tolist())
            if feature in at and weights[k] and held_weights[at[feature]]
        ]
        covered = sum(float(weights[k]) ** 2 for k, _ in both)
        meaning = likeness / max(covered, EXPLAINING * FULL * FULL)
        for k, j in both:
            yield Match(
                factor * float(weights[k]) * float(held_weights[j]) + meaning * float(weights[k]) ** 2,
                row,
                _unit(mine.units, (mine.own if same else mine.shared)[k], my_cover),
                _unit(theirs.units, (theirs.own if same else theirs.shared)[j], their_cover),
            )


def _covers(units: list[Unit]) -> dict[int, Unit]:
    """Return, by the start of a word, the name that the word is part of."""
    names = [unit for unit in units if unit.kind in ("entity", "place")]
    return {
        unit.start: name
        for unit in units
        for name in names
        if name.start <= unit.start and unit.end <= name.end
    }


def _unit(units: list[Unit], numbers: list[int], cover: dict[int, Unit]) -> Unit:
    found = [cover.get(units[n].start, units[n]) for n in numbers]
    return found[0] if len(found) == 1 else min(found, key=lambda unit: (_RANK[unit.kind], unit.start))


def _quoted(scored: Scored) -> dict[int, list[Anchor]]:
    """Return, by the row of a member, the sentences that it quotes too."""
    found: dict[int, list[Anchor]] = {}
    for i, anchor, _ in scored.anchored:
        if anchor.kind == "quote":
            found.setdefault(int(scored.pairs.rows[i]), []).append(anchor)
    return found


def _grouped(matches: Iterator[Match], quoted: dict[int, list[Anchor]]) -> dict[GroupKey, Group]:
    groups: dict[GroupKey, Group] = {}
    title: list[Match] = []
    for match in matches:
        key = _key(match, quoted.get(match.row, []))
        if key[0] == "title":
            title.append(match)
        else:
            _add(groups, key, match)
    enough = len({match.mine.start for match in title}) >= _TITLE_WORDS
    for match in title:
        _add(groups, ("title", "title") if enough else ("words", match.mine.text.lower()), match)
    return groups


def _add(groups: dict[GroupKey, Group], key: GroupKey, match: Match) -> None:
    groups.setdefault(key, Group()).add(match)


def _key(match: Match, quoted: list[Anchor]) -> GroupKey:
    mine, theirs = match.mine, match.theirs
    if mine.kind in ("entity", "place") and theirs.kind in ("entity", "place"):
        return "entity", mine.label
    said = next(
        (one for one in quoted if _inside(mine, one.spans[0]) and _inside(theirs, one.other_spans[0])), None
    )
    if said is not None:
        return "quote", said.key
    if mine.kind in ("time", "number"):
        return mine.kind, mine.text.lower()
    if mine.in_title and theirs.in_title:
        return "title", "title"
    return "words", mine.text.lower()


def _inside(unit: Unit, span: Span) -> bool:
    return span.start <= unit.start and unit.end <= span.end


def _evidence(window: Window, key: GroupKey, group: Group) -> Evidence:
    row = max(group.by_row, key=lambda r: (group.by_row[r], -int(window.number[r])))
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
    return Other(
        doc_id=window.doc_id[row], lang=window.lang_name(int(window.lang[row])), text=text, spans=spans
    )


def _words(units: list[Unit]) -> str:
    return " · ".join(dict.fromkeys(unit.text for unit in units))


def _spans(units: list[Unit]) -> list[Span]:
    return [Span(start=unit.start, end=unit.end) for unit in units]


def _is_named(anchor: Anchor, groups: dict[GroupKey, Group]) -> bool:
    """Tell whether a name that both have is a reason by its words already."""
    return anchor.weight > 0 and anchor.kind in {"entity", "place"} and ("entity", anchor.label) in groups


def _name_once(scored: Scored, groups: dict[GroupKey, Group]) -> None:
    """Count a shared name with the reason that its words are: one name is one reason."""
    for _, anchor, weight in scored.anchored:
        if _is_named(anchor, groups):
            groups["entity", anchor.label].weight += weight


def _facts(window: Window, scored: Scored, groups: dict[GroupKey, Group]) -> list[Evidence]:
    """Return the anchors as reasons, once each, in the words of the member where they weigh most.

    The words of a sentence that both quote count with the quote.
    """
    by_key: dict[GroupKey, list[tuple[int, Anchor, float]]] = {}
    for item in scored.anchored:
        if not _is_named(item[1], groups):
            by_key.setdefault((item[1].kind, item[1].key), []).append(item)
    out = []
    for (kind, key), items in by_key.items():
        i, anchor, _ = max(items, key=lambda item: (abs(item[2]), -item[0]))
        words = groups[kind, key].weight if (kind, key) in groups and kind == "quote" else 0.0
        out.append(
            Evidence(
                kind=kind,
                key=key,
                label=anchor.label,
                weight=round(sum(weight for _, _, weight in items) + words, 6),
                text=anchor.text,
                doc_spans=list(anchor.spans),
                other=other_article(
                    window, int(scored.pairs.rows[i]), anchor.other_text, list(anchor.other_spans)
                ),
            )
        )
    return out


def _gap(window: Window, point: Point, scored: Scored) -> Evidence:
    """Return what the time between article and story says, with the member that is nearest in time."""
    rows = scored.pairs.rows[scored.share > 0]
    apart = np.abs(window.at[rows] - point.at)
    row = int(rows[int(np.argmin(np.where(np.isnan(apart), np.inf, apart)))])
    label = TOO_LONG_SAID if scored.time >= TOO_LONG else time_label(apart[~np.isnan(apart)])
    other = other_article(window, row, "", [])
    return Evidence(
        kind="time",
        key="gap",
        label=label,
        weight=round(scored.time_says, 6),
        text="",
        doc_spans=[],
        other=other,
    )


def time_label(apart_s: Seconds) -> str:
    """Return how many seconds lie between an article and those of a story, as a reader would say it."""
    if not len(apart_s):
        return UNDATED_SAID
    (least, unit), (most, greater_unit) = _in_units(float(apart_s.min())), _in_units(float(apart_s.max()))
    if not most:
        return "in the same minute"
    if (least, unit) == (most, greater_unit) or not least:
        return f"{'' if least else 'up to '}{most} {greater_unit if most > 1 else greater_unit[:-1]} apart"
    return (
        f"{least} to {most} {unit} apart"
        if unit == greater_unit
        else f"{least} {unit} to {most} {greater_unit} apart"
    )


def _in_units(seconds: float) -> tuple[int, str]:
    minutes = round(seconds / 60)
    return (minutes, "minutes") if minutes < 120 else (round(minutes / 60), "hours")
