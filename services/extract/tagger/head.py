"""The encoder tagger's head as it runs: one hidden layer over a word's inputs, in int8, a score a tag.

The int8 codes of the inputs are fixed beforehand, from how far each input reached in training; one that
reaches further is cut. Since inputs reach very differently far, a part of each one's reach (``SMOOTHING``)
is moved into its weights: G. Xiao et al., "SmoothQuant", ICML 2023.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from services.extract.tagger.chain import TAGS
from shared.encoder.engines import compiled
from shared.encoder.onnx import Graph

WORDS_STEP = 32
"""Words are scored in multiples of this many: OpenVINO prepares kernels for each length."""
MOST_WORDS = 128
"""Words that are scored at once."""
SMOOTHING = 0.85
"""The share of an input's reach that moves into the weights: scores are nearest to float scores."""
LEAST_REACH = 0.2
"""What an input's reach is taken for at least."""
CODES = 127
"""The largest code of an int8."""

Floats = NDArray[np.float32]


class Head:
    """Scores words by a head's *weights*.

    ``in`` [inputs, hidden], ``in_bias``, ``out`` [hidden, tags], ``out_bias``, and ``reach`` [inputs], how
    far each input reached in training.
    """

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        self._inputs = len(weights["in"])
        self._run = compiled(_graph(weights))

    def __call__(self, rows: Floats) -> Floats:
        """Return the scores [words, tags] of *rows* [words, inputs]."""
        padded = np.zeros((-(-len(rows) // WORDS_STEP) * WORDS_STEP, self._inputs), np.float32)
        padded[: len(rows)] = rows
        return np.concatenate(
            [self._run(padded[at : at + MOST_WORDS])[0] for at in range(0, len(padded), MOST_WORDS)]
        )[: len(rows)]


def _graph(weights: Mapping[str, Floats]) -> bytes:
    graph = Graph()
    inner = graph.node(
        "Add",
        [_product(graph, weights["in"], weights["reach"]), graph.constant("in_bias", weights["in_bias"])],
        "inner",
    )
    hidden = graph.node("Gelu", [inner], "hidden", approximate="tanh")
    scores = graph.node("MatMul", [hidden, graph.constant("out", weights["out"])], "scores")
    scores = graph.node("Add", [scores, graph.constant("out_bias", weights["out_bias"])], "biased")
    return graph.model([("x", ("words", len(weights["in"])))], [(scores, ("words", len(TAGS)))])


def _product(graph: Graph, matrix: Floats, reach: Floats) -> str:
    """Multiply ``x`` [words, inputs], within ± *reach*, by *matrix* [inputs, hidden], both as int8.

    The matrix has a scale for each of its columns.
    """
    weighed = np.maximum(np.abs(matrix).max(1), np.finfo(np.float32).tiny)
    share = (np.maximum(reach, LEAST_REACH) ** SMOOTHING / weighed ** (1 - SMOOTHING)).astype(np.float32)
    levels = [
        graph.constant("step", np.array((reach / share).max() / CODES, np.float32)),
        graph.constant("zero", np.array(0, np.int8)),
    ]
    even = graph.node("Mul", ["x", graph.constant("share", (1 / share).astype(np.float32))], "even")
    coded = graph.node(
        "DequantizeLinear", [graph.node("QuantizeLinear", [even, *levels], "codes"), *levels], "coded"
    )
    shared = matrix * share[:, None]
    scale = (np.abs(shared).max(0) / CODES).astype(np.float32)
    weight = [
        graph.constant("weight", np.rint(shared / scale).astype(np.int8)),
        graph.constant("scale", scale),
    ]
    return graph.node(
        "MatMul", [coded, graph.node("DequantizeLinear", weight, "even_weight", axis=1)], "product"
    )
