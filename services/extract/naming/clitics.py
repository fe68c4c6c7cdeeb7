"""Clitics at a name, which stay outside of it: «و» and «ل» in «وللولايات المتحدة»."""

from __future__ import annotations

from dataclasses import replace

from services.extract.found_name import Name
from services.extract.lexicon import snapshot
from services.extract.words_of_article import Words
from shared.text.tokens import fold

SHORTEST_WITH_CLITIC = 5
"""Letters of a word whose first one may be a clitic."""


def after_letters(word: str, letters: int) -> int:
    """Return how many characters of *word* its first *letters* folded letters take: where a clitic ends."""
    return next((at for at in range(len(word)) if len(fold(word[:at])) >= letters), len(word))


def letters_outside(key: str, cut: int, form: str) -> int:
    """Return how many letters before *form* are no part of the name.

    Of «للولايات» read as «الولايات» none is: its first ل stands where the article's alif was, and
    `with_article` writes that back.
    """
    return cut - 1 if cut and form.startswith("ال") and key[cut - 1 : cut + 1] == "لل" else cut


def with_article(exact: str) -> str:
    """Return a surface as it would stand without the preposition: «للولايات المتحدة» → «الولايات المتحدة»."""
    return "ا" + exact[1:] if exact.startswith("لل") and len(exact.split(maxsplit=1)[0]) > 4 else exact


def without_clitic(name: Name, words: Words) -> Name:
    """Return a tagged Arabic name with و ف ب ل ك left outside where the text tells them from it (rule f).

    An article behind the letter does, or the rest of the word standing elsewhere in the text: «بأوسيم» and
    «منطقة أوسيم». Nothing else is cut: these letters begin too many names.
    """
    token = words.tokens[name.first]
    key = words.keys[name.first]
    if words.lang != "ar" or name.start != token.start or len(key) < SHORTEST_WITH_CLITIC:
        return name
    rest = key[1:]
    before_article = key.startswith(("وال", "بال", "فال", "کال", "ولل", "فلل")) and len(rest) >= 5
    stands_alone = key[0] in "وفبلک" and rest in words.keys and rest not in snapshot.ordinary("ar")
    if before_article or stands_alone:
        return replace(name, start=token.start + after_letters(token.text, 1))
    return name
