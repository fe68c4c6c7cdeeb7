"""Trains the head of the encoder tagger: a hidden layer and a linear chain on frozen states, in numpy.

Adam with decoupled decay (Kingma and Ba 2015; Loshchilov and Hutter 2019), cosine schedule, and the running
mean of the weights as the result, which stands in for averaging several trainings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.extract.tagger.chain import NEVER, TAGS, Array, Chains, path_sums

Floats = NDArray[np.floating]
Weights = dict[str, Floats]
Drop = Callable[[tuple[int, ...]], Floats]


@dataclass(frozen=True)
class Example:
    """One sentence: *rows* float16 [words, inputs], *tags* as numbers, *mask* [tags] of annotated types."""

    rows: NDArray[np.float16]
    tags: NDArray[np.int64]
    mask: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How to train.

    *drop* is the share of inputs and of hidden units left out, *words* the size of a batch.
    """

    hidden: int = 384
    epochs: int = 10
    rate: float = 2e-3
    decay: float = 0.01
    drop: float = 0.3
    words: int = 1024
    average: float = 0.998
    seed: int = 0


def legal() -> Array:
    """Return [tags + 1, tags] with 0 where a tag may follow another and `NEVER` elsewhere.

    I-x follows only B-x or I-x. The last row is the start of a sentence.
    """
    out = np.zeros((len(TAGS) + 1, len(TAGS)))
    for j, tag in enumerate(TAGS):
        if tag[0] == "I":
            out[:, j] = [0 if before[2:] == tag[2:] else NEVER for before in (*TAGS, "start")]
    return out


def _gelu(x: Floats) -> Floats:
    """Gaussian error linear unit, tanh form (Hendrycks and Gimpel 2016)."""
    out: Floats = 0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x * x * x)))
    return out


def _gelu_slope(x: Floats) -> Floats:
    t = np.tanh(0.7978845608 * (x + 0.044715 * x * x * x))
    out: Floats = 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * 0.7978845608 * (1 + 3 * 0.044715 * x * x)
    return out


def train(
    epochs: Callable[[int], Sequence[Example]], recipe: Recipe, report: Callable[[str], None]
) -> Weights:
    """Train on the examples *epochs* gives for each round.

    Same examples and recipe, same bytes on one machine.

    Returns ``in`` [inputs, hidden], ``in_bias``, ``out`` [hidden, tags], ``out_bias`` and ``steps`` [tags +
    1, tags].
    """
    rng = np.random.default_rng(recipe.seed)
    drop = _dropper(recipe.drop, rng)
    first = epochs(0)
    mean, spread = _moments(first)
    weights = _start(len(mean), recipe, rng)
    adam = _Adam(weights, recipe)
    total = recipe.epochs * len(list(_batches(first, recipe, np.random.default_rng(0))))
    step = 0
    for epoch in range(recipe.epochs):
        loss = words = 0.0
        for batch in _batches(epochs(epoch), recipe, rng):
            rows = (np.concatenate([e.rows for e in batch]).astype(np.float32) - mean) / spread
            value, gradient = _gradient(weights, batch, rows, drop)
            adam.step(
                gradient,
                recipe.rate * min(1.0, (step + 1) / 100) * 0.5 * (1 + np.cos(np.pi * min(1, step / total))),
            )
            step += 1
            loss += value
            words += sum(len(e.tags) for e in batch)
        report(f"epoch {epoch + 1} of {recipe.epochs}: loss {loss / words:.4f} a word")
    return _folded(adam.mean(), mean, spread)


def merged(heads: Sequence[Weights], shares: Sequence[float]) -> Weights:
    """Return one head whose scores are the mean of several: their hidden units side by side.

    *shares* add up to 1.
    """
    weighed = [(head, np.float32(share)) for head, share in zip(heads, shares, strict=True)]
    return {
        "in": np.concatenate([h["in"] for h in heads], 1),
        "in_bias": np.concatenate([h["in_bias"] for h in heads]),
        "out": np.concatenate([h["out"] * share for h, share in weighed]),
        "out_bias": sum((h["out_bias"] * share for h, share in weighed), np.zeros_like(heads[0]["out_bias"])),
        "steps": sum((h["steps"] * share for h, share in weighed), np.zeros_like(heads[0]["steps"])),
    }


def reach(rounds: Iterable[Sequence[Example]]) -> Floats:
    """Return the largest absolute value [inputs] of each input in all examples."""
    found: Floats = np.max([np.abs(example.rows).max(0) for examples in rounds for example in examples], 0)
    return found


def _moments(examples: Sequence[Example]) -> tuple[Floats, Floats]:
    some = np.concatenate([e.rows for e in examples[::7]]).astype(np.float32)
    return some.mean(0), some.std(0) + np.float32(1e-3)


def _start(inputs: int, recipe: Recipe, rng: np.random.Generator) -> Weights:
    return {
        "in": (rng.standard_normal((inputs, recipe.hidden)) * inputs**-0.5).astype(np.float32),
        "in_bias": np.zeros(recipe.hidden, np.float32),
        "out": (rng.standard_normal((recipe.hidden, len(TAGS))) * 0.1 * recipe.hidden**-0.5).astype(
            np.float32
        ),
        "out_bias": np.zeros(len(TAGS), np.float32),
        "steps": np.zeros((len(TAGS) + 1, len(TAGS)), np.float32),
    }


def _folded(weights: Weights, mean: Floats, spread: Floats) -> Weights:
    """Move the scaling of the inputs into the first layer."""
    scaled = weights["in"] / spread[:, None]
    steps = (weights["steps"] + legal()).astype(np.float32)
    return weights | {"in": scaled, "in_bias": weights["in_bias"] - mean @ scaled, "steps": steps}


def _batches(
    examples: Sequence[Example], recipe: Recipe, rng: np.random.Generator
) -> Iterator[list[Example]]:
    """Yield sentences of similar length together, longest first, batches in random order."""
    sizes = np.array([len(e.tags) for e in examples])
    order = np.argsort(-(sizes + rng.random(len(sizes)) * 4), kind="stable")
    bounds, held = [0], 0
    for place, index in enumerate(order):
        if held and held + sizes[index] > recipe.words:
            bounds.append(place)
            held = 0
        held += sizes[index]
    bounds.append(len(order))
    for number in rng.permutation(len(bounds) - 1):
        chosen = order[bounds[number] : bounds[number + 1]]
        yield [examples[i] for i in sorted(chosen, key=lambda i: (-sizes[i], i))]


def _gradient(weights: Weights, batch: Sequence[Example], rows: Floats, drop: Drop) -> tuple[float, Weights]:
    """Return the negative log likelihood of a batch and its gradient a word; *rows*: its scaled inputs."""
    x = rows * drop(rows.shape)
    inner = x @ weights["in"] + weights["in_bias"]
    kept = drop(inner.shape)
    hidden = _gelu(inner) * kept
    scores = hidden @ weights["out"] + weights["out_bias"]
    loss, d_scores, d_steps = _chain_gradient(scores, batch, weights["steps"])
    d_inner = (d_scores @ weights["out"].T) * kept * _gelu_slope(inner)
    gradient: Weights = {
        "in": x.T @ d_inner,
        "in_bias": d_inner.sum(0),
        "out": hidden.T @ d_scores,
        "out_bias": d_scores.sum(0),
        "steps": d_steps,
    }
    return loss, {name: (g / len(rows)).astype(np.float32) for name, g in gradient.items()}


def _dropper(share: float, rng: np.random.Generator) -> Drop:
    """Return what makes masks that drop a share and strengthen the rest (Srivastava et al. 2014)."""
    return lambda shape: (rng.random(shape, np.float32) >= share).astype(np.float32) / np.float32(1 - share)


def _chain_gradient(scores: Floats, batch: Sequence[Example], steps: Floats) -> tuple[float, Floats, Floats]:
    edges = np.cumsum([len(e.tags) for e in batch])[:-1]
    chains = Chains.of([s + e.mask for s, e in zip(np.split(scores, edges), batch, strict=True)])
    found = path_sums(chains, steps + legal())
    d_scores = np.concatenate([m[: len(e.tags)] for m, e in zip(found.marginals, batch, strict=True)])
    d_steps = found.transitions.copy()
    tags = np.concatenate([e.tags for e in batch])
    before = np.concatenate([[len(TAGS), *e.tags[:-1]] for e in batch]).astype(np.int64)
    d_scores[np.arange(len(tags)), tags] -= 1
    np.subtract.at(d_steps, (before, tags), 1)
    gold = float(scores[np.arange(len(tags)), tags].sum() + steps[before, tags].sum())
    return float(found.log_total.sum()) - gold, d_scores.astype(np.float32), d_steps.astype(np.float32)


class _Adam:
    """The optimiser over *weights*, which it changes in place, and their running mean."""

    def __init__(self, weights: Weights, recipe: Recipe) -> None:
        self.weights = weights
        self.recipe = recipe
        self.first = {k: np.zeros_like(v) for k, v in weights.items()}
        self.second = {k: np.zeros_like(v) for k, v in weights.items()}
        self.average = {k: np.zeros_like(v) for k, v in weights.items()}
        self.steps = 0

    def step(self, gradient: Weights, rate: float) -> None:
        self.steps += 1
        one, two = 1 - 0.9**self.steps, 1 - 0.999**self.steps
        for name, weight in self.weights.items():
            g, m, v = gradient[name], self.first[name], self.second[name]
            np.add(m, np.float32(0.1) * (g - m), out=m)
            np.add(v, np.float32(0.001) * (g * g - v), out=v)
            decay = self.recipe.decay if name in {"in", "out"} else 0.0
            move = (
                m / np.float32(one) / (np.sqrt(v / np.float32(two)) + np.float32(1e-8))
                + np.float32(decay) * weight
            )
            np.subtract(weight, np.float32(rate) * move, out=weight)
            self.average[name] += np.float32(1 - self.recipe.average) * (weight - self.average[name])

    def mean(self) -> Weights:
        """Return the running mean, freed of its start at zero."""
        return {
            k: (v / np.float32(1 - self.recipe.average**self.steps)).astype(np.float32)
            for k, v in self.average.items()
        }
