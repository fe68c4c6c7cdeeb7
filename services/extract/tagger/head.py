"""The head of the encoder tagger as it runs: one hidden layer over the inputs of a word, in int8, and a score for each tag."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from services.extract.tagger.chain import TAGS
from shared.encoder import int8
from shared.encoder.engines import compiled
from shared.encoder.int8 import Linear, Reach
from shared.encoder.onnx import Graph

STEP, MOST = 32, 128
"""Words are scored in runs of multiples of one, up to the other: OpenVINO prepares kernels for every length that it meets."""

Floats = NDArray[np.float32]


class Head:
    """*weights*: ``in`` [inputs, hidden], ``in_bias``, ``out`` [hidden, tags], ``out_bias``, and ``reach`` [inputs], how far each input reached in training."""

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        self._inputs = len(weights["in"])
        self._run = compiled(_graph(weights))

    def __call__(self, rows: Floats) -> Floats:
        """Return the scores [words, tags] of *rows* [words, inputs]."""
        padded = np.zeros((-(-len(rows) // STEP) * STEP, self._inputs), np.float32)
        padded[: len(rows)] = rows
        return np.concatenate([self._run(padded[at : at + MOST])[0] for at in range(0, len(padded), MOST)])[: len(rows)]


def _graph(weights: Mapping[str, Floats]) -> bytes:
    graph = Graph()
    matrix = np.ascontiguousarray(weights["in"].T)
    inner = int8.linears(graph, "x", Reach(weights["reach"]), [Linear("in", matrix, weights["in_bias"])])
    hidden = graph.node("Gelu", inner, "hidden", approximate="tanh")
    scores = graph.node("MatMul", [hidden, graph.constant("out", weights["out"])], "scores")
    scores = graph.node("Add", [scores, graph.constant("out_bias", weights["out_bias"])], "biased")
    return graph.model([("x", ("words", len(weights["in"])))], [(scores, ("words", len(TAGS)))])
