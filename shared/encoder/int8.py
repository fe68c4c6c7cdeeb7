"""Linear layers in int8 on both sides: whole numbers from end to end, so that every processor gives the same sums.

Codes of the inputs are fixed before, from what each channel reached in licensed text, and what is difficult in them moves into the
weights channel by channel: G. Xiao et al., "SmoothQuant", ICML 2023. What reaches further than it did there is cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.encoder.onnx import Graph

Floats = NDArray[np.float32]

SMOOTHING = 0.85
"""How much of a channel's reach moves into the weights: of .8 to .95 the least distance to the vectors of float weights (1 − cosine .0005)."""
CODES = 255


class Reach(NamedTuple):
    """How far values go: each channel within ± *most* [inputs], and none below − *lowest*.

    A channel that reaches less than *least* is coded as if it reached that: its errors are small, and its codes may be coarse.
    """

    most: Floats
    lowest: float = np.inf
    least: float = 0.2


class Linear(NamedTuple):
    """A layer: *matrix* [outputs, inputs] and *bias* [outputs]; *name* begins what it adds to a graph."""

    name: str
    matrix: Floats
    bias: Floats


def linears(graph: Graph, x: str, reach: Reach, layers: Sequence[Linear]) -> list[str]:
    """Add *layers* that all read *x* [..., inputs], which is coded once, and return their outputs' names."""
    wide = np.maximum(reach.most, reach.least)
    weight = np.maximum(np.max([np.abs(layer.matrix).max(0) for layer in layers], 0), np.finfo(np.float32).tiny)
    share = (wide**SMOOTHING / weight ** (1 - SMOOTHING)).astype(np.float32)
    high, low = float((reach.most / share).max()), float((np.minimum(reach.most, reach.lowest) / share).max())
    name, step = layers[0].name, np.array((high + low) / CODES, np.float32)
    levels = [graph.constant(f"{name}.step", step), graph.constant(f"{name}.zero", np.array(round(low / float(step)), np.uint8))]
    even = graph.node("Mul", [x, graph.constant(f"{name}.share", (1 / share).astype(np.float32))], f"{name}.even")
    codes = graph.node("QuantizeLinear", [even, *levels], f"{name}.codes")
    coded = graph.node("DequantizeLinear", [codes, *levels], f"{name}.coded")
    return [_product(graph, coded, layer._replace(matrix=layer.matrix * share)) for layer in layers]


def _product(graph: Graph, coded: str, layer: Linear) -> str:
    """Multiply by weights kept as int8, one scale an output."""
    name, scale = layer.name, (np.abs(layer.matrix).max(1) / 127).astype(np.float32)
    codes = graph.constant(f"{name}.q", np.rint(layer.matrix / scale[:, None]).astype(np.int8).T)
    weight = graph.node("DequantizeLinear", [codes, graph.constant(f"{name}.s", scale)], f"{name}.w", axis=1)
    product = graph.node("MatMul", [coded, weight], f"{name}.mm")
    return graph.node("Add", [product, graph.constant(f"{name}.bias", layer.bias)], f"{name}.y")
