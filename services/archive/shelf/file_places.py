"""The folder of a run's archive: which file is the one to read, and how another takes its place.

``current`` holds the name of the file that is read, and its time of change says when that file last had all
that the topics held. Files have names of their own and are never renamed: what SQLite keeps beside a file
(its log) goes by the file's name.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.archive.shelf.tables import FORM
from shared.settings import Settings

CURRENT_S = 60.0
"""An archive that had all longer ago is behind, and is not answered from: what stands in it may not be so any
more.
"""


@dataclass(frozen=True, slots=True)
class Places:
    """The folder."""

    folder: Path

    @classmethod
    def of(cls, settings: Settings) -> Places:
        """Return the folder of *settings*' run."""
        folder = Path(settings.archive_folder) if settings.archive_folder else settings.folder / "archive"
        return cls(folder / settings.run)

    @property
    def _pointer(self) -> Path:
        return self.folder / "current"

    def current(self) -> Path | None:
        """Return the file that is to be read; None when there is none."""
        try:
            name = self._pointer.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        found = self.folder / name
        return found if name and found.is_file() else None

    def file(self, epoch: int) -> Path:
        """Return the file that holds what is to be read after switch *epoch*."""
        return self.folder / f"form-{FORM}-epoch-{epoch}.db"

    def swap(self, file: Path) -> None:
        """Let *file* be the one to read, from one moment to the next, and delete the others."""
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.folder / "current.new"
        with fresh.open("w", encoding="utf-8") as out:
            out.write(file.name)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self._pointer)
        self.clear(file)

    def clear(self, *kept: Path) -> None:
        """Delete every file but *kept*. Who reads one still keeps what it has open."""
        names = {file.name for file in kept}
        for one in self.folder.glob("form-*"):
            if one.name.removesuffix("-wal").removesuffix("-shm") not in names:
                one.unlink(missing_ok=True)

    def touch(self, at: float) -> None:
        """Say that the file that is read has all that the topics held *at* that time (Unix seconds)."""
        os.utime(self._pointer, (at, at))

    def current_at(self) -> float | None:
        """Return when that was said last, in Unix seconds; None when there is no archive."""
        try:
            return self._pointer.stat().st_mtime
        except FileNotFoundError:
            return None

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Say whether the folder is ours to write to, as long as this lasts: one process at a time has it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
                return
            yield True
