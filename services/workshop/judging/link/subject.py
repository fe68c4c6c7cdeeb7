"""Scores the linker on labelled streams, on halves of translated documents, and on recurring events.

Used by ``khabar eval link``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from services.link.model import model
from services.workshop.judging.link.cold_weeks import cold_weeks
from services.workshop.judging.link.labelled_stream import Stream, stream
from services.workshop.judging.link.marked_pairs import marked
from services.workshop.judging.link.recurring import recurrence
from services.workshop.judging.link.seeds_in_a_week import seeds
from services.workshop.judging.link.translated import translated
from services.workshop.judging.link.twins import twin_runs
from services.workshop.streams import before_link
from services.workshop.streams.labelled_events import RECURRENCE
from services.workshop.streams.link_fold import Earlier
from shared.settings import Settings


def evaluate(  # noqa: PLR0913  each is an option of the command
    data: Path | None = None,
    *,
    earlier: Earlier | None = None,
    cache: Path | None = None,
    ntrex: Path | None = None,
    orders: int = 1,
    twins: bool = False,
    marks: bool = False,
) -> dict[str, Any]:
    """Return every figure of the sets found at *data*: labelled streams, translated documents; and the
    project's own recurring events.

    A labelled stream is a folder with ``stream.jsonl.gz``, ``events.jsonl``, ``docs.jsonl``, ``pairs.jsonl``,
    ``window_neg.jsonl``: *data* itself or folders in it. *earlier* is the stages before link as one function,
    by default the real ones, and what they gave is kept below *cache*; *orders*: the order of arrival and
    shuffles inside the hour; *ntrex*: a file of translated documents, in place of the one in *data*; *twins*:
    runs that must give the same stories too; *marks*: what people have said of articles in the archive.
    """
    known, out = model(), dict[str, Any]()
    earlier = earlier or before_link.Earlier(cache)
    folders = (
        []
        if data is None
        else sorted(path.parent for name in ("", "*/") for path in data.glob(f"{name}stream.jsonl.gz"))
    )
    for folder in folders:
        found = Stream.read(folder, earlier)
        figures = stream(found, orders=orders, settings=known) | {"cold_weeks": cold_weeks(found, known)}
        figures["seeds"] = seeds(found.rows, earlier, known)
        if twins:
            figures["twins"] = twin_runs(found, figures["arrival"], known)
        out[folder.name.replace("-", "_")] = figures
    files = (
        [ntrex] if ntrex is not None else [] if data is None else sorted(data.glob("ntrex-dev/docs.jsonl.gz"))
    )
    for file in files:
        out["ntrex"] = translated(file, earlier, settings=known)
    if RECURRENCE.is_dir():
        out["recurrence"] = recurrence(RECURRENCE, earlier, settings=known)
    if marks:
        out["marks"] = marked(Settings.from_env(), known)
    return out
