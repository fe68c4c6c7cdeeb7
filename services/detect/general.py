"""The language of text in any script but the Arabic one: by its script where that tells, else by CLD2."""

from __future__ import annotations

from services.detect import cld2, tags

RELIABLE, UNRELIABLE = 0.97, 0.6


def languages(text: str, script: str) -> dict[str, float]:
    """Return the probability of each language *text*, written in *script* (ISO 15924), may be in; empty when none is known."""
    found = cld2.opinion(text)
    known = tags.names().scripts.get(script)
    if found.code == "un" or found.code.startswith("xx"):
        return {known: 1.0} if known else {}
    tag = tags.canonical(found.code)
    return {tag: RELIABLE if found.reliable else UNRELIABLE}
