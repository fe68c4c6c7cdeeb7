"""Connections to a file of the archive."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from services.archive.shelf.tables import FORM, TABLES

CACHE_KB = 64_000
WAIT_S = 20.0


def to_write(file: Path) -> sqlite3.Connection:
    """Return the one connection that writes, for one thread at a time; a new file gets its tables."""
    file.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(
        file, timeout=WAIT_S, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    connection.execute("PRAGMA page_size = 8192")
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # as the size of a page: before anything is there
    connection.execute("PRAGMA journal_mode = WAL")
    # after a loss of power the last transactions may be missing, never a part of one
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA wal_autocheckpoint = 4000")
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'state'").fetchone():
        connection.executescript(
            f"BEGIN IMMEDIATE; {TABLES} INSERT INTO state VALUES ('form', {FORM}); COMMIT;"
        )
    return connection


def to_read(file: Path) -> sqlite3.Connection:
    """Return a connection that cannot write; raises sqlite3.OperationalError when there is no such file."""
    connection = sqlite3.connect(
        f"{file.absolute().as_uri()}?mode=ro",
        uri=True,
        check_same_thread=False,
        timeout=WAIT_S,
        isolation_level=None,
        cached_statements=256,
    )
    connection.execute("PRAGMA query_only = ON")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KB // 4}")
    connection.execute(f"PRAGMA mmap_size = {1 << 30}")
    return connection


def size_bytes(connection: sqlite3.Connection) -> int:
    """Return the size of the file without its free pages, which removals leave and later pages use again."""
    pages, free, page = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * page)
