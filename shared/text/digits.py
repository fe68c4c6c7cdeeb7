"""Decimal digits of every script that news is written in → ASCII digits."""

from __future__ import annotations

_ZEROS = (
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50, 0x0ED0, 0x0F20,
    0x1040, 0x17E0, 0x1810, 0xFF10,
)  # fmt: skip

TO_ASCII: dict[int, str] = {zero + value: str(value) for zero in _ZEROS for value in range(10)}
"""A table for ``str.translate``; one character gives one character."""


def fold_digits(text: str) -> str:
    """Return *text* with every decimal digit as an ASCII digit; its length does not change."""
    return text if text.isascii() else text.translate(TO_ASCII)
