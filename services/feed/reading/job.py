"""One run of reading: what was asked for, and what is to be told at its end."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

from services.feed.mapping.shapes import Shape


@dataclass(slots=True)
class Job:
    """What a reading goes by.

    *source* is the id of items that name none, *shape* what a user says of their fields; *stop* ends the
    reading between two items.
    """

    source: str = ""
    shape: Shape | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    passed_over: Counter[str] = field(default_factory=Counter)
    """What was not read, by kind: the files of a folder, the records of an archive."""
    cut_at: str = ""
    """The first item that was not read any more when *stop* came; empty when all was read."""
