"""A tagger's parts as one thing: model, gazetteer, clusters and the code's version, each with its checksum.

Rebuilding one part under another ruins a model without any error, so nothing is loaded that does not match,
and the bundle's own hash goes into every record.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from services.extract.tagger import crf_features
from shared.encoder.packed_weights import file_sha256

Backend = Literal["encoder", "crf"]

HOME = Path(str(files("services.extract") / "data/tagger"))
GAZETTEER = "gazetteer.json.gz"
CODE = {"features": crf_features.VERSION, "inputs": 1}
"""Versions of the code a model was trained with: words' features, and the head's inputs."""


class BundleError(RuntimeError):
    """A bundle is missing or its parts do not belong together; the message says which."""


@dataclass(frozen=True)
class Bundle:
    """A checked bundle: the *paths* of its parts by name, the build's notes, and the *sha256* of all."""

    paths: Mapping[str, Path]
    notes: Mapping[str, Any]
    sha256: str


def open_bundle(backend: Backend, home: Path = HOME) -> Bundle:
    """Read a bundle and compare every part.

    Raise `BundleError` where something is missing, changed or of other code.
    """
    try:
        data = (home / f"{backend}.json").read_bytes()
        content = json.loads(data)
        wrong = [name for name, digest in content["files"].items() if file_sha256(home / name) != digest]
    except (OSError, ValueError, KeyError) as error:
        raise BundleError(f"the bundle {backend} in {home} does not load: {error}") from error
    if wrong:
        raise BundleError(f"the bundle {backend} was built with another {', '.join(wrong)}")
    if content["code"] != CODE:
        raise BundleError(f"the bundle {backend} was built for code {content['code']}, this is {CODE}")
    return Bundle(
        {name: home / name for name in content["files"]}, content["notes"], hashlib.sha256(data).hexdigest()
    )
