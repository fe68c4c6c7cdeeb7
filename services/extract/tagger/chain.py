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
"""Score of a tag or step that cannot be."""


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


def best_paths(chains: Chains, steps: Array) -> list[NDArray[np.int64]]:
    """Return the best tag path of each sentence (Viterbi).

    *steps* [tags + 1, tags] scores one tag after another; its last row is for the first word.
    """
    scores, longest = chains.scores, chains.scores.shape[1]
    score, came_from = scores[:, 0] + steps[-1], []
    for word in range(1, longest):
        count = chains.alive(word)
        through = score[:count, :, None] + steps[:-1]
        came_from.append(through.argmax(1))
        score[:count] = through.max(1) + scores[:count, word]
    tag = score.argmax(1)
    paths = np.zeros(scores.shape[:2], np.int64)
    for word in range(longest - 1, -1, -1):
        following = chains.alive(word + 1)
        if following:
            tag[:following] = came_from[word][np.arange(following), tag[:following]]
        count = chains.alive(word)
        paths[:count, word] = tag[:count]
    return [path[:size] for path, size in zip(paths, chains.sizes, strict=True)]


@dataclass(frozen=True)
class PathSums:
    """What a chain adds up to, over all paths.

    *marginals* [sentences, longest, tags]; expected *transitions* [tags + 1, tags] over all; *log_total* of
    each sentence.
    """

    marginals: Array
    transitions: Array
    log_total: Array


def path_sums(chains: Chains, steps: Array) -> PathSums:
    """Return the sums of all sentences, run forward and backward together."""
    scores, longest = chains.scores, chains.scores.shape[1]
    peak = scores.max(2, keepdims=True)
    local = np.exp(scores - peak)
    step_weights, start_weights = np.exp(steps[:-1]), np.exp(steps[-1])
    forward = np.zeros_like(scores)
    log_total = np.zeros(len(scores))
    for word in range(longest):
        count = chains.alive(word)
        arrived = (start_weights if word == 0 else forward[:count, word - 1] @ step_weights) * local[
            :count, word
        ]
        scale = arrived.sum(1, keepdims=True)
        forward[:count, word] = arrived / scale
        log_total[:count] += np.log(scale[:, 0]) + peak[:count, word, 0]
    backward = np.zeros_like(scores)
    backward[np.arange(len(scores)), chains.sizes - 1] = 1
    transitions = np.zeros_like(steps)
    for word in range(longest - 1, 0, -1):
        count = chains.alive(word)
        arriving = local[:count, word] * backward[:count, word]
        leaving = arriving @ step_weights.T
        scale = (forward[:count, word - 1] * leaving).sum(1, keepdims=True)
        backward[:count, word - 1] = leaving / scale
        transitions[:-1] += step_weights * (forward[:count, word - 1].T @ (arriving / scale))
    marginals = forward * backward
    marginals /= np.maximum(marginals.sum(2, keepdims=True), 1e-300)
    transitions[-1] = marginals[:, 0].sum(0)
    return PathSums(marginals, transitions, log_total)
