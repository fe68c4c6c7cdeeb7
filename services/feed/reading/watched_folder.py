"""Watches folders: gives a file when nobody writes it any more, each state of it once.

Remembers nothing beyond the run.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from services.feed.reading import folder
from services.feed.reading.job import Job

LOOK_EVERY_S = 1.0
AT_REST_S = 2.0
"""A file is taken when its size and time of change have stood still for so long."""


class State(NamedTuple):
    """What tells a file that was written again."""

    changed_ns: int
    size: int


@dataclass(frozen=True, slots=True)
class _Seen:
    state: State
    since_s: float


class Watch:
    """What was seen in the folders so far; `ready` is one look at them."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._seen: dict[Path, _Seen] = {}
        self._given: dict[Path, State] = {}
        self.passed_over: Counter[str] = Counter()
        """Of the last look."""

    def ready(self, now_s: float, wall_s: float) -> Iterator[Path]:
        """Yield the files that rest, each of their states once.

        *now_s* is a steady clock, *wall_s* the clock of files. A file that is renamed, or moved in, is whole:
        its time of change is that of its writing, not of its coming.
        """
        self.passed_over.clear()
        seen: dict[Path, _Seen] = {}
        given: dict[Path, State] = {}
        for path in (path for one in self._folders for path in folder.files(one, self.passed_over)):
            try:
                found = path.stat()
            except FileNotFoundError:
                continue
            state = State(found.st_mtime_ns, found.st_size)
            before = self._seen.get(path)
            seen[path] = before if before is not None and before.state == state else _Seen(state, now_s)
            rests = now_s - seen[path].since_s >= AT_REST_S or wall_s - found.st_mtime >= AT_REST_S
            if path in self._given:
                given[path] = self._given[path]
            if rests and given.get(path) != state:
                given[path] = self._given[path] = state
                yield path
        self._seen, self._given = seen, given


def watched(folders: Sequence[Path], job: Job) -> Iterator[Path]:
    """Yield the files of *folders* as they come to rest, until ``job.stop``."""
    watch = Watch(folders)
    while not job.stop.is_set():
        yield from watch.ready(time.monotonic(), time.time())
        job.stop.wait(LOOK_EVERY_S)
    job.passed_over += watch.passed_over
