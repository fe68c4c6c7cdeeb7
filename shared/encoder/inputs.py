"""What enters the transformer: pieces of a text, and for each the sum of its word and its place."""

from __future__ import annotations

import json
import os
import weakref
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shared.encoder import packed_weights
from shared.encoder.pieces import Segmenter

PREFIX = "query: "
MAX_TOKENS = 128
"""Where a piece of text is cut.

Below 96 quality falls, above it only cost rises (a text of 512 tokens: 145 ms).
"""
PADDED_TO = 8
"""Token counts are padded to multiples of this: OpenVINO prepares, and keeps, kernels for every length it
meets (4 ms, 1 MB).
"""


class Inputs:
    """The artefact's pieces and embeddings in *folder*.

    Pieces stand between a head (``PREFIX``) and a tail: *before* are those of the head, *around* of both, and
    *room* is for a text.
    """

    def __init__(self, folder: Path) -> None:
        table = json.loads((folder / "pieces.json").read_text(encoding="utf8"))
        normal = {int(k): v for k, v in table.pop("normal").items()}
        self.segment = Segmenter(table, np.load(folder / "scores.npy").tolist(), normal)
        self._words = os.open(folder / "words.bin", os.O_RDONLY)
        weakref.finalize(self, os.close, self._words)
        self._positions: NDArray[np.float32] = np.load(folder / "positions.npy")
        self._head = [self.segment.special["bos"], *self.segment(PREFIX).ids]
        self._tail = [self.segment.special["eos"]]
        self.before = len(self._head)
        self.around = self.before + len(self._tail)
        self.room = MAX_TOKENS - self.around

    def summed(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """Return sums [1, padded tokens, hidden] of pieces *ids* between head and tail; padding is zero."""
        whole = [*self._head, *ids, *self._tail]
        hidden = self._positions.shape[1]
        size = hidden // packed_weights.BLOCK * packed_weights.BLOCK_BYTES
        # read, not mapped: mapped, nearly all 36 MB of the file would soon count as the process's own
        rows = b"".join(os.pread(self._words, size, i * size) for i in whole)
        out = np.zeros((1, -(-len(whole) // PADDED_TO) * PADDED_TO, hidden), np.float32)
        out[0, : len(whole)] = (
            packed_weights.unpack(np.frombuffer(rows, np.uint8).reshape(-1, size))
            + self._positions[: len(whole)]
        )
        return out
