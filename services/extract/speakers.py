"""Who speaks: the subject of the speech verb, an unnamed official, or the last speaker when the verb stands alone («وتابع»)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.extract.cues import cues
from services.extract.name import Name, Words
from services.extract.quotes import Said

NEAR, FAR, UNNAMED, CARRIED = 0.9, 0.7, 0.6, 0.65
"""Confidence: the subject beside the verb, elsewhere in its sentence, an unnamed group, carried on from before."""
SPEAKS = frozenset({"PER", "ORG", "LOC"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A speaker: the place of a name in the article's list, or words, and how sure."""

    name: int | None
    text: str
    confidence: float


def voices(words: Words, quotes: Sequence[Said], names: Sequence[Name]) -> list[Voice | None]:
    """Return the speaker of every quote in order, None where the text names none."""
    out: list[Voice | None] = []
    last: Voice | None = None
    for quote in quotes:
        voice = _voice(words, quote, names) if quote.verb else None
        if voice is None and quote.verb and last:
            voice = Voice(name=last.name, text=last.text, confidence=min(CARRIED, last.confidence))
        out.append(voice)
        last = voice or last
    return out


def _voice(words: Words, quote: Said, names: Sequence[Name]) -> Voice | None:
    _, first, last = quote.verb or ("", 0, 0)
    after = words.lang == "ar" or words.tokens[first].start >= quote.end
    voice = _subject_after(words, (first, last), names) if after else None
    return voice or _subject_before(words, first, names, quote)


def _subject_after(words: Words, verb: tuple[int, int], names: Sequence[Name]) -> Voice | None:
    """Arabic: the subject follows its verb, up to «that», a sign that opens the quote, or eight words (قال الرئيس الإيراني إبراهيم رئيسي إن)."""
    listed = cues(words.lang)
    best: Voice | None = None
    group = -1
    i = verb[1]
    while words.same_sentence(verb[0], i) and i < verb[1] + 12:
        if words.keys[i] in listed.that or words.tokens[i].text in "“\"«:":
            break
        at = next((n for n, name in enumerate(names) if name.first == i), None)
        if at is not None:
            name = names[at]
            if name.type == "PER" or (name.type == "ORG" and name.use != "adj" and best is None and group < 0):
                best = Voice(name=at, text=words.text[name.start : name.end], confidence=NEAR if i < verb[1] + 2 else FAR)
                if name.type == "PER":
                    return best
            i = name.last
            continue
        if group < 0 and words.keys[i] in listed.groups and best is None:
            group = i
        if words.tokens[i].text in "،,":
            break
        i += 1
    return best or (_unnamed(words, group, i) if group >= 0 else None)


def _subject_before(words: Words, verb: int, names: Sequence[Name], quote: Said) -> Voice | None:
    """Persian, English and others: the subject opens the clause of its verb: a person first, else an organisation, else a group."""
    listed = cues(words.lang)
    start = verb
    while words.same_sentence(start - 1, verb) and not (start - 1 > 0 and words.tokens[start - 1].text in ".;؛" and words.tokens[start - 1].end < quote.start):
        start -= 1
    inside = [(n, name) for n, name in enumerate(names) if start <= name.first and name.last <= verb and not _in_quote(name, quote)]
    groups = [i for i in range(start, verb) if words.keys[i] in listed.groups and not any(name.first <= i < name.last for _, name in inside)]
    unnamed = groups[0] if groups else -1
    pronoun = words.keys[verb - 1] in listed.continues if verb > start else False
    if pronoun:
        return None
    chosen = _chosen(inside, unnamed)
    if chosen is not None:
        name = names[chosen]
        near = NEAR if verb - name.last <= 3 or name.first - start <= 1 else FAR
        return Voice(name=chosen, text=words.text[name.start : name.end], confidence=near)
    return _unnamed(words, unnamed, verb) if unnamed >= 0 else None


def _chosen(inside: list[tuple[int, Name]], unnamed: int) -> int | None:
    people = [n for n, name in inside if name.type == "PER"]
    bodies = [n for n, name in inside if name.type == "ORG" or (name.type in {"LOC", "FAC"} and name.use != "adj")]
    if people:
        return people[0]
    if unnamed >= 0:
        return None
    return next((n for n in bodies), None)


def _in_quote(name: Name, quote: Said) -> bool:
    return quote.start <= name.start < quote.end


def _unnamed(words: Words, start: int, stop: int) -> Voice:
    """The words of an unnamed speaker: «مقام‌های ارشد اسرائیلی», up to a preposition, sign or verb."""
    listed = cues(words.lang)
    end = start + 1
    while end < stop and end - start < 5 and words.tokens[end].is_word and words.keys[end] not in listed.agent_ends:
        end += 1
    first = start
    while words.same_sentence(first - 1, start) and words.keys[first - 1] in listed.group_starts:
        first -= 1
    return Voice(name=None, text=words.text[words.tokens[first].start : words.tokens[end - 1].end], confidence=UNNAMED)
