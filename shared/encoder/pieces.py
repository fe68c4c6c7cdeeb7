"""Text into the model's pieces, each with its place in the text (Unigram, as SentencePiece does it).

Best segmentation under a unigram model: T. Kudo, "Subword Regularization", ACL 2018. No piece crosses a
space, so words are segmented one by one and remembered.
"""

from __future__ import annotations

import functools
import re
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

META = "▁"
UNKNOWN_PENALTY = 10.0
"""How far below the worst piece an unknown character scores (SentencePiece's own constant)."""
WORDS_KEPT = 30_000
"""Words that are remembered with their pieces."""
LONGEST_KEPT = 64
"""Letters of the longest word that is remembered: a longer one does not come again."""
_WORD = re.compile(r"\S+")

type Piece = tuple[int, int, int]
"""A token id, and start and end of the letters it covers; a plain tuple, since each word makes many."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """Token ids of a text and the code points each covers: ``text[spans[i][0]:spans[i][1]]``."""

    ids: list[int]
    spans: list[tuple[int, int]]


class Segmenter:
    """Cuts text into pieces.

    Ids count through *special*, the pieces that *start* a word (without META) and those *inside* one;
    *scores* holds a log probability for each. *normal* maps a code point to its normalised form.
    """

    def __init__(
        self, table: Mapping[str, Sequence[str]], scores: Sequence[float], normal: Mapping[int, str]
    ) -> None:
        self.special = {name: i for i, name in enumerate(table["special"])}
        first = len(self.special)
        self._start = {piece: i for i, piece in enumerate(table["start"], first)}
        self._inner = {piece: i for i, piece in enumerate(table["inner"], first + len(self._start))}
        self._scores = array("d", scores)  # a list of floats would take 4 MB more
        self._unknown = self.special["unk"]
        self._unknown_score = min(self._scores) - UNKNOWN_PENALTY
        self._longest = max(map(len, (*self._start, *self._inner)))
        self._normal = dict(normal)
        self._remembered = functools.lru_cache(WORDS_KEPT)(self._segment)

    def __call__(self, text: str) -> Pieces:
        """Segment *text*; pieces come in reading order."""
        ids: list[int] = []
        spans: list[tuple[int, int]] = []
        for match in _WORD.finditer(text):
            word, begin = match.group(), match.start()
            segment = self._remembered if len(word) <= LONGEST_KEPT else self._segment
            for piece, start, end in segment(word):
                ids.append(piece)
                spans.append((begin + start, begin + end))
        return Pieces(ids, spans)

    def _segment(self, word: str) -> tuple[Piece, ...]:
        """Segment a *word*: what stands between two spaces.

        Normalising may split it further: a zero-width mark becomes a space.
        """
        letters, origin = [], []
        for place, char in enumerate(word):
            for letter in self._normal.get(ord(char), char):
                letters.append(letter)
                origin.append(place)
        out = []
        for match in _WORD.finditer("".join(letters)):
            places = origin[match.start() : match.end()]
            for piece, start, end in self._best(match.group()):
                out.append((piece, places[start] if start < end else places[0], places[end - 1] + 1))
        return tuple(out)

    def _best(self, word: str) -> list[Piece]:
        """Return the best pieces of a normalised *word* with a META before it (Viterbi)."""
        size = len(word)
        score = [-1e30] * (size + 1)
        back = [(self._unknown, 0)] * (size + 1)  # by end of a piece: the best one there, and its start
        scores, longest, unknown_score = self._scores, self._longest, self._unknown_score
        for start in range(-1, size):  # -1: the META alone
            is_first = start < 0
            base, table, begin = (0.0, self._start, 0) if is_first else (score[start], self._inner, start)
            for end in range(0 if is_first else start + 1, min(size, start + longest) + 1):
                piece = table.get(word[begin:end])
                if piece is not None and base + scores[piece] > score[end]:
                    score[end] = base + scores[piece]
                    back[end] = (piece, start)
            if not is_first and base + unknown_score > score[start + 1]:
                score[start + 1] = base + unknown_score
                back[start + 1] = (self._unknown, start)
        return self._path(back, size)

    def _path(self, back: Sequence[tuple[int, int]], end: int) -> list[Piece]:
        """Follow *back* from the end; neighbouring unknown characters become one piece (SentencePiece)."""
        out: list[Piece] = []
        while end >= 0:
            piece, start = back[end]
            if out and piece == self._unknown == out[-1][0]:
                out[-1] = (piece, max(start, 0), out[-1][2])
            else:
                out.append((piece, max(start, 0), max(end, 1)))
            end = start
        return out[::-1]
