"""How many marks of people, «the same story» or not, the linker of now keeps, over the articles that the
archive holds.

The archive has every article as link left it, so what came before link is there too: they are linked again,
in the order in which they came, by the code and the model of this checkout. What the engine said when the
mark was made stands in the mark.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from services.archive.reading import gold_marks
from services.archive.reading.opening import Archive
from services.link.model import Model
from services.workshop.streams.link_fold import folded, signatures
from shared.records.mark import Mark
from shared.settings import Settings


def marked(settings: Settings, known: Model) -> dict[str, Any]:
    """Return the figures over the archive of *settings*; raises NoArchive."""
    archive = Archive(settings)
    try:
        marks = gold_marks.marks(archive)
        found = signatures(gold_marks.records_in_turn(archive)) if marks else []
    finally:
        archive.close()
    return kept(marks, folded(found, known).story_of if found else {}) | {"articles": len(found)}


def kept(marks: Iterable[Mark], story_of: Mapping[str, str]) -> dict[str, Any]:
    """Return how many marks *story_of* keeps, of both kinds, beside how many the engine kept when they were
    made.
    """
    counts = Counter[str]()
    for one in marks:
        kind = "same" if one.same else "not_same"
        if one.first not in story_of or one.second not in story_of:
            counts["missing"] += 1
            continue
        counts[kind] += 1
        counts[f"{kind}_kept"] += one.is_kept(story_of)
        counts[f"{kind}_kept_then"] += one.together == one.same
    names = [f"{kind}{what}" for kind in ("same", "not_same") for what in ("", "_kept", "_kept_then")]
    return {name: counts[name] for name in (*names, "missing")}
