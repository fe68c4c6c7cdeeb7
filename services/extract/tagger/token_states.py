"""What the encoder's middle layers say of each token: the mean of its pieces' states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.encoder import Encoder
from shared.encoder.centring import Floats
from shared.text.tokens import Token, sentences


class Passage(NamedTuple):
    """Tokens that are read together, wherever they stand.

    *text* has any gap as one space, *places* are int64 [tokens, 2] in it as bytes, *sentences* the tokens of
    each sentence.
    """

    text: str
    places: bytes
    sentences: tuple[int, ...]

    @property
    def spans(self) -> NDArray[np.int64]:
        """Where each token stands in the text [tokens, 2]."""
        return np.frombuffer(self.places, np.int64).reshape(-1, 2)


def passage_of(tokens: Sequence[Token]) -> Passage:
    """Return *tokens* as a passage."""
    parts: list[str] = []
    spans: list[tuple[int, int]] = []
    end = 0
    for before, token in zip((None, *tokens), tokens, strict=False):
        if before is not None and token.start > before.end:
            parts.append(" ")
            end += 1
        parts.append(token.text)
        spans.append((end, end + len(token.text)))
        end += len(token.text)
    return Passage("".join(parts), np.array(spans, np.int64).tobytes(), tuple(map(len, sentences(tokens))))


def word_states(encoder: Encoder, passage: Passage) -> Floats:
    """Return float32 [tokens, taps * hidden] for the tokens of a passage."""
    spans = passage.spans
    windows = encoder.read(passage.text)
    starts = np.array([start for w in windows for start, _ in w.spans], np.int64)
    ends = np.array([end for w in windows for _, end in w.spans], np.int64)
    states = np.concatenate([w.states for w in windows])
    # pieces first:last of a token: all that end after it starts and start before it ends
    first = np.minimum(np.searchsorted(ends, spans[:, 0], "right"), len(states) - 1)
    last = np.maximum(np.searchsorted(starts, spans[:, 1], "left"), first + 1)
    piece = np.arange(len(states))
    inside = (piece >= first[:, None]) & (piece < last[:, None])
    means: Floats = (inside / (last - first)[:, None]).astype(np.float32) @ states
    return means
