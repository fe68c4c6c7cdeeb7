"""The transformer as two ONNX graphs: the lower eight layers, whose states the tagger reads, and the upper four.

Two files and not one, so that whoever needs only token states runs two thirds of the layers, and the article vector goes on from
states already there. Standard operators; weights and what they are multiplied with in int8 (int8.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from shared.encoder import int8
from shared.encoder.int8 import Floats, Linear, Reach
from shared.encoder.onnx import Graph
from shared.encoder.packed_weights import Weights

MASK = ("mask", (1, 1, 1, "tokens"))
Reaches = Mapping[str, Floats]
"""The largest absolute value of each channel that a matrix reads, by the matrix (``l0.q``, ``l0.ao``, ``l0.fi``, ``l0.fo`` ...)."""
LEAST_REACH = 0.8
"""For `Reach`: of .2 to 1 the least distance to the vectors of float weights."""
GELU_LOWEST = 0.17
"""No value of a Gaussian error linear unit is below minus this."""

TAPS = (2, 4, 6, 8)
"""Layers whose token states are given out; the last one is where the graph is cut."""


class Body:
    """The layers on a graph; what enters its matrices has the *reaches*."""

    def __init__(self, weights: Weights, reaches: Reaches) -> None:
        self.weights = weights
        self.reaches = reaches
        self.graph = Graph()
        heads, hidden = weights.sizes["heads"], weights.sizes["hidden"]
        self.graph.constant("split", np.array([0, 0, heads, hidden // heads], np.int64))
        self.graph.constant("join", np.array([0, 0, hidden], np.int64))
        self.graph.constant("scale", np.array([(hidden // heads) ** -0.5], np.float32))

    def linears(self, x: str, *names: str, lowest: float = np.inf) -> list[str]:
        """Multiply *x*, of which no value is below − *lowest*, by the matrices *names*."""
        layers = [Linear(name, self.weights.matrix(f"{name}.w"), self.weights.vector(f"{name}.b")) for name in names]
        return int8.linears(self.graph, x, Reach(self.reaches[names[0]], lowest, LEAST_REACH), layers)

    def norm(self, x: str, name: str) -> str:
        """Normalise *x* token by token (Ba et al. 2016)."""
        gain = self.graph.constant(name + ".g", self.weights.vector(name + ".w"))
        shift = self.graph.constant(name + ".b", self.weights.vector(name + ".b"))
        return self.graph.node("LayerNormalization", [x, gain, shift], name + ".y", axis=-1, epsilon=self.weights.epsilon)

    def attention(self, x: str, layer: str) -> str:
        """Let each token of *x* read the others (Vaswani et al. 2017)."""
        node = self.graph.node
        parts = {}
        orders = {"q": [0, 2, 1, 3], "k": [0, 2, 3, 1], "v": [0, 2, 1, 3]}
        for (n, order), y in zip(orders.items(), self.linears(x, *(layer + n for n in orders)), strict=True):
            shaped = node("Reshape", [y, "split"], layer + n + ".r")
            parts[n] = node("Transpose", [shaped], layer + n + ".t", perm=order)
        scores = node("Mul", [node("MatMul", [parts["q"], parts["k"]], layer + "qk"), "scale"], layer + "sc")
        masked = node("Add", [scores, "mask"], layer + "masked")
        mixed = node("MatMul", [node("Softmax", [masked], layer + "pr", axis=-1), parts["v"]], layer + "av")
        context = node("Reshape", [node("Transpose", [mixed], layer + "avt", perm=[0, 2, 1, 3]), "join"], layer + "ctx")
        return self.linears(context, layer + "ao")[0]

    def layer(self, x: str, number: int) -> str:
        """Add the *number*-th layer on *x*."""
        name = f"l{number}."
        x = self.norm(self.graph.node("Add", [x, self.attention(x, name)], name + "res1"), name + "aln")
        inner = self.graph.node("Gelu", self.linears(x, name + "fi"), name + "gelu")
        outer = self.linears(inner, name + "fo", lowest=GELU_LOWEST)
        return self.norm(self.graph.node("Add", [x, *outer], name + "res2"), name + "oln")


def lower(weights: Weights, reaches: Reaches) -> bytes:
    """Return the graph from summed embeddings ``x`` [1, tokens, hidden] to the states after each layer of `TAPS`, same shape.

    ``mask`` [1, 1, 1, tokens] is added to the attention scores: 0 for a token, very low for padding.
    """
    body = Body(weights, reaches)
    return _model(body, body.norm("x", "emb.ln"), range(TAPS[-1]), TAPS)


def upper(weights: Weights, reaches: Reaches) -> bytes:
    """Return the graph from states ``x`` after the last tap to those after all layers, same shape; ``mask`` as for `lower`."""
    layers = weights.sizes["layers"]
    return _model(Body(weights, reaches), "x", range(TAPS[-1], layers), (layers,))


def _model(body: Body, x: str, layers: range, taps: Sequence[int]) -> bytes:
    states = (1, "tokens", body.weights.sizes["hidden"])
    outputs = []
    for number in layers:
        x = body.layer(x, number)
        if number + 1 in taps:
            outputs.append((x, states))
    return body.graph.model([("x", states), MASK], outputs)
