"""The project's own events: what recurs and must stay apart, what is told in other words and must come together, near misses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from services.link.evaluation.labels import named
from services.link.evaluation.stream import in_time
from services.link.metrics import scores
from services.link.model import Model, model
from services.link.replay import Earlier, folded, made, record_of, signed
from shared.records import Raw

NAMES = ("apart", "together", "near")
BREAK = "⏎"
FOLDER = Path(__file__).resolve().parents[3] / "tests" / "eval" / "recurrence"


def recurrence(folder: Path, earlier: Earlier, *, settings: Model | None = None) -> dict[str, Any]:
    """Return B³ of recurring events, which must stay apart (``apart.tsv``), and of events told in other words (``together.tsv``).

    Both at once in ``near.tsv``: a fortnight of posts in which each event has three to five others of its theme within 60 hours (another
    sentence of the speech, a second fire, the next match), far denser than any real stream.
    """
    out = {}
    for name in NAMES:
        found = signed(written(folder / f"{name}.tsv"), earlier)
        story_of = folded(in_time(found), settings or model()).story_of
        ids = [s.doc_id for s in found]
        figures = scores([i.rpartition("/")[0] for i in ids], [story_of[i] for i in ids], [s.lang for s in found])
        out[name] = named(figures) | {"stories": len(set(story_of.values()))}
    return out


def written(file: Path) -> Sequence[Raw]:
    """Return the pages of a table of family, event, language, time and text; a page is named event/line."""
    rows = [line.split("\t") for line in file.read_text(encoding="utf8").splitlines() if not line.startswith("#")]
    return [
        record_of(made(f"{event}/{i}", text.replace(BREAK, "\n"), at), declared=lang) for i, (_, event, lang, at, text) in enumerate(rows)
    ]
