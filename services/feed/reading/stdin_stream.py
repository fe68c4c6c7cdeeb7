"""Reads a pipe or terminal as it fills, and once more what lies in it when the end is asked for."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Iterator

from services.feed.reading.unpacked import CHUNK

LOOK_EVERY_S = 0.2
MOST_IN_A_PIPE = 1 << 20
"""What a pipe may hold (64 KiB by default): a writer that goes on writing does not keep us."""


def chunks(fd: int, stop: threading.Event) -> Iterator[bytes]:
    """Yield what comes in *fd* until its end, or until *stop* and what had come by then."""
    while not stop.is_set():
        if _ready(fd, LOOK_EVERY_S):
            found = os.read(fd, CHUNK)
            if not found:
                return
            yield found
    left = MOST_IN_A_PIPE
    while left > 0 and _ready(fd, 0) and (found := os.read(fd, min(CHUNK, left))):
        left -= len(found)
        yield found


def _ready(fd: int, seconds: float) -> bool:
    return bool(select.select([fd], [], [], seconds)[0])
