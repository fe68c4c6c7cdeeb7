"""Measures how far each channel reaches that a matrix of the encoder reads, in licensed text, with float weights."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from services.workshop.building.encoder.means import licensed_texts
from shared.encoder import artefact, packed_weights
from shared.encoder.body import MASK, Body
from shared.encoder.engines import Floats, compiled, mask
from shared.encoder.inputs import Inputs
from shared.encoder.packed_weights import Weights
from shared.encoder.source import REACHES, SHIPPED, Source

STEP = 7
"""Every seventh text is read: some 2,300, in twelve languages."""


class Observed(Body):
    """The layers in float, that give out what enters each matrix: *read* holds its name in the graph, and its channels."""

    def __init__(self, weights: Weights) -> None:
        super().__init__(weights, {})
        self.read: dict[str, tuple[str, int]] = {}

    def linears(self, x: str, *names: str, lowest: float = np.inf) -> list[str]:  # noqa: ARG002  as the layers call it
        """Multiply *x* by the matrices *names*, and note it."""
        matrices = {name: self.weights.matrix(f"{name}.w") for name in names}
        self.read[names[0]] = (x, matrices[names[0]].shape[1])
        return [self._product(x, name, matrix) for name, matrix in matrices.items()]

    def _product(self, x: str, name: str, matrix: Floats) -> str:
        product = self.graph.node("MatMul", [x, self.graph.constant(f"{name}.w", np.ascontiguousarray(matrix.T))], f"{name}.mm")
        return self.graph.node("Add", [product, self.graph.constant(f"{name}.bias", self.weights.vector(f"{name}.b"))], f"{name}.y")

    def model(self) -> bytes:
        """Return the graph from summed embeddings to all that was noted, in its order."""
        x = self.norm("x", "emb.ln")
        for number in range(self.weights.sizes["layers"]):
            x = self.layer(x, number)
        given = [("x", (1, "tokens", self.weights.sizes["hidden"])), MASK]
        return self.graph.model(given, [(name, (1, "tokens", size)) for name, size in self.read.values()])


def write_reaches(data: Path, report: Callable[[str], None], source: Source = SHIPPED) -> None:
    """Read the licensed texts below *data* and write the ``reaches.npz`` of *source*."""
    packed = packed_weights.read(source.file())
    body = Observed(packed)
    run = compiled(body.model())
    reaches = {name: np.zeros(size, np.float32) for name, (_, size) in body.read.items()}
    with TemporaryDirectory() as folder:
        artefact.write_inputs(Path(folder), packed, report)
        inputs = Inputs(Path(folder))
        for done, (_, _, text) in enumerate(itertools.islice(licensed_texts(data), 0, None, STEP)):
            _widen(reaches, inputs, text, run)
            if done % 500 == 0:
                report(f"reaches: {done} texts")
    np.savez(source.data / REACHES, **{name: reach.astype(np.float16) for name, reach in reaches.items()})  # type: ignore[arg-type]


def _widen(reaches: dict[str, Floats], inputs: Inputs, text: str, run: Callable[..., Sequence[Floats]]) -> None:
    ids = inputs.segment(text).ids[: inputs.room]
    summed, tokens = inputs.summed(ids), inputs.around + len(ids)
    for reach, value in zip(reaches.values(), run(summed, mask(summed, tokens)), strict=True):
        np.maximum(reach, np.abs(value[0, :tokens]).max(0), out=reach)
