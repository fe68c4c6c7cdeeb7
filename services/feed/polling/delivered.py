"""What a feed has handed over, in eight bytes an entry. Pure.

By it a poll sends only what is new, and a restart does not send all again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

MARK = 8
LEAST_KEPT = 500
"""Entries that are remembered, at least: some leave a feed and come back.

A document with more of them is remembered whole.
"""


def mark(parts: Iterable[bytes]) -> bytes:
    """Return the mark of an entry, of its source, identity and payload, so that a changed one is new."""
    return hashlib.blake2b(b"\x1f".join(parts), digest_size=MARK).digest()


def marks(kept: bytes) -> set[bytes]:
    """Return the marks in *kept*."""
    return {kept[at : at + MARK] for at in range(0, len(kept), MARK)}


def remembered(before: bytes, present: Iterable[bytes]) -> bytes:
    """Return what to keep after a poll: the marks of the present entries, then the last of former ones."""
    there = dict.fromkeys(present)
    gone = (one for at in range(0, len(before), MARK) if (one := before[at : at + MARK]) not in there)
    return b"".join([*there, *gone])[: MARK * max(LEAST_KEPT, len(there))]
