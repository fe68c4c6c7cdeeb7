"""What goes back to a stage: a letter's key, value and headers, and how often that has happened. Pure.

All three are the same byte for byte.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from services.dead.letter import Letter
from shared.wire import headers


@dataclass(frozen=True, slots=True)
class SentBack:
    """One record on its way back to *topic* (as it is spelled in Kafka).

    With *partition* None the key decides.
    """

    topic: str
    partition: int | None
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


def sent_back(letter: Letter, partitions: int, edited: bytes | None = None) -> SentBack:
    """Return the record that *letter* becomes, in the partition it came from if *partitions* has it.

    *partitions* is how many the topic has now. *edited* takes the place of the value; the digest of the
    original then stands in a header.
    """
    times = headers.times_redriven(letter.headers) + 1
    replaced = {headers.REDRIVEN} if edited is None else {headers.REDRIVEN, headers.EDITED}
    kept = [(name, value) for name, value in letter.headers if name not in replaced]
    kept.append((headers.REDRIVEN, b"%d" % times))
    if edited is not None:
        kept.append((headers.EDITED, digest(letter.value or b"").encode()))
    came_from = letter.came_from
    home = came_from.partition if came_from is not None and 0 <= came_from.partition < partitions else None
    return SentBack(letter.said("topic"), home, letter.key, letter.value if edited is None else edited, kept)


def digest(value: bytes) -> str:
    """Return the SHA-256 of *value*."""
    return hashlib.sha256(value).hexdigest()
