"""The linear chain on top of a tagger: best path and probabilities of tag sequences.

Conditional random field: J. Lafferty, A. McCallum, F. Pereira, ICML 2001. Sums run in probability space,
scaled word by word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG", "B-MISC", "I-MISC")
NEVER = -1e4
"""Score of what cannot be."""


def in_play(kinds: frozenset[str]) -> Array:
    """Return [tags] with `NEVER` for the types that are not among *kinds*."""
    return np.array([0 if tag == "O" or tag[2:] in kinds else NEVER for tag in TAGS])


@dataclass(frozen=True)
class Chains:
    """Sentences side by side: *scores* [sentences, longest, tags], padded; *sizes* in words, falling."""

    scores: Array
    sizes: NDArray[np.int64]

    @classmethod
    def of(cls, sentences: Sequence[NDArray[np.floating]]) -> Chains:
        """Pad sentences [words, tags], which must come longest first."""
        sizes = np.array([len(s) for s in sentences])
        scores = np.zeros((len(sentences), sizes[0], len(TAGS)))
        for row, sentence in zip(scores, sentences, strict=True):
            row[: len(sentence)] = sentence
        return cls(scores, sizes)

    def alive(self, word: int) -> int:
        """Return how many sentences, counted from the longest, have a word number *word*."""
        return int((self.sizes > word).sum())


def best(chains: Chains, steps: Array) -> list[NDArray[np.int64]]:
    """Return the best tag path of each sentence (Viterbi).

    *steps* [tags + 1, tags] scores a
    tag after another, in the last row at the start.
    """
    scores, longest = chains.scores, chains.scores.shape[1]
    at, back = scores[:, 0] + steps[-1], []
    for t in range(1, longest):
        n = chains.alive(t)
        through = at[:n, :, None] + steps[:-1]
        back.append(through.argmax(1))
        at[:n] = through.max(1) + scores[:n, t]
    tag = at.argmax(1)
    paths = np.zeros(scores.shape[:2], np.int64)
    for t in range(longest - 1, -1, -1):
        following = chains.alive(t + 1)
        if following:
            tag[:following] = back[t][np.arange(following), tag[:following]]
        n = chains.alive(t)
        paths[:n, t] = tag[:n]
    return [path[:size] for path, size in zip(paths, chains.sizes, strict=True)]


@dataclass(frozen=True)
class Sums:
    """*marginals* [sentences, longest, tags]; expected *transitions* [tags + 1, tags] over all; *log_total*
    of each sentence.
    """

    marginals: Array
    transitions: Array
    log_total: Array


def sums(chains: Chains, steps: Array) -> Sums:
    """Run forward and backward over all sentences together."""
    scores, longest = chains.scores, chains.scores.shape[1]
    peak = scores.max(2, keepdims=True)
    local = np.exp(scores - peak)
    pass_on, start = np.exp(steps[:-1]), np.exp(steps[-1])
    ahead = np.zeros_like(scores)
    log_total = np.zeros(len(scores))
    for t in range(longest):
        n = chains.alive(t)
        a = (start if t == 0 else ahead[:n, t - 1] @ pass_on) * local[:n, t]
        scale = a.sum(1, keepdims=True)
        ahead[:n, t] = a / scale
        log_total[:n] += np.log(scale[:, 0]) + peak[:n, t, 0]
    behind = np.zeros_like(scores)
    behind[np.arange(len(scores)), chains.sizes - 1] = 1
    transitions = np.zeros_like(steps)
    for t in range(longest - 1, 0, -1):
        n = chains.alive(t)
        arriving = local[:n, t] * behind[:n, t]
        b = arriving @ pass_on.T
        scale = (ahead[:n, t - 1] * b).sum(1, keepdims=True)
        behind[:n, t - 1] = b / scale
        transitions[:-1] += pass_on * (ahead[:n, t - 1].T @ (arriving / scale))
    marginals = ahead * behind
    marginals /= np.maximum(marginals.sum(2, keepdims=True), 1e-300)
    transitions[-1] = marginals[:, 0].sum(0)
    return Sums(marginals, transitions, log_total)
