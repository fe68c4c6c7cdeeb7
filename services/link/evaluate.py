"""Scores the linker on labelled streams, on halves of translated documents, and on recurring events. Used by ``khabar eval link``.

The stages before link are arguments, because services do not know each other.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from services.link.evaluation import recurrence
from services.link.evaluation.stream import Stream, stream
from services.link.evaluation.translated import translated
from services.link.model import Model, model
from services.link.replay import Earlier


def evaluate(
    data: Path | None = None, *, earlier: Earlier, ntrex: Path | None = None, orders: int = 1, settings: Model | None = None
) -> dict[str, Any]:
    """Return every figure of the sets found at *data*: a labelled stream, translated documents, the project's own recurring events.

    A labelled stream is a folder with ``stream.jsonl.gz``, ``events.jsonl``, ``docs.jsonl``, ``pairs.jsonl``, ``window_neg.jsonl``: *data*
    itself or folders in it. *earlier* is the stages before link as one function; *orders*: arrival order and shuffles inside the hour;
    *ntrex*: a file of translated documents, instead of the one in *data*. Raises ValueError when there is neither *data* nor *ntrex*.
    """
    if data is None and ntrex is None:
        raise ValueError("nothing to measure: neither a folder of streams nor a file of translated documents")
    known, out = settings or model(), dict[str, Any]()
    patterns = ("stream.jsonl.gz", "*/stream.jsonl.gz")
    for folder in sorted(path.parent for pattern in patterns for path in (data.glob(pattern) if data is not None else ())):
        out[folder.name.replace("-", "_")] = stream(Stream.read(folder, earlier), orders=orders, settings=known)
    for file in [ntrex] if ntrex is not None else sorted(data.glob("ntrex-dev/docs.jsonl.gz")) if data is not None else []:
        out["ntrex"] = translated(file, earlier, settings=known)
    if recurrence.FOLDER.is_dir():
        out["recurrence"] = recurrence.recurrence(recurrence.FOLDER, earlier, settings=known)
    return out
