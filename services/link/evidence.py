"""The reasons of a decision: a story's score taken apart into the words, names, numbers, days and quotes that agree.

Every reason is a share of the score in log-odds, so that bias + Σ reasons + rest = logit(score). The similarity of meaning has no words
of its own: it is part of the rest and never a reason.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from services.link.anchors import Anchor
from services.link.cluster import Scored
from services.link.features import Unit
from services.link.items import Notes, Said
from services.link.window import Point, Window
from shared.records import Evidence, Other, Span

STRONGEST = 16
EXPLAINED_PAIRS = 8  # of a large story; the others' shares are in the rest
SUREST = 12.0  # log-odds: no score says more
_QUOTE_WORDS, _TITLE_WORDS = 3, 2  # that must agree before a quote or title is called the reason
_RANK = {"entity": 0, "place": 0, "time": 1, "number": 2, "words": 3}

GroupKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Match:
    """A feature of the article that a member has too: its share of the score and the units it stands for on both sides."""

    feature: int
    weight: float
    row: int
    mine: Unit
    theirs: Unit


@dataclass(slots=True)
class Group:
    """One reason in the making: its weight, the words of the article, and those of the member that agrees most."""

    weight: float = 0.0
    mine: dict[int, Unit] = field(default_factory=dict)
    by_row: dict[int, float] = field(default_factory=dict)
    theirs: dict[int, dict[int, Unit]] = field(default_factory=dict)
    features: set[int] = field(default_factory=set)

    def add(self, match: Match) -> None:
        """Count one agreeing feature."""
        self.weight += match.weight
        self.features.add(match.feature)
        self.mine[match.mine.start] = match.mine
        self.by_row[match.row] = self.by_row.get(match.row, 0.0) + match.weight
        self.theirs.setdefault(match.row, {})[match.theirs.start] = match.theirs


@dataclass(frozen=True, slots=True)
class Reasons:
    """``bias + Σ evidence + rest = logit(score)``; *against* is what spoke against, strongest first."""

    score: float
    bias: float
    evidence: list[Evidence]
    rest: float


def reasons(window: Window, point: Point, mine: Notes, scored: Scored) -> Reasons:
    """Take the score of a story apart."""
    total = min(max(scored.score, -SUREST), SUREST)
    bias = round(float((scored.share * scored.pairs.bias).sum()) - scored.prior, 6)
    found = [_evidence(window, mine, key, group) for key, group in _grouped(_matches(window, point, mine, scored)).items()]
    found += _facts(window, scored)
    found.sort(key=lambda item: (-abs(item.weight), item.kind, item.key))
    kept = found[: STRONGEST - 1] if scored.time else found[:STRONGEST]
    if scored.time:
        kept.append(_gap(window, scored))
    rest = total - (bias + sum(item.weight for item in kept))
    return Reasons(probability(total), bias, kept, rest)


def probability(log_odds: float) -> float:
    """Return the probability of *log_odds*, which are taken to be no surer than ``SUREST``."""
    return 1 / (1 + math.exp(-min(max(log_odds, -SUREST), SUREST)))


def _matches(window: Window, point: Point, mine: Notes, scored: Scored) -> Iterator[Match]:
    order = np.argsort(-scored.share * scored.pairs.ratio, kind="stable")[:EXPLAINED_PAIRS]
    my_cover = _covers(mine.units)
    for i in order.tolist():
        if not scored.share[i]:
            continue
        row, same = int(scored.pairs.rows[i]), bool(scored.pairs.same[i])
        factor = float(scored.share[i] * scored.pairs.words_weight[i]) / (255.0 * 255.0)
        theirs = window.notes_at(row)
        their_cover = _covers(theirs.units)
        ids, weights = point.own if same else point.shared
        held_ids = (window.own_ids if same else window.shared_ids)[row]
        held_weights = (window.own_weights if same else window.shared_weights)[row]
        at = {int(feature): j for j, feature in enumerate(held_ids)}
        for k, feature in enumerate(ids.tolist()):
            j = at.get(feature)
            if j is None or not weights[k] or not held_weights[j]:
                continue
            yield Match(
                feature,
                factor * float(weights[k]) * float(held_weights[j]),
                row,
                _unit(mine.units, (mine.own if same else mine.shared)[k], my_cover),
                _unit(theirs.units, (theirs.own if same else theirs.shared)[j], their_cover),
            )


def _covers(units: list[Unit]) -> dict[int, Unit]:
    """Return, by the start of a word, the name that the word is part of."""
    names = [unit for unit in units if unit.kind in ("entity", "place")]
    return {unit.start: name for unit in units for name in names if name.start <= unit.start and unit.end <= name.end}


def _unit(units: list[Unit], numbers: list[int], cover: dict[int, Unit]) -> Unit:
    found = [cover.get(units[n].start, units[n]) for n in numbers]
    return min(found, key=lambda unit: (_RANK[unit.kind], unit.start))


def _grouped(matches: Iterator[Match]) -> dict[GroupKey, Group]:
    groups: dict[GroupKey, Group] = {}
    plain: dict[GroupKey, list[Match]] = {}
    for match in matches:
        key = _key(match)
        if key[0] in ("quote", "title"):
            plain.setdefault(key, []).append(match)
        else:
            _add(groups, key, match)
    for key, found in plain.items():
        enough = len({match.mine.start for match in found}) >= (_QUOTE_WORDS if key[0] == "quote" else _TITLE_WORDS)
        for match in found:
            _add(groups, key if enough else ("words", match.mine.text.lower()), match)
    return groups


def _add(groups: dict[GroupKey, Group], key: GroupKey, match: Match) -> None:
    groups.setdefault(key, Group()).add(match)


def _key(match: Match) -> GroupKey:
    mine, theirs = match.mine, match.theirs
    if mine.kind in ("entity", "place") and theirs.kind in ("entity", "place"):
        return mine.kind, mine.label
    if mine.kind in ("time", "number"):
        return mine.kind, mine.text.lower()
    if mine.quote and theirs.quote:
        return "quote", f"q{mine.quote}-{match.row}-q{theirs.quote}"
    if mine.in_title and theirs.in_title:
        return "title", "title"
    return "words", mine.text.lower()


def _evidence(window: Window, mine: Notes, key: GroupKey, group: Group) -> Evidence:
    row = max(group.by_row, key=lambda r: (group.by_row[r], -int(window.number[r])))
    my_units = sorted(group.mine.values(), key=lambda unit: unit.start)
    their_units = sorted(group.theirs[row].values(), key=lambda unit: unit.start)
    kind, name = key
    text, label, spans = _words(my_units), my_units[0].label, _spans(my_units)
    their_text, their_spans = _words(their_units), _spans(their_units)
    if kind == "quote":
        theirs = window.notes_at(row)
        label = f"«{text}»"
        text, spans = _quoted(mine.quotes, my_units, text, spans)
        their_text, their_spans = _quoted(theirs.quotes, their_units, their_text, their_spans)
    elif kind == "title":
        label = text
    lang = window.lang_name(int(window.lang[row]))
    return Evidence(
        kind=kind,  # type: ignore[arg-type]
        key=name,
        label=label,
        weight=round(group.weight, 6),
        text=text,
        doc_spans=spans,
        other=Other(doc_id=window.doc_id[row], lang=lang, text=their_text, spans=their_spans),
    )


def _words(units: list[Unit]) -> str:
    return " · ".join(dict.fromkeys(unit.text for unit in units))


def _spans(units: list[Unit]) -> list[Span]:
    return [Span(start=unit.start, end=unit.end) for unit in units]


def _quoted(quotes: list[Said], units: list[Unit], text: str, spans: list[Span]) -> tuple[str, list[Span]]:
    """Return the quote around the agreeing words, the words themselves when it is not at hand."""
    found = next((quote for quote in quotes if quote.start <= units[0].start < quote.end), None)
    return (found.text, [Span(start=found.start, end=found.end)]) if found is not None else (text, spans)


def _facts(window: Window, scored: Scored) -> list[Evidence]:
    """Return the anchors as reasons; one that several members bear out counts once, with the words of the member it is surest of."""
    by_key: dict[GroupKey, list[tuple[int, Anchor, float]]] = {}
    for item in scored.anchored:
        by_key.setdefault((item[1].kind, item[1].key), []).append(item)
    out = []
    for (kind, key), items in by_key.items():
        i, anchor, _ = max(items, key=lambda item: (abs(item[2]), -item[0]))
        row = int(scored.pairs.rows[i])
        other = Other(
            doc_id=window.doc_id[row],
            lang=window.lang_name(int(window.lang[row])),
            text=anchor.other_text,
            spans=list(anchor.other_spans),
        )
        out.append(
            Evidence(
                kind=kind,  # type: ignore[arg-type]
                key=key,
                label=anchor.label,
                weight=round(sum(weight for _, _, weight in items), 6),
                text=anchor.text,
                doc_spans=list(anchor.spans),
                other=other,
            )
        )
    return out


def _gap(window: Window, scored: Scored) -> Evidence:
    """Return the reason against: the time between article and story."""
    row = int(scored.pairs.rows[int(np.argmax(window.number[scored.pairs.rows]))])
    other = Other(doc_id=window.doc_id[row], lang=window.lang_name(int(window.lang[row])), text="", spans=[])
    undated = bool(np.isnan(window.at[row])) or not scored.dated
    key, label = ("undated", "no date in one of the articles") if undated else ("gap", "time apart")
    return Evidence(kind="time", key=key, label=label, weight=round(-scored.time, 6), text="", doc_spans=[], other=other)
