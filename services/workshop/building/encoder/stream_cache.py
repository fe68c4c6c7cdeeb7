r"""Vectors of a whole stream of posts on disk, so that linking can be tried again and again without encoding.

Format: a folder of ``part-NNNN.npz``, each with ``keys`` (SHA-256 of the text, uint8 [n, 32]), ``codes``
(int8 [n, 384]) and ``scale`` (float32 [n, 1]); ``codes * scale`` is the unit vector of the text as
``Encoder.article("", "", text.split("\n"), lang)`` has it *before* centring. ``meta.json`` names engine and
model; another engine or model needs another folder.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from shared.encoder.centring import Floats, pack, unit, unpack
from shared.encoder.passages import parts
from shared.encoder.sentence_encoder import Encoder

PART = 1000


def key(text: str) -> bytes:
    """Return the key of *text*."""
    return hashlib.sha256(text.encode()).digest()


def fill(stream: Path, folder: Path, encoder: Encoder, report: Callable[[str], None]) -> None:
    """Encode every distinct ``text`` of a JSON-lines stream not yet in *folder*.

    Raise ValueError when another model filled it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    meta = json.dumps({"engine": encoder.engine, "model_sha256": encoder.model_sha256})
    note = folder / "meta.json"
    if note.exists() and note.read_text(encoding="utf8") != meta:
        raise ValueError(f"{folder} was filled by another engine or model: {note.read_text(encoding='utf8')}")
    note.write_text(meta, encoding="utf8")
    known = set(load(folder))
    todo = [t for t in dict.fromkeys(_texts(stream)) if key(t) not in known]
    number = len(list(folder.glob("part-*.npz")))
    for at in range(0, len(todo), PART):
        texts = todo[at : at + PART]
        codes, scale = pack(
            np.stack([unit(encoder.texts(parts("", "", t.split("\n"))).mean(0)) for t in texts])
        )
        keys = np.frombuffer(b"".join(map(key, texts)), np.uint8).reshape(-1, 32)
        draft = folder / "draft.npz"
        np.savez(draft, keys=keys, codes=codes, scale=scale)
        draft.rename(folder / f"part-{number:04d}.npz")
        number += 1
        report(f"cache: {at + len(texts)} of {len(todo)} texts")


def load(folder: Path) -> dict[bytes, Floats]:
    """Read a filled folder: key -> unit vector float32 [384], not centred."""
    out: dict[bytes, Floats] = {}
    for path in sorted(folder.glob("part-*.npz")):
        with np.load(path, allow_pickle=False) as file:
            vectors = unpack(file["codes"], file["scale"])
            out.update(zip((k.tobytes() for k in file["keys"]), vectors, strict=True))
    return out


def _texts(stream: Path) -> Iterator[str]:
    with gzip.open(stream, "rt", encoding="utf8") as file:
        for line in file:
            yield json.loads(line)["text"]
