"""The piece of a text around what was found in it."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from re import Match

from services.archive.reading.answers import Piece
from shared.text.tokens import TOKEN, fold

MOST_READ = 12_000
"""Code points of a text that are looked through for the first hit."""

BEFORE, AFTER = 10, 24
"""Words and signs shown around it."""


def excerpt(text: str, whole: Collection[str], beginnings: Sequence[str] = ()) -> list[Piece]:
    """Return a piece of *text* around its first word that is in *whole* or begins as in *beginnings*.

    Without such a word it is the beginning of the text. No more is taken apart than is looked at: twenty
    excerpts are made for every answer.
    """
    begun, wanted = tuple(beginnings), bool(whole or beginnings)
    first: list[Match[str]] = []
    window: deque[Match[str]] = deque(maxlen=BEFORE + 1)
    after = 0
    for token in TOKEN.finditer(text, 0, min(len(text), MOST_READ)):
        if len(first) < BEFORE + AFTER:
            first.append(token)
        if after or (wanted and _is_hit(token[0], whole, begun)):
            after += 1
            window = window if after == 1 else deque(window)
        window.append(token)
        if after == AFTER or (not wanted and len(first) == BEFORE + AFTER):
            break
    return _pieces(text, list(window) if after else first, whole, begun)


def _pieces(
    text: str, shown: Sequence[Match[str]], whole: Collection[str], begun: tuple[str, ...]
) -> list[Piece]:
    if not shown:
        return []
    pieces, at = list[Piece](), shown[0].start()
    for token in shown:
        if _is_hit(token[0], whole, begun):
            pieces += [Piece(text=text[at : token.start()], hit=False)] if token.start() > at else []
            pieces.append(Piece(text=token[0], hit=True))
            at = token.end()
    rest = text[at : shown[-1].end()]
    return [*pieces, Piece(text=rest, hit=False)] if rest else pieces


def _is_hit(word: str, whole: Collection[str], begun: tuple[str, ...]) -> bool:
    if not (word[0].isalpha() or word.isdecimal()):
        return False
    form = fold(word)
    return form in whole or (bool(begun) and form.startswith(begun))
