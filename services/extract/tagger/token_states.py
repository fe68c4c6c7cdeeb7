"""What the encoder's middle layers say of each token: the mean of its pieces' states."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shared.encoder import Encoder
from shared.encoder.centring import Floats
from shared.text.tokens import Token


def word_states(encoder: Encoder, tokens: Sequence[Token]) -> Floats:
    """Return float32 [tokens, taps * hidden] for tokens read together, such as a paragraph's."""
    text, spans = _running(tokens)
    windows = encoder.read(text)
    starts = np.array([start for w in windows for start, _ in w.spans], np.int64)
    ends = np.array([end for w in windows for _, end in w.spans], np.int64)
    states = np.concatenate([w.states for w in windows])
    # pieces first:last of a token: all that end after it starts and start before it ends
    first = np.minimum(np.searchsorted(ends, spans[:, 0], "right"), len(states) - 1)
    last = np.maximum(np.searchsorted(starts, spans[:, 1], "left"), first + 1)
    at = np.arange(len(states))
    inside = (at >= first[:, None]) & (at < last[:, None])
    means: Floats = (inside / (last - first)[:, None]).astype(np.float32) @ states
    return means


def _running(tokens: Sequence[Token]) -> tuple[str, np.ndarray[tuple[int, int], np.dtype[np.int64]]]:
    """Set tokens as text again, any gap as one space, and say where each stands in it."""
    parts: list[str] = []
    spans: list[tuple[int, int]] = []
    at = 0
    for before, token in zip((None, *tokens), tokens, strict=False):
        if before is not None and token.start > before.end:
            parts.append(" ")
            at += 1
        parts.append(token.text)
        spans.append((at, at + len(token.text)))
        at += len(token.text)
    return "".join(parts), np.array(spans, np.int64).reshape(-1, 2)
