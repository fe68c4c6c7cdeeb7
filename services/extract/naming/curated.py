"""Names of the curated table (rule a), with the states that organisations belong to."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, NamedTuple

from services.extract.found_name import Name, name_over
from services.extract.lexicon import snapshot
from services.extract.lexicon.cues import cues
from services.extract.naming.clitics import after_letters, letters_outside, without_clitic
from services.extract.words_of_article import Words
from shared.records import entity_ids
from shared.text.stems import nationalities, readings

ALIAS_PRIOR = 0.95
"""Confidence of a curated name: the precision of any overlap on the dev parts, rounded down."""


def curated(words: Words) -> list[Name]:
    """Return every curated name, nationality and office in the text, the longest at each place, in order."""
    names: list[Name] = []
    i = 0
    while i < len(words.tokens):
        name = (
            _curated_at(words, i) or _nationality_at(words, i)
            if words.tokens[i].is_word or words.tokens[i].text[0].isdigit()
            else None
        )
        if name is None:
            i += 1
            continue
        names.append(name)
        i = name.last
    return _joined_with_states(names, words)


class _Match(NamedTuple):
    """An alias that stands at a token, and how many letters before and behind it are no part of the name."""

    alias: snapshot.Alias
    before: int
    behind: int

    @property
    def length(self) -> int:
        """How many tokens it has."""
        return len(self.alias.key)


def _curated_at(words: Words, i: int) -> Name | None:
    """Return the longest name of the table that begins at token *i*, clitics left outside."""
    match = _longest_alias(words, i)
    if match is None:
        return None
    row = snapshot.entity(match.alias.entity_id)
    return Name(
        first=i,
        last=i + match.length,
        start=words.tokens[i].start + after_letters(words.tokens[i].text, match.before),
        end=words.tokens[i + match.length - 1].end - match.behind,
        type=row["type"] if row else "ORG",
        method="alias",
        confidence=ALIAS_PRIOR,
        entity_id=match.alias.entity_id,
        use=match.alias.use,
    )


def _longest_alias(words: Words, i: int) -> _Match | None:
    """Return the longest alias that begins at token *i*."""
    table = snapshot.aliases(words.lang)
    longest: _Match | None = None
    for cut, form, behind in readings(words.keys[i], words.lang):
        for alias in table.get(form, ()):
            length = len(alias.key)
            if not _counts_at(words, i, alias.use) or (behind and length > 1):
                continue
            if longest and length <= longest.length:
                continue
            tail = behind if length == 1 else _tail(words, i, alias)
            if tail is not None and _has_capitals(words.tokens[i].text, alias.capitals):
                longest = _Match(alias, letters_outside(words.keys[i], cut, form), tail)
                break
    return longest


def _counts_at(words: Words, i: int, use: snapshot.Use) -> bool:
    """Tell whether an alias of this *use* counts at token *i*: no adjective does, a source after a cue."""
    if use == "source":
        return words.key_before(i) in cues(words.lang).source_cues
    return use != "adj"


def _tail(words: Words, i: int, alias: snapshot.Alias) -> int | None:
    """Return how many letters to cut behind an alias of several tokens, None when it does not stand here."""
    length = len(alias.key)
    if not words.same_sentence(i, i + length - 1):
        return None
    if tuple(words.keys[i + 1 : i + length - 1]) != alias.key[1:-1]:
        return None
    last = words.keys[i + length - 1]
    return next(
        (behind for cut, form, behind in readings(last, words.lang) if not cut and form == alias.key[-1]),
        None,
    )


def _has_capitals(text: str, needed: Literal["", "first", "all"]) -> bool:
    if needed == "all":
        return text.removesuffix("'s").removesuffix("’s").isupper()
    return not needed or text[0].isupper()


def _nationality_at(words: Words, i: int) -> Name | None:
    """Return the nationality that begins at token *i*, a clitic left outside."""
    text = words.tokens[i].text
    if words.lang == "ar" and text.endswith("ى"):  # «اليمنى» is the right side, not Yemeni
        return None
    table = snapshot.aliases(words.lang)
    for form in nationalities(words.keys[i], words.lang):
        for alias in table.get(form, ()):
            last = i + len(alias.key)
            stands_here = tuple(words.keys[i + 1 : last]) == alias.key[1:]
            if alias.use == "adj" and stands_here and _has_capitals(text, alias.capitals):
                name = name_over(words, i, last, "NORP", method="alias", confidence=ALIAS_PRIOR)
                return replace(without_clitic(name, words), entity_id=alias.entity_id, use="adj")
    return None


def _joined_with_states(names: list[Name], words: Words) -> list[Name]:
    """Join an organisation with the state beside it (وزارت خارجه ایران, Iranian Foreign Ministry).

    Without a state those of one word, and forces, are dropped.
    """
    out: list[Name] = []
    joined = -1
    for n, name in enumerate(names):
        if n == joined:
            continue
        if name.use != "head":
            out.append(name)
            continue
        if _is_office(name, words):
            continue
        after = names[n + 1] if n + 1 < len(names) else None
        before = out[-1] if out else None
        if (
            after
            and after.first == name.last
            and _is_state(after)
            and words.same_sentence(name.first, after.first)
        ):
            out.append(_of_state(name, after, organisation=name, state=after))
            joined = n + 1
        elif before and before.last == name.first and _is_state(before) and words.lang == "en":
            out[-1] = _of_state(before, name, organisation=name, state=before)
        elif name.last - name.first > 1 and not _needs_state(name, words):
            out.append(name)
    return out


def _is_office(name: Name, words: Words) -> bool:
    """Tell whether a title stands before a ministry's short name: «وزيرة الخارجية» is a person's office."""
    return words.lang == "ar" and words.key_before(name.first) in cues("ar").titles


def _needs_state(name: Name, words: Words) -> bool:
    """Tell whether an organisation is one only beside its state: «وزارت خارجه»."""
    first, *rest = words.keys[name.first : name.last]
    never_alone = cues(words.lang).never_alone
    return any(
        never_alone.length([reading.form, *rest], 0) == len(name.over)
        for reading in readings(first, words.lang)
    )


def _is_state(name: Name) -> bool:
    return bool(entity_ids.country(name.entity_id))


def _of_state(first: Name, second: Name, *, organisation: Name, state: Name) -> Name:
    """Return the *organisation* of a *state* as one name over both, whichever of them stands first."""
    entity_id = f"{organisation.entity_id}.{entity_ids.country(state.entity_id).lower()}"
    return replace(
        first,
        last=second.last,
        end=second.end,
        type="ORG",
        entity_id=snapshot.resolved(entity_id),
        use="name",
    )
