"""A file that is not taken → a dead letter with its bytes, as far as a letter can hold them."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from services.feed.submission import Submission
from shared.errors import BadRecord
from shared.wire.topics import MAX_LETTER_BYTES

LARGEST = MAX_LETTER_BYTES - (64 << 10)
"""Room for the headers beside the bytes."""
FIRST_BYTES = 1 << 20
"""So much is kept of a file that is larger than a letter may be."""


def refused_file(path: Path, why: BadRecord) -> Submission:
    """Return *path* as refused for *why*.

    Of a file larger than a letter holds, it has the size, the hash and the first bytes.
    """
    where = readable(str(path))
    if not stat.S_ISREG(path.stat().st_mode):
        return Submission.refusal(where, b"", why)
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        if size <= LARGEST:
            return Submission.refusal(where, stream.read(LARGEST), why)
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        stream.seek(0)
        named = f"{where}, {size} bytes, sha256 {digest}: the first {FIRST_BYTES} are kept"
        return Submission.refusal(
            where, stream.read(FIRST_BYTES), BadRecord(why.reason, f"{why.detail} ({named})")
        )


def readable(name: str) -> str:
    """Return a file's name as text that UTF-8 can hold: the name itself may be any bytes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
