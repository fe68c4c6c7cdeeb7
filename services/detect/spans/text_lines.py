"""The lines of a text as detect reads them: addresses and markup blanked out, number and length bounded."""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_LINES = 400
"""More lines are taken several at a time, so that a page of a million costs what one of 400 costs."""

LONGEST_LINE = 4000
"""Code points of a line up to which all of it is read."""

PIECE = 1500
"""Code points of each of the three pieces read of a longer line: head, middle and end."""

_NOT_LANGUAGE = re.compile(
    r"https?://\S+|www\.\S+"  # addresses
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}"  # e-mail
    r"|[@#][A-Za-z0-9_]+"  # handles and Latin hashtags
    r"|</?[A-Za-z][^<>]{0,200}>|&#?\w{1,8};"  # what is left of HTML
    r"|(?<![\w.-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\.(?:com|org|net|ir|info|edu|gov)\b(?:/\S*)?",  # bare hosts
)
_HINT = re.compile(r"[@#<&]|://|\w\.\w")  # without one of these there is nothing to blank


@dataclass(frozen=True, slots=True)
class TextLine:
    """``text[start:end]`` of the article; *text* is that with all that is not language blanked out."""

    start: int
    end: int
    text: str


def blank(text: str) -> str:
    """Return *text* with addresses, e-mails, handles and HTML remains replaced by as many spaces."""
    if not _HINT.search(text):
        return text
    return _NOT_LANGUAGE.sub(lambda match: " " * len(match[0]), text)


def lines_of(text: str) -> list[TextLine]:
    """Return the lines of *text* that hold anything, grouped with neighbours above ``MOST_LINES``."""
    bounds: list[tuple[int, int]] = []
    start = 0
    for piece in text.split("\n"):
        if piece and not piece.isspace():
            bounds.append((start, start + len(piece)))
        start += len(piece) + 1
    group_size = -(-len(bounds) // MOST_LINES)
    groups = [bounds[at : at + group_size] for at in range(0, len(bounds), group_size)] if group_size else []
    return [
        TextLine(group[0][0], group[-1][1], blank(_bounded(text[group[0][0] : group[-1][1]])))
        for group in groups
    ]


def _bounded(text: str) -> str:
    if len(text) <= LONGEST_LINE:
        return text
    middle = len(text) // 2
    return f"{text[:PIECE]} {text[middle : middle + PIECE]} {text[-PIECE:]}"
