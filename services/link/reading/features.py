"""Features of a text: what the linker counts, and the words each feature stands for.

A text has two feature sets. *own* compares texts of one language: stems, numbers, entities. *shared* compares
texts across languages: hub stems, sound keys, Latin words, numbers, days, entities. The id of a feature is
the CRC-32 of its name, so there is no table of ids.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from msgspec import Struct

from services.link.reading import bilingual_lexicon
from services.link.reading.sound_keys import sound_keys
from services.link.reading.words import stem, tokens
from shared.records import Clean, Entities

UnitKind = Literal["entity", "place", "number", "time", "words"]

TIME_STEMS = frozenset({
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "mon", "tue", "wed",
    "thu", "fri", "sat", "january", "february", "march", "april", "june", "july", "august", "september",
    "october", "november", "december", "jan", "feb", "apr", "aug", "sep", "sept", "oct", "nov", "dec",
})  # fmt: skip
"""English stems of week days and months: what a Persian or Arabic date word means in the hub lexicon."""

ENTITY, WEEKDAY_OR_MONTH, DAY_OF_YEAR, NUMBER = "i:", "t:", "d:", "n:"
STEM, LATIN_WORD, SOUND, HUB_STEM = "s:", "l:", "p:", "x:"
"""How the name of a feature begins, by its kind. Lanes remember hashes of names, so these never change."""

_FACTS = (ENTITY, WEEKDAY_OR_MONTH, DAY_OF_YEAR)
DAY = re.compile(r"\d{4}-\d\d-\d\d")
TITLE_WEIGHT = 3.0  # weight of a word of the headline; one of the body has 1
HEAD_WEIGHT = 2.0  # weight of a word of the first paragraphs
HEAD_PARAGRAPHS = 3  # paragraphs of a text that are its head
ENTITY_WEIGHT = 0.7  # strength of an entity, beside the words of its name
KEY_WEIGHT = 0.8  # strength of all sound keys of one word together
DAY_WEIGHT = 1.0  # strength of a day, week day or month


class Unit(Struct, frozen=True, array_like=True):
    """A word, number or name of the text that features stand for."""

    text: str
    start: int
    end: int
    kind: UnitKind
    label: str
    in_title: bool


@dataclass(slots=True)
class Features:
    """What is counted of a text in *lang*: the units, and for both sets the strength of each feature id.

    *seen_in* holds the numbers of the units in which a feature was seen. *facts* are the features that must
    not be lost among the words of a long article: days and names.
    """

    lang: str
    units: list[Unit] = field(default_factory=list)
    facts: set[int] = field(default_factory=set)
    own: dict[int, float] = field(default_factory=dict)
    shared: dict[int, float] = field(default_factory=dict)
    seen_in: dict[int, list[int]] = field(default_factory=dict)

    def add(
        self,
        unit: int,
        weight: float,
        *,
        own: Iterable[tuple[str, float]] = (),
        shared: Iterable[tuple[str, float]] = (),
    ) -> None:
        """Count features of the unit number *unit*, each with its own strength times *weight*."""
        for store, names in ((self.own, own), (self.shared, shared)):
            for name, strength in names:
                key = feature_id(name)
                store[key] = store.get(key, 0.0) + strength * weight
                if name.startswith(_FACTS):
                    self.facts.add(key)
                places = self.seen_in.setdefault(key, [])
                if places[-1:] != [unit]:  # units come in order
                    places.append(unit)


def feature_id(name: str) -> int:
    """Return the 32-bit id of a feature's name."""
    return zlib.crc32(name.encode())


def entity_feature(entity_id: str) -> int:
    """Return the id of the feature that an entity is."""
    return feature_id(ENTITY + entity_id)


@dataclass(frozen=True, slots=True)
class Zones:
    """Which part of the text an offset lies in."""

    title: range
    head_end: int

    @classmethod
    def of(cls, clean: Clean) -> Zones:
        """Return the zones of an article's text."""
        breaks = [gap.end() for gap in re.finditer(r"\n\s*\n", clean.text)]
        head_end = breaks[HEAD_PARAGRAPHS - 1] if len(breaks) >= HEAD_PARAGRAPHS else len(clean.text)
        return cls(range(0) if clean.title is None else clean.title.place, head_end)

    def weight(self, start: int) -> float:
        """Return how much a word at *start* counts."""
        if start in self.title:
            return TITLE_WEIGHT
        return HEAD_WEIGHT if start < self.head_end else 1.0

    def unit(self, *, text: str, start: int, end: int, kind: UnitKind, label: str) -> Unit:
        """Return the unit with its zone filled in."""
        return Unit(text, start, end, kind, label, start in self.title)


def features(clean: Clean, entities: Entities | None, lang: str) -> Features:
    """Return the features of an article; of one without entities, those of its words alone."""
    text, zones, out = clean.text, Zones.of(clean), Features(lang)
    for word, start, end in tokens(text):
        own, shared = list(own_names(word, lang)), list(shared_names(word, lang))
        if own or shared:
            unit = zones.unit(
                text=text[start:end], start=start, end=end, kind=kind_of(shared, word), label=text[start:end]
            )
            out.units.append(unit)
            out.add(len(out.units) - 1, zones.weight(start), own=own, shared=shared)
            if unit.kind == "time":
                days = [(WEEKDAY_OR_MONTH + day_name(shared), DAY_WEIGHT)]
                out.add(len(out.units) - 1, zones.weight(start), own=days, shared=days)
    if entities is not None:
        add_entities(out, zones, entities)
        add_days(out, zones, entities, text)
    return out


def kind_of(shared: list[tuple[str, float]], word: str) -> UnitKind:
    """Return how a reader would call the word: a number, a time or just a word."""
    if word[0].isdigit():
        return "number"
    return "time" if day_name(shared) else "words"


def day_name(shared: list[tuple[str, float]]) -> str:
    """Return the week day or month that a word most likely means, in three letters, or an empty string."""
    meanings = [feature for feature in shared if feature[0].startswith(HUB_STEM)]
    likeliest, _ = max(meanings, key=lambda feature: feature[1], default=("", 0.0))
    english = likeliest.removeprefix(HUB_STEM)
    return english[:3] if english in TIME_STEMS else ""


def add_entities(out: Features, zones: Zones, entities: Entities) -> None:
    """Count the entity of each mention; names in source lines are not counted, since clean has cut these."""
    entity_of = {entity.entity_id: entity for entity in entities.entities}
    for mention in entities.mentions:
        entity = entity_of.get(mention.entity_id)
        label = next(iter(entity.label.values()), mention.exact) if entity is not None else mention.exact
        kind: UnitKind = "place" if mention.type in {"LOC", "FAC"} else "entity"
        unit = zones.unit(text=mention.exact, start=mention.start, end=mention.end, kind=kind, label=label)
        out.units.append(unit)
        names = [(ENTITY + mention.entity_id, ENTITY_WEIGHT)]
        out.add(len(out.units) - 1, zones.weight(mention.start), own=names, shared=names)


def add_days(out: Features, zones: Zones, entities: Entities, text: str) -> None:
    """Count each day the text names."""
    for time in entities.times:
        match = DAY.match(time.value or "")
        if match is None:
            continue
        day = match.group()
        unit = zones.unit(
            text=text[time.start : time.end], start=time.start, end=time.end, kind="time", label=day
        )
        out.units.append(unit)
        names = [(DAY_OF_YEAR + day, DAY_WEIGHT)]
        out.add(len(out.units) - 1, zones.weight(time.start), own=names, shared=names)


def own_names(word: str, lang: str) -> Iterator[tuple[str, float]]:
    """Yield the features of a word within its language."""
    if word[0].isdigit():
        if len(word) > 1:
            yield NUMBER + number_name(word), 1.0
    elif len(word) > 2:
        yield f"{STEM}{lang}:{stem(word, lang)}", 1.0


def shared_names(word: str, lang: str) -> Iterator[tuple[str, float]]:
    """Yield the features of a word that mean the same in every language."""
    if word[0].isdigit():
        if len(word) > 1:
            yield NUMBER + number_name(word), 1.0
        return
    low, latin = word.lower(), word[0].isascii()
    if latin and len(word) > 1 and (lang != "en" or word.isupper()):
        yield LATIN_WORD + low, 1.0
    if len(word) > 2 and may_be_name(word, low, lang):
        keys = sound_keys(word, lang)
        for key in keys:
            yield SOUND + key, KEY_WEIGHT / len(keys)
    if lang == "en":
        yield HUB_STEM + stem(low, "en"), 1.0
    elif not latin and bilingual_lexicon.covers(lang):
        for target, p in bilingual_lexicon.english(low, lang):
            yield HUB_STEM + target, p


def may_be_name(word: str, low: str, lang: str) -> bool:
    """Tell whether a word may be a name: any in a script without capitals, no ordinary English word."""
    if word[0] == low[0]:
        return not (word[0].isascii() or word[0].upper() != word[0])
    return lang != "en" or low not in bilingual_lexicon.ordinary_words()


def number_name(word: str) -> str:
    """Return a number in one spelling: no thousand separators, a point before decimals."""
    return word.replace(",", "").replace("٬", "").replace("٫", ".").replace("/", ".")
