"""The file of the archive, opened to be read: one `Archive` for a process, used by any number of threads."""

from __future__ import annotations

import sqlite3
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from services.archive.shelf import opened
from services.archive.shelf.file_places import CURRENT_S, Places
from services.archive.shelf.tables import FORM
from shared.settings import Settings

if TYPE_CHECKING:
    from services.archive.reading.search.nearest_vectors import Vectors


class NoArchive(Exception):
    """There is no archive, or none that this release can read; the message says which."""


def kept_at(settings: Settings) -> float | None:
    """Return when the run's archive last had all that the topics held (Unix seconds); None without one."""
    return Places.of(settings).current_at()


class Archive:
    """Reads the archive of *settings*' run.

    A file that takes the place of another, after a promotion, is noticed at the next question.
    """

    def __init__(self, settings: Settings) -> None:
        """Raise NoArchive when there is none."""
        self._places, self._mine = Places.of(settings), threading.local()
        self._open: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._vectors: tuple[Path, Vectors] | None = None
        self.run = settings.run
        with self.look():
            pass

    @contextmanager
    def look(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that sees one moment of the archive, however long it takes; raises NoArchive."""
        connection = self._connection()
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("ROLLBACK")  # nothing was written: it only ends the moment

    def vectors(self, db: sqlite3.Connection) -> Vectors:
        """Return the vectors of the file that *db* sees, all that it has."""
        from services.archive.reading.search.nearest_vectors import Vectors  # noqa: PLC0415 - numpy: who seeks no meaning shall not pay for it

        file = self._mine.file
        with self._lock:
            if self._vectors is None or self._vectors[0] != file:
                self._vectors = (file, Vectors())
            found = self._vectors[1]
        found.refresh(db)
        return found

    def version(self) -> str:
        """Return what differs after every change: for ETags, and to see whether there is anything new."""
        with self.look() as db:
            read = db.execute(
                "SELECT group_concat(value) FROM state WHERE name IN ('articles', 'events', 'states')"
            ).fetchone()[0]
            return f"{self._mine.file.stem}-{zlib.crc32(str(read).encode()):08x}"

    def file(self) -> Path:
        """Return the file that is read; raises NoArchive."""
        found = self._places.current()
        if found is None:
            raise NoArchive(f"there is no archive of {self.run}")
        return found

    @property
    def current_at(self) -> float:
        """When it last had all that the topics held, in Unix seconds; 0 when it never had."""
        return self._places.current_at() or 0.0

    @property
    def is_current(self) -> bool:
        """Whether it had all that the topics held within the last minute: somebody keeps it."""
        return time.time() - self.current_at <= CURRENT_S

    def made_from(self) -> dict[str, str]:
        """Return what it was made from: ``kafka`` (the broker's address), ``cluster`` (its id), ``run``.

        The run is the one that readers see.
        """
        with self.look() as db:
            found = {
                name: str(value)
                for name, value in db.execute(
                    "SELECT name, value FROM state WHERE name IN ('kafka', 'cluster', 'run')"
                )
            }
        return {"kafka": "", "cluster": "", "run": self.run} | found

    def building(self) -> int | None:
        """Return the switch for which another file is being built; None when none is."""
        others = [
            file
            for file in self._places.folder.glob(f"form-{FORM}-epoch-*.db")
            if file != self._places.current()
        ]
        return int(others[0].stem.rpartition("-")[2]) if others else None

    def close(self) -> None:
        """Close what this process has open; the archive is opened again by the next question."""
        with self._lock:
            gone, self._open = self._open, []
        self._mine = threading.local()
        for connection in gone:
            connection.close()

    def _connection(self) -> sqlite3.Connection:
        """Return this thread's connection to the file that is read now."""
        file = self.file()
        if getattr(self._mine, "file", None) != file:
            self._let_go()
            self._mine.connection, self._mine.file = self._opened(file), file
        found: sqlite3.Connection = self._mine.connection
        return found

    def _opened(self, file: Path) -> sqlite3.Connection:
        try:
            connection = opened.to_read(file)
            form = connection.execute("SELECT value FROM state WHERE name = 'form'").fetchone()[0]
        except sqlite3.OperationalError as error:
            if (now := self.file()) != file:  # another one took its place just now
                return self._opened(now)
            raise NoArchive(f"{file.name} cannot be read: {error}") from None
        if form != FORM:
            connection.close()
            raise NoArchive(
                f"the archive has form {form}, this release reads {FORM}: it is built anew by ./khabar run archive"
            )
        with self._lock:
            self._open.append(connection)
        return connection

    def _let_go(self) -> None:
        old: sqlite3.Connection | None = getattr(self._mine, "connection", None)
        if old is not None:
            with self._lock:
                self._open = [one for one in self._open if one is not old]
            old.close()
