"""What waits on disk for the engine: a folder of JSON-lines files, one a request, which `khabar feed` takes
as they are.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4


class Spool:
    """Files in *folder*, each whole from the moment it has its name.

    Several spiders may share a folder: a repeat is harmless.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, lines: Sequence[bytes]) -> None:
        """Return when *lines* are on the disk, and not only on their way to it. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{uuid4().hex[:8]}.jsonl"
        unfinished = self.folder / f".{name}"
        try:
            with unfinished.open("wb") as file:
                file.writelines(line + b"\n" for line in lines)
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(self.folder / name)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        self._sync()

    def files(self) -> list[Path]:
        """Return the files that wait, the oldest first."""
        return sorted(path for path in self.folder.glob("*.jsonl") if not path.name.startswith("."))

    @staticmethod
    def lines(file: Path) -> list[bytes]:
        """Return what *file* holds; nothing when somebody else has sent it by now."""
        try:
            return [line for line in file.read_bytes().splitlines() if line.strip()]
        except FileNotFoundError:
            return []

    def _sync(self) -> None:
        """Make the new name last, too; Windows has no way to."""
        if os.name != "nt":
            opened = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)
