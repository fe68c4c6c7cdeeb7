"""What detect adds: which language, how sure, and where it changes."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from shared.records.span import By


class Alternative(Struct, frozen=True, kw_only=True):
    """Another language it might be."""

    lang: str
    confidence: float


class LanguageSpan(Struct, frozen=True, kw_only=True):
    """A stretch of ``clean.text`` in one language."""

    start: int
    end: int
    lang: str
    confidence: float


class Orthography(Struct, frozen=True, kw_only=True):
    """How the text is typed; all three are ratios, *zwnj_density* per word."""

    arabic_keyboard_ratio: float
    zwnj_density: float
    diacritics: float


class Language(Struct, frozen=True, kw_only=True):
    """The language of an article; *lang* is BCP 47, *lang_macro* what it is routed by, *script* ISO 15924."""

    lang: str
    lang_macro: str
    script: str
    dir: Literal["rtl", "ltr"]
    confidence: float
    margin: float
    alternatives: list[Alternative]
    spans: list[LanguageSpan]
    mixed: bool
    und_reason: Literal["no_letters", "short", "zxx", "low_confidence", "out_of_domain"] | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    declared_agrees: bool | UnsetType = UNSET
    orthography: Orthography | UnsetType = UNSET
    prior: str | UnsetType = UNSET
    calibrated: bool | UnsetType = UNSET
    warnings: list[str]
    by: By
