"""The models that plug into extract: a tagger by its configured name, and the article's vector.

The backend is configuration, never load: ``encoder`` (default), ``crf`` (three times faster, its vector of
the lead alone; fallback and bulk replay) or ``rules``. What is missing is said in the record, and rules alone
answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from services.extract.tagger.bundle import HOME, BundleError, open_bundle
from services.extract.tagger.crf import CrfTagger
from services.extract.tagger.encoder_head import EncoderTagger
from services.extract.tagger.interfaces import Embed, Missing, Models, Tag
from shared.encoder import Encoder, EncoderMissing, load

Choice = Literal["encoder", "crf", "rules"]


def models(
    choice: Choice,
    report: Callable[[str], None],
    *,
    cache: Path | None = None,
    home: Path = HOME,
    encoder_folder: Path | None = None,
) -> Models:
    """Load the tagger that *choice* names, and the encoder; never raises for a missing model.

    *report* is told what is missing and why. *encoder_folder* is where the encoder is read from; its artefact
    lies, or is built, below *cache* (default ``~/.cache/khabar``).
    """
    loaded_encoder, why = _load_encoder(cache, encoder_folder, report)
    tag, tagger_sha256 = _load_tagger(choice, loaded_encoder, home, report)
    embed, vector_sha256 = _embedding(choice, loaded_encoder) if loaded_encoder else (_no_embedding(why), "")
    parts = [tagger_sha256, vector_sha256]
    models_sha256 = hashlib.sha256(" ".join(parts).encode()).hexdigest() if any(parts) else ""
    is_missing: dict[Missing, bool] = {
        "tagger_missing": tag is None and choice != "rules",
        "encoder_missing": loaded_encoder is None,
    }
    return Models(
        tag=tag,
        embed=embed,
        model_sha256=models_sha256,
        missing=tuple(code for code, lacking in is_missing.items() if lacking),
    )


def _load_encoder(
    cache: Path | None, folder: Path | None, report: Callable[[str], None]
) -> tuple[Encoder | None, str]:
    try:
        return load(cache, report=report, model=folder), ""
    except EncoderMissing as error:
        report(f"no encoder: {error}")
        return None, f"no encoder: {error}"


def _load_tagger(
    choice: Choice, encoder: Encoder | None, home: Path, report: Callable[[str], None]
) -> tuple[Tag | None, str]:
    """Return the tagger and its hash; None and an empty one where rules must do."""
    try:
        if choice == "crf":
            crf = CrfTagger(open_bundle("crf", home))
            return crf, crf.sha256
        if choice == "encoder" and encoder and encoder.has_states:
            head = EncoderTagger(open_bundle("encoder", home), encoder)
            return head, head.sha256
        if choice == "encoder" and encoder:  # a missing one was reported by `_load_encoder`
            report("no tagger: the one on the encoder needs token states, which only OpenVINO gives")
    except BundleError as error:
        report(f"no tagger: {error}")
    return None, ""


def _embedding(choice: Choice, encoder: Encoder) -> tuple[Embed, str]:
    """Return what makes the vectors, and their model.

    Beside the fast tagger the whole text would cost five times the rest.
    """
    if choice == "crf":
        return lambda title, text, lang: encoder.lead(title, text.split("\n"), lang), encoder.lead_sha256
    return lambda title, text, lang: encoder.article(title, "", text.split("\n"), lang), encoder.model_sha256


def _no_embedding(why: str) -> Embed:
    """Return what says *why* there is no vector."""
    return lambda _title, _text, _lang: why
