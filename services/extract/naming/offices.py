"""The office of a person, as the words beside the name tell it: «مشاور امنیت ملی کاخ سفید»."""

from __future__ import annotations

from dataclasses import replace

from services.extract.found_name import Name
from services.extract.lexicon.cues import cues
from services.extract.words_of_article import Words

LONGEST_OFFICE_BEFORE = 8
"""Words from a title up to the name it belongs to."""
LONGEST_OFFICE_AFTER = 6
"""Words of an office behind a name."""


def with_offices(names: list[Name], words: Words) -> list[Name]:
    """Give every person the office before the name; in Persian the one that stands behind it."""
    office = _office_behind if words.lang == "fa" else _office_before
    return [
        replace(name, role=office(name, words)) if name.type == "PER" and not name.role else name
        for name in names
    ]


def _office_before(name: Name, words: Words) -> str | None:
    """Return the words from a title up to the name, over no sign or verb."""
    lang_cues = cues(words.lang)
    for back in range(1, LONGEST_OFFICE_BEFORE + 1):
        first = name.first - back
        if not words.same_sentence(first, name.first) or not (
            words.tokens[first].is_word or (back == 1 and words.tokens[first].text in '«“"')
        ):
            break
        if lang_cues.titles.at(words.keys, first):
            return words.text[words.tokens[first].start : words.tokens[name.first - 1].end].rstrip(' «“"')
        if lang_cues.speech_verbs.at(words.keys, first) or words.keys[first] in lang_cues.that:
            break
    return None


def _office_behind(name: Name, words: Words) -> str | None:
    """Return the office that a title right behind the name begins, up to a sign or verb."""
    lang_cues = cues(words.lang)
    first = name.last
    while words.same_sentence(name.first, first) and words.tokens[first].text in '»”"،,':
        first += 1
    if not words.same_sentence(name.first, first) or not lang_cues.titles.at(words.keys, first):
        return None
    end = first
    while (
        words.same_sentence(first, end)
        and end - first < LONGEST_OFFICE_AFTER
        and words.tokens[end].is_word
        and words.keys[end] not in lang_cues.agent_ends
        and not lang_cues.speech_verbs.at(words.keys, end)
    ):
        end += 1
    return words.text[words.tokens[first].start : words.tokens[end - 1].end] if end > first else None
