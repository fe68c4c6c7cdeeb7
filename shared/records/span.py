"""Places in a text, and who made a block."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType


class Span(Struct, frozen=True, kw_only=True):
    """``text[start:end]`` of ``clean.text``, or of the decoded payload when *layer* is raw."""

    start: int
    end: int
    layer: Literal["raw"] | UnsetType = UNSET


class By(Struct, frozen=True, kw_only=True):
    """Which code and model made a block (PROV Activity; times are in the headers)."""

    stage: str
    version: str
    model_sha256: str | UnsetType = UNSET
    config_sha256: str | UnsetType = UNSET
