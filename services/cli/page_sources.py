"""What a user names as the source of pages, looked at before anything is read or sent."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from services.cli.speech import WRONG_USE, Failure
from services.feed.mapping import shapes
from services.feed.reading.job import Job
from services.feed.reading.named import STDIN


def job(names: Sequence[str], source: str | None, mapping: Path | None) -> Job:
    """Return the job of reading *names*.

    Raises Failure (wrong use) for one that is empty or cannot be read, and for a bad mapping.
    """
    for name in names:
        if not name:
            raise Failure(
                "an empty name",
                'is a shell variable empty? Name a file, a folder, or - for stdin ("." is the current folder)',
                code=WRONG_USE,
            )
        if name == STDIN and sys.stdin is None:
            raise Failure("stdin is closed", "name a file, or pipe something in", code=WRONG_USE)
        if name != STDIN and not Path(name).exists():
            raise Failure(f"{name} is not there", code=WRONG_USE)
        if name != STDIN and not os.access(name, os.R_OK):
            raise Failure(f"{name} may not be read by this user", code=WRONG_USE)
    if source is not None and not source.strip():
        raise Failure(
            "--source is empty",
            "is a shell variable empty? Leave the option out, or name the source",
            code=WRONG_USE,
        )
    try:
        return Job(source=source or "", shape=shapes.read(mapping) if mapping else None)
    except shapes.BadMapping as error:
        raise Failure(str(error), code=WRONG_USE) from None
