"""Where models plug into extract: the shapes a tagger and an encoder must have.

No model is needed for the stage to run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from shared.records import Vector
from shared.text.tokens import Token

SpanType = Literal["PER", "LOC", "ORG", "MISC"]


@dataclass(frozen=True, slots=True)
class TaggedSpan:
    """A name over ``tokens[first:last]``, calibrated *confidence* 0–1; *method* is crf or encoder."""

    first: int
    last: int
    type: SpanType
    confidence: float
    method: str = "crf"


Tag = Callable[[Sequence[Token], str], Sequence[TaggedSpan]]
"""Tokens of the whole article (sentence numbers inside) and its language → names, sorted, not overlapping."""

Embed = Callable[[str, str, str], Vector | str]
"""Title, text and language → the article's vector, or the words that say why there is none."""


Missing = Literal["tagger_missing", "encoder_missing"]
"""Warnings of a record made without a model that should be there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """What is plugged in; without *tag* rules answer alone, and *model_sha256* goes into ``by``.

    *missing* holds what should be there and is not; every record warns of it.
    """

    tag: Tag | None = None
    embed: Embed | None = None
    model_sha256: str = ""
    missing: tuple[Missing, ...] = ()
