"""Scores the linker on labelled streams, on halves of translated documents, and on recurring events. Used by ``khabar eval link``.

The stages before link are arguments, because services do not know each other.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from services.link.evaluation import recurrence
from services.link.evaluation.cold import cold_weeks
from services.link.evaluation.seeds import seeds
from services.link.evaluation.stream import Stream, stream
from services.link.evaluation.translated import translated
from services.link.evaluation.twins import twin_runs
from services.link.model import Model, model
from services.link.replay import Earlier


def evaluate(
    data: Path | None = None,
    *,
    earlier: Earlier,
    ntrex: Path | None = None,
    orders: int = 1,
    twins: bool = False,
    settings: Model | None = None,
) -> dict[str, Any]:
    """Return every figure of the sets found at *data*: labelled streams, translated documents; and the project's own recurring events.

    A labelled stream is a folder with ``stream.jsonl.gz``, ``events.jsonl``, ``docs.jsonl``, ``pairs.jsonl``, ``window_neg.jsonl``: *data*
    itself or folders in it. *earlier* is the stages before link as one function; *orders*: arrival order and shuffles inside the hour;
    *ntrex*: a file of translated documents, in place of the one in *data*; *twins*: runs that must give the same stories too.
    """
    known, out = settings or model(), dict[str, Any]()
    folders = [] if data is None else sorted(path.parent for name in ("", "*/") for path in data.glob(f"{name}stream.jsonl.gz"))
    for folder in folders:
        found = Stream.read(folder, earlier)
        figures = stream(found, orders=orders, settings=known) | {"cold_weeks": cold_weeks(found, known)}
        figures["seeds"] = seeds(found.rows, earlier, known)
        if twins:
            figures["twins"] = twin_runs(found, figures["arrival"], known)
        out[folder.name.replace("-", "_")] = figures
    files = [ntrex] if ntrex is not None else [] if data is None else sorted(data.glob("ntrex-dev/docs.jsonl.gz"))
    for file in files:
        out["ntrex"] = translated(file, earlier, settings=known)
    if recurrence.FOLDER.is_dir():
        out["recurrence"] = recurrence.recurrence(recurrence.FOLDER, earlier, settings=known)
    return out
