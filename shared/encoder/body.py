"""The transformer as two ONNX graphs: the lower eight layers, read by the tagger, and the upper four.

Two files and not one, so that whoever needs only token states runs two thirds of the layers, and the article
vector goes on from states already there. Standard operators; weights int8 with one scale per output, which is
within noise of the source's 4-bit values.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shared.encoder.onnx import Graph
from shared.encoder.packed_weights import Weights

TAPS = (2, 4, 6, 8)
"""Layers whose token states are given out; the last one is where the graph is cut."""


class _Body:
    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.graph = Graph()
        heads, hidden = weights.sizes["heads"], weights.sizes["hidden"]
        self.graph.constant("split", np.array([0, 0, heads, hidden // heads], np.int64))
        self.graph.constant("join", np.array([0, 0, hidden], np.int64))
        self.graph.constant("scale", np.array([(hidden // heads) ** -0.5], np.float32))

    def linear(self, x: str, name: str) -> str:
        matrix = self.weights.matrix(name + ".w")
        scale = (np.abs(matrix).max(1) / 127).astype(np.float32)
        node, constant = self.graph.node, self.graph.constant
        codes = constant(name + ".q", np.rint(matrix / scale[:, None]).astype(np.int8).T)
        weight = node("DequantizeLinear", [codes, constant(name + ".s", scale)], name + ".w", axis=1)
        product = node("MatMul", [x, weight], name + ".mm")
        return node("Add", [product, constant(name + ".bias", self.weights.vector(name + ".b"))], name + ".y")

    def norm(self, x: str, name: str) -> str:
        gain = self.graph.constant(name + ".g", self.weights.vector(name + ".w"))
        shift = self.graph.constant(name + ".b", self.weights.vector(name + ".b"))
        return self.graph.node(
            "LayerNormalization", [x, gain, shift], name + ".y", axis=-1, epsilon=self.weights.epsilon
        )

    def attention(self, x: str, layer: str) -> str:
        node = self.graph.node
        parts = {}
        for n, order in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])):
            shaped = node("Reshape", [self.linear(x, layer + n), "split"], layer + n + ".r")
            parts[n] = node("Transpose", [shaped], layer + n + ".t", perm=order)
        scores = node("Mul", [node("MatMul", [parts["q"], parts["k"]], layer + "qk"), "scale"], layer + "sc")
        masked = node("Add", [scores, "mask"], layer + "masked")
        mixed = node("MatMul", [node("Softmax", [masked], layer + "pr", axis=-1), parts["v"]], layer + "av")
        context = node(
            "Reshape", [node("Transpose", [mixed], layer + "avt", perm=[0, 2, 1, 3]), "join"], layer + "ctx"
        )
        return self.linear(context, layer + "ao")

    def layer(self, x: str, number: int) -> str:
        name = f"l{number}."
        x = self.norm(self.graph.node("Add", [x, self.attention(x, name)], name + "res1"), name + "aln")
        inner = self.graph.node("Gelu", [self.linear(x, name + "fi")], name + "gelu")
        return self.norm(
            self.graph.node("Add", [x, self.linear(inner, name + "fo")], name + "res2"), name + "oln"
        )


def lower(weights: Weights) -> bytes:
    """Return the graph from summed embeddings ``x`` to the states after each layer of `TAPS`.

    Both are [1, tokens, hidden].

    ``mask`` [1, 1, 1, tokens] is added to the attention scores: 0 for a token, very low for padding.
    """
    body = _Body(weights)
    return _model(body, body.norm("x", "emb.ln"), range(TAPS[-1]), TAPS)


def upper(weights: Weights) -> bytes:
    """Return the graph from states ``x`` after the last tap to those after all layers; else as `lower`."""
    layers = weights.sizes["layers"]
    return _model(_Body(weights), "x", range(TAPS[-1], layers), (layers,))


def _model(body: _Body, x: str, layers: range, taps: Sequence[int]) -> bytes:
    states = (1, "tokens", body.weights.sizes["hidden"])
    outputs = []
    for number in layers:
        x = body.layer(x, number)
        if number + 1 in taps:
            outputs.append((x, states))
    return body.graph.model([("x", states), ("mask", (1, 1, 1, "tokens"))], outputs)
