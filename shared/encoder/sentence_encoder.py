"""The sentence encoder: texts of a hundred languages as vectors of one space."""

from __future__ import annotations

import base64
import functools
import hashlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np

from shared.encoder import artefact, centring, passages
from shared.encoder.centring import Floats, pack, unit
from shared.encoder.engines import Engine, OpenVino, StateWindow, Wheel
from shared.encoder.packed_weights import HIDDEN as DIM
from shared.encoder.packed_weights import EncoderMissing
from shared.encoder.passages import lead, parts
from shared.encoder.source import MEANS, SELF_TEST, SHIPPED, EncoderSource, model_in
from shared.records import Vector

MOST_LETTERS = 2_000
"""Letters of a text that are segmented: more than its first 128 tokens have."""
LEAST_COSINE = 0.99
"""Below this a self-test vector is wrong.

Engines differ by less than .002 from each other (measured: .9983 at the least).
"""

log = logging.getLogger(__name__)


class Encoder:
    """One engine and the centring of its vectors.

    *engine* names it: vectors of two engines differ in their last bits.
    """

    def __init__(self, engine: Engine, source: EncoderSource = SHIPPED) -> None:
        self._engine = engine
        self._centre = centring.load(source.data / MEANS)
        self.engine = engine.name
        made_of = f"{source.sha256} {artefact.FORMAT} {passages.VERSION} {self._centre.sha256}"
        self.weights_sha256 = source.sha256
        self.model_sha256 = hashlib.sha256(made_of.encode()).hexdigest()
        self.lead_sha256 = hashlib.sha256(f"{made_of} lead".encode()).hexdigest()

    @property
    def has_states(self) -> bool:
        """Whether token states can be read (`read`): not with the wheel's own engine."""
        return isinstance(self._engine, OpenVino)

    def texts(self, texts: Sequence[str]) -> Floats:
        """Return one unit vector a text, float32 [n, 384], not centred; each is cut at 128 tokens."""
        out = np.zeros((len(texts), DIM), np.float32)
        for row, text in zip(out, texts, strict=True):
            row[:] = self._engine.vector(text[:MOST_LETTERS])
        return unit(out)

    def article(self, title: str, lead: str, paragraphs: Sequence[str], lang: str) -> Vector:
        """Return an article's vector: title with lead and first passages, averaged, centred, int8."""
        return self.vector(unit(self.texts(parts(title, lead, paragraphs)).mean(0)), lang)

    def lead(self, title: str, paragraphs: Sequence[str], lang: str) -> Vector:
        """Return the vector of title and first passage: one window instead of nine, for bulk replays.

        It bears `lead_sha256`, so that a record says which of the two it holds.
        """
        return msgspec.structs.replace(
            self.vector(self.texts([lead(title, paragraphs)])[0], lang), model_sha256=self.lead_sha256
        )

    def vector(self, raw: Floats, lang: str) -> Vector:
        """Centre a unit vector [384] of a text in *lang* and pack it as the record holds it."""
        codes, scale = pack(self._centre(raw, lang))
        data = base64.b64encode(codes.tobytes()).decode("ascii")
        return Vector(
            model_sha256=self.model_sha256, engine=self.engine, dim=DIM, scale=float(scale[0]), data=data
        )

    def read(self, text: str) -> list[StateWindow]:
        """Return the token states of *text* (layers 2, 4, 6, 8 side by side), nothing cut.

        Needs `has_states`.
        """
        if not isinstance(self._engine, OpenVino):
            raise EncoderMissing(f"{self.engine} gives no token states")
        return self._engine.read(text)


def load(
    cache: Path | None = None, *, report: Callable[[str], None] = log.info, model: Path | None = None
) -> Encoder:
    """Return the encoder; its artefact is built below *cache* on first use.

    *model*: a folder (source.py) instead of the shipped one. *cache* is ``~/.cache/khabar`` by default.

    OpenVINO runs it when its vectors pass the self-test, else the wheel's own engine, which *report* is told.
    Raises `EncoderMissing`, saying what is missing, when neither works or *model* is no model.
    """
    source = model_in(model) if model else SHIPPED
    try:
        return tested(_openvino(cache or artefact.default_cache(), report, source), source)
    except (EncoderMissing, OSError) as error:
        report(f"encoder: falling back to the wheel's own engine, about five times slower: {error}")
    return tested(Wheel(source), source)


def _openvino(cache: Path, report: Callable[[str], None], source: EncoderSource) -> OpenVino:
    folder = artefact.ensure(cache, report, source)
    artefact.check(folder)
    return OpenVino(folder)


def tested(engine: Engine, source: EncoderSource) -> Encoder:
    """Wrap *engine* after comparing its vectors with stored ones.

    Raise `EncoderMissing` where one is off or empty.
    """
    encoder = Encoder(engine, source)
    texts, stored = self_test(source)
    cosines = (encoder.texts(texts) * stored).sum(1)
    if not cosines.min() >= LEAST_COSINE:  # also true of NaN
        raise EncoderMissing(
            f"{engine.name} fails the self-test: cosine {cosines.min():.3f}, at least {LEAST_COSINE} wanted"
        )
    return encoder


@functools.cache
def self_test(source: EncoderSource = SHIPPED) -> tuple[list[str], Floats]:
    """Return the sentences of the self-test and their unit vectors by the wheel's own engine."""
    with np.load(source.data / SELF_TEST, allow_pickle=False) as file:
        return file["texts"].tolist(), centring.unpack(file["codes"], file["scale"])
