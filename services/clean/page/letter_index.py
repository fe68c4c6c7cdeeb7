"""Finds paragraphs in a visible text by their letters and digits alone, whatever marks and spaces it has."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

MOST_MISSES = 40
"""Paragraphs that may be looked for in vain; then the search ends, so that no page costs quadratic time."""
MOST_MARKS = 8
"""Marks before the first letter of a paragraph that are taken in."""
LONG_PIECE = 60
"""Code points of a piece above which it is missed when it is not there; a row of signs or a word is not."""
_NOT_LETTERS = re.compile(r"[\W_]+")
_LETTERS = re.compile(r"[^\W_]+")


def letters_of(text: str) -> str:
    """Return the letters and digits of *text*."""
    return _NOT_LETTERS.sub("", text)


class LetterIndex:
    """A visible *text* with its *letters* in a row, to be asked where a paragraph stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        runs = [run.span() for run in _LETTERS.finditer(text)]
        self.letters = "".join([text[start:end] for start, end in runs])
        self._run_starts = [start for start, _ in runs]  # in the text
        self._run_letters = list(
            accumulate([end - start for start, end in runs], initial=0)
        )  # among its letters
        self._misses = 0

    def find_all(self, paragraphs: Sequence[str]) -> list[tuple[int, int] | None]:
        """Return the span of each of *paragraphs*, None where one is not there.

        The longest are placed first, and every other one between its neighbours: a short one («Read more»)
        may stand in many places.
        """
        spans: list[tuple[int, int] | None] = [None] * len(paragraphs)
        placed: list[int] = []
        for i in sorted(range(len(paragraphs)), key=lambda i: (-len(paragraphs[i]), i)):
            rank = bisect_left(placed, i)
            before = spans[placed[rank - 1]] if rank else None
            after = spans[placed[rank]] if rank < len(placed) else None
            spans[i] = self.find(paragraphs[i], before[1] if before else 0, after[0] if after else None)
            if spans[i]:
                placed.insert(rank, i)
        for i, paragraph in enumerate(paragraphs):
            if spans[i] is None and len(paragraph) > LONG_PIECE:
                spans[i] = self.find(paragraph)  # the extractor moved it
        return spans

    def find(self, paragraph: str, start: int = 0, end: int | None = None) -> tuple[int, int] | None:
        """Return the span of *paragraph* with the marks around it in ``text[start:end]``, or None."""
        wanted = letters_of(paragraph)
        if not wanted or self._misses > MOST_MISSES:
            return None
        end_letter = len(self.letters) if end is None else self._letter(end)
        first_letter = self.letters.find(wanted, self._letter(start), end_letter)
        if first_letter < 0:
            self._misses += 1
            return None
        last_letter = first_letter + len(wanted) - 1
        return self._widened(self._offset(first_letter), self._offset(last_letter) + 1, paragraph)

    def _widened(self, start: int, end: int, paragraph: str) -> tuple[int, int]:
        """Return a span with the quotation marks and full stops around it that the paragraph has."""
        marks = next((i for i, char in enumerate(paragraph[:MOST_MARKS]) if char.isalnum()), MOST_MARKS)
        while marks and start > 0 and self.text[start - 1] != "\n" and not self.text[start - 1].isalnum():
            start, marks = start - 1, marks - 1
        while end < len(self.text) and self.text[end] != "\n" and not self.text[end].isalnum():
            end += 1
        return start, end

    def _offset(self, letter: int) -> int:
        """Return where a letter stands in the text."""
        run = bisect_right(self._run_letters, letter) - 1
        return self._run_starts[run] + letter - self._run_letters[run]

    def _letter(self, offset: int) -> int:
        """Return the first letter at *offset* or behind it."""
        run = bisect_right(self._run_starts, offset) - 1
        if run < 0:
            return 0
        return min(self._run_letters[run] + offset - self._run_starts[run], self._run_letters[run + 1])
