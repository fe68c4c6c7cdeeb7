"""Anchors: the facts that fix an event, each compared with the other article's fact of that kind.

They are who said what, how many, who, where and when. Words and meaning find the candidates; anchors are
weighed for the few best only, and may speak against a pair as well as for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import product

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from services.link.model import AnchorWeights
from services.link.reading.features import Unit, number_name
from services.link.reading.notes import Figure, NotedName, NotedQuote, Notes
from services.link.reading.sound_keys import sound_keys
from services.link.reading.words import tokens
from shared.records import Span
from shared.records.linked import EvidenceKind
from shared.text.digits import fold_digits

TOWN_KM = 60.0  # distance up to which two towns may be one place
PROVINCE_KM = 200.0  # the same where one of them is a province, which is given by its middle
LEAST_SHARED_FEATURES = 4  # features that make two quotes one statement: a name alone has two
SEVERAL = 2  # names on each side that must all be other ones before that says something
MOST_SHARED = 2  # shared names or numbers of a kind that count; more of them are rarely independent
_NAME_TYPES = frozenset({"PER", "ORG", "LOC", "FAC"})

Fact = NotedName | Unit | Figure | NotedQuote


class Anchor(Struct, frozen=True):
    """One comparison of facts: its log-odds, and the words on both sides.

    *is_form* marks the one that ``_same_form`` makes.
    """

    kind: EvidenceKind
    key: str
    label: str
    weight: float
    text: str
    spans: tuple[Span, ...]
    other_text: str
    other_spans: tuple[Span, ...]
    is_form: bool = False


def anchors(
    mine: Notes, theirs: Notes, weights: AnchorWeights, *, same_language: bool, words_log_odds: float
) -> list[Anchor]:
    """Return what the facts of two articles say for or against their telling one event.

    *words_log_odds* are those that their shared words give.
    """
    people, other_people = _names_of_type(mine, "PER"), _names_of_type(theirs, "PER")
    bodies, other_bodies = _names_of_type(mine, "ORG"), _names_of_type(theirs, "ORG")
    states, other_states = _states_of(mine), _states_of(theirs)
    towns, other_towns = _towns_of(mine, unknown=same_language), _towns_of(theirs, unknown=same_language)

    several_people = min(len(people), len(other_people)) >= SEVERAL
    all_placed = all(town.precision for town in (*towns.values(), *other_towns.values()))
    person_conflict = weights.people_conflict if several_people else weights.person_conflict
    by_person = _compare_names(people, other_people, weights.person_agree, person_conflict)
    by_town = _compare_towns(towns, other_towns, weights, all_placed=all_placed)
    by_figure = _compare_figures(mine.figures, theirs.figures, weights)
    other_figure = any(anchor.weight < 0 for anchor in by_figure)
    day_conflict = weights.day_figure_conflict if other_figure else weights.day_conflict
    sure = (by_person if several_people else []) + (by_town if all_placed and same_language else [])

    out = _compare_quotes(mine.quotes, theirs.quotes, weights)
    out += by_person
    if same_language:
        out += _compare_names(bodies, other_bodies, 0.0, weights.body_conflict)
    out += _names_apart(mine.names, theirs.names, weights.names_apart)
    out += by_town
    out += _compare("place", states, other_states, agree=weights.state_agree, conflict=weights.state_conflict)
    out += by_figure or _compare_numbers(mine.units, theirs.units, weights)
    out += _compare_days(mine.days, theirs.days, weights.day_agree, day_conflict)
    out += _same_form(sure, words_log_odds, weights)
    return [anchor for anchor in out if anchor.weight]


def _names_of_type(notes: Notes, kind: str) -> dict[str, NotedName]:
    return {name.entity_id: name for name in notes.names if name.type == kind}


def _compare_names(
    mine: Mapping[str, NotedName], theirs: Mapping[str, NotedName], agree: float, conflict: float
) -> list[Anchor]:
    """Return the names both have, or the conflict when no name of the first sounds like one of the second."""
    if not mine or not theirs:
        return []
    any_shared = not mine.keys().isdisjoint(theirs) or sound_alike(mine.values(), theirs.values())
    return _compare("entity", mine, theirs, agree=agree, conflict=0.0 if any_shared else conflict)


def sound_alike(mine: Iterable[NotedName], theirs: Iterable[NotedName]) -> bool:
    """Tell whether one of *mine* sounds like one of *theirs*, whatever the script.

    More than half of the words of the shorter name must: two hospitals share the word for one.
    """
    their_sounds = [_sounds(name.text) for name in theirs]
    return any(_most_words_meet(_sounds(name.text), sounds) for name in mine for sounds in their_sounds)


def _most_words_meet(a: tuple[frozenset[str], ...], b: tuple[frozenset[str], ...]) -> bool:
    shorter, longer = sorted((a, b), key=len)
    met = sum(any(not word.isdisjoint(other) for other in longer) for word in shorter)
    return met * 2 > len(shorter)


@lru_cache(4096)
def _sounds(name: str) -> tuple[frozenset[str], ...]:
    """Return the sound keys of each word of a name; an Arabic word's also without its article and clitics."""
    return tuple(keys for word, _, _ in tokens(name) if (keys := frozenset(sound_keys(word, "ar"))))


def _towns_of(notes: Notes, *, unknown: bool) -> dict[str, NotedName]:
    """Return the places smaller than a state; *unknown* ones too, which are comparable in one language."""
    return {
        name.entity_id: name
        for name in notes.names
        if name.precision in {"adm1", "city", "site"}
        or (unknown and not name.precision and name.type in {"LOC", "FAC"})
    }


def _compare_towns(
    mine: dict[str, NotedName], theirs: dict[str, NotedName], weights: AnchorWeights, *, all_placed: bool
) -> list[Anchor]:
    """Return the towns both have, or the conflict when all are far apart.

    *all_placed* tells whether it is known of all of them where they are. One that no gazetteer knows may lie
    in the province that the other article names.
    """
    if not mine or not theirs:
        return []
    my_places, their_places = (
        [name for name in names.values() if name.precision] for names in (mine, theirs)
    )
    near = any(distance_km(a, b) < _reach_km(a, b) for a in my_places for b in their_places)
    near = near or (not all_placed and (_are_provinces(mine) or _are_provinces(theirs)))
    conflict = weights.town_conflict if all_placed else weights.unknown_town_conflict
    return _compare("place", mine, theirs, agree=weights.town_agree, conflict=0.0 if near else conflict)


def _are_provinces(names: Mapping[str, NotedName]) -> bool:
    return all(name.precision == "adm1" for name in names.values())


def _reach_km(a: NotedName, b: NotedName) -> float:
    """Return how far apart two places may be and still be one: a province is given by its middle."""
    return PROVINCE_KM if "adm1" in (a.precision, b.precision) else TOWN_KM


def distance_km(a: NotedName, b: NotedName) -> float:
    """Return the distance of two places on the globe."""
    lat_a, lat_b, turn = math.radians(a.lat), math.radians(b.lat), math.radians(a.lon - b.lon)
    half = math.sin((lat_a - lat_b) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(turn / 2) ** 2
    return 12_742 * math.asin(math.sqrt(half))


def _compare_figures(mine: list[Figure], theirs: list[Figure], weights: AnchorWeights) -> list[Anchor]:
    """Return the equal numbers of one thing in one unit, and the first for which both give another."""
    if not mine or not theirs:
        return []
    their_figures = _by_what_they_count(theirs)
    equal, other = list[tuple[Figure, Figure]](), list[tuple[Figure, Figure]]()
    for counted, figures in _by_what_they_count(mine).items():
        pairs = [(a, b) for a in figures for b in their_figures.get(counted, ())]
        same = [(a, b) for a, b in pairs if a.value == b.value]
        equal += same[:1]
        other += pairs[:1] if not same else []
    return [_compare_figure(a, b, weights) for a, b in [*equal[:MOST_SHARED], *other[:1]]]


def _by_what_they_count(figures: list[Figure]) -> dict[tuple[str, str], list[Figure]]:
    """Return figures by what they count and in which unit."""
    out: dict[tuple[str, str], list[Figure]] = {}
    for figure in figures:
        out.setdefault((figure.of, figure.unit), []).append(figure)
    return out


def _compare_figure(a: Figure, b: Figure, weights: AnchorWeights) -> Anchor:
    same = a.value == b.value
    name = a.of or a.unit
    label = f"{a.text} {name}" if same else f"{a.text} ≠ {b.text} {name}"
    weight = weights.figure_agree if same else weights.figure_conflict
    key = f"{name}={a.value:g}" if same else f"{name}:{a.value:g}≠{b.value:g}"
    return _anchor("number", key, label, weight, mine=a, theirs=b)


def _compare_quotes(mine: list[NotedQuote], theirs: list[NotedQuote], weights: AnchorWeights) -> list[Anchor]:
    """Return the statement both quote, if any: the two quotes that share most of their rare words."""
    if not mine or not theirs:
        return []
    my_features, their_features = (
        [(quote, _index_of_features(quote)) for quote in quotes] for quotes in (mine, theirs)
    )
    best, a, b = max(
        (
            (_shared_part(my_quote, their_quote, my_index, their_index), my_quote, their_quote)
            for (my_quote, my_index), (their_quote, their_index) in product(my_features, their_features)
        ),
        key=lambda candidate: (candidate[0], -candidate[1].start, -candidate[2].start),
    )
    if best < weights.quote_floor:
        return []
    weight = min(weights.quote * (best - weights.quote_floor), weights.quote_most)
    label = f"{a.speaker}: «{a.text}»" if a.speaker else f"«{a.text}»"
    return [_anchor("quote", f"{a.start}", label, weight, mine=a, theirs=b)]


def _index_of_features(quote: NotedQuote) -> dict[int, int]:
    """Return the index of each feature of a quote among its features."""
    ids = np.frombuffer(quote.features.ids, np.uint32).tolist()
    return {feature: i for i, feature in enumerate(ids)}


def _shared_part(a: NotedQuote, b: NotedQuote, a_index: dict[int, int], b_index: dict[int, int]) -> float:
    """Return the part (0–1) of the shorter quote's rare words that the longer has too.

    Both indices are those of ``_index_of_features``.
    """
    shared = sorted(a_index.keys() & b_index.keys())
    if len(shared) < LEAST_SHARED_FEATURES:
        return 0.0
    a_weights = np.frombuffer(a.features.weights, np.float32)
    b_weights = np.frombuffer(b.features.weights, np.float32)
    smaller = min(float(np.square(a_weights).sum()), float(np.square(b_weights).sum()))
    common = a_weights[[a_index[id_] for id_ in shared]] * b_weights[[b_index[id_] for id_ in shared]]
    return float(common.sum()) / smaller


def _names_apart(mine: list[NotedName], theirs: list[NotedName], weight: float) -> list[Anchor]:
    """Return the conflict of two articles with several names each, none of them shared or alike in sound."""
    a, b = ([name for name in names if name.type in _NAME_TYPES] for names in (mine, theirs))
    if (
        min(len(a), len(b)) < SEVERAL
        or {name.entity_id for name in a} & {name.entity_id for name in b}
        or sound_alike(a, b)
    ):
        return []
    label = f"{_first_names(a)} ≠ {_first_names(b)}"
    return [_anchor("entity", "apart", label, weight, mine=a[0], theirs=b[0])]


def _first_names(names: list[NotedName]) -> str:
    return ", ".join(_called(name) for name in names[:SEVERAL])


def _states_of(notes: Notes) -> dict[str, NotedName]:
    return {name.entity_id: name for name in notes.names if name.precision == "country"}


def _compare_numbers(mine: list[Unit], theirs: list[Unit], weights: AnchorWeights) -> list[Anchor]:
    """Return the numbers that both write, whatever they count, or the conflict when they share none."""
    agree, conflict = weights.number_agree, weights.number_conflict
    return _compare("number", _numbers_of(mine), _numbers_of(theirs), agree=agree, conflict=conflict)


def _numbers_of(units: list[Unit]) -> dict[str, Unit]:
    return {number_name(fold_digits(unit.text)): unit for unit in reversed(units) if unit.kind == "number"}


def _compare_days(mine: list[str], theirs: list[str], agree: float, conflict: float) -> list[Anchor]:
    """Return the first day that both name, or the conflict when both name some and share none."""
    shared = sorted(set(mine) & set(theirs))
    if shared:
        day = shared[0]
        return [_day_anchor(day, day, agree, mine=day, theirs=day)]
    if not mine or not theirs:
        return []
    key, label = f"{mine[0]}≠{theirs[0]}", f"{mine[0]} ≠ {theirs[0]}"
    return [_day_anchor(key, label, conflict, mine=mine[0], theirs=theirs[0])]


def _day_anchor(key: str, label: str, weight: float, *, mine: str, theirs: str) -> Anchor:
    return Anchor(
        kind="time",
        key=key,
        label=label,
        weight=weight,
        text=mine,
        spans=(),
        other_text=theirs,
        other_spans=(),
    )


def _same_form(sure: list[Anchor], words_log_odds: float, weights: AnchorWeights) -> list[Anchor]:
    """Return the log-odds of shared words that are taken back where a *sure* comparison is a conflict.

    «A fire in X is out after nine hours» tells many events. Another figure takes nothing back: twelve injured
    are seventeen an hour later. Nor does one other person, a place that is not known, or a town in another
    language: reports of one event name different ones.
    """
    conflict = next((anchor for anchor in sure if anchor.weight < 0), None)
    if conflict is None or words_log_odds <= 0:
        return []
    return [
        replace(
            conflict,
            kind="words",
            key=f"form:{conflict.key}",
            label=f"the same words, but {conflict.label}",
            weight=-weights.form * words_log_odds,
            is_form=True,
        )
    ]


def _compare(
    kind: EvidenceKind, mine: Mapping[str, Fact], theirs: Mapping[str, Fact], *, agree: float, conflict: float
) -> list[Anchor]:
    """Return the facts both have, at most two, or the conflict when both have some and share none."""
    if not mine or not theirs:
        return []
    shared = [key for key in mine if key in theirs][:MOST_SHARED]
    if shared:
        return [
            _anchor(kind, key, _called(mine[key]), agree, mine=mine[key], theirs=theirs[key])
            for key in shared
        ]
    (my_key, my_fact), (their_key, their_fact) = next(iter(mine.items())), next(iter(theirs.items()))
    key, label = f"{my_key}≠{their_key}", f"{my_fact.text} ≠ {their_fact.text}"
    return [_anchor(kind, key, label, conflict, mine=my_fact, theirs=their_fact)]


def _anchor(kind: EvidenceKind, key: str, label: str, weight: float, *, mine: Fact, theirs: Fact) -> Anchor:
    return Anchor(
        kind=kind,
        key=key,
        label=label,
        weight=weight,
        text=mine.text,
        spans=(Span(start=mine.start, end=mine.end),),
        other_text=theirs.text,
        other_spans=(Span(start=theirs.start, end=theirs.end),),
    )


def _called(fact: Fact) -> str:
    """Return what a reader calls a fact: a name in its first language."""
    return next(iter(fact.label.values()), fact.text) if isinstance(fact, NotedName) else fact.text
