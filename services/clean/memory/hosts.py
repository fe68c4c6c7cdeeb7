"""What a lane remembers of each host's pages: which lines came back in its last 128 documents.

It knows no word of any language.

Counts are whole numbers over a window, not decayed floats: a table restored in any order equals the live one
bit by bit. Every document is one item of the changelog (``line/<host>/<slot>``), so a host never has more
than 128 of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import orjson
from numpy.typing import NDArray

from services.clean.spacing.space_style import Style

WINDOW = 128
"""Documents of a host that are remembered."""
HEAD_LINES = 24
"""First lines of a document that are remembered."""
TAIL_LINES = 40
"""Last lines of a document that are remembered."""
LEAST_SPACED = 3
"""Documents of a host that must show spaces for half-spaces before it counts as writing them."""
SPACED_SHARE = 0.8
"""Their share of the documents that show either."""
HOSTS = 512
"""Hosts that one lane remembers; the one that was silent for longest is forgotten (41 kB each)."""

FEWEST_SLOTS = 8
"""Slots that a host's table begins with."""

_EMPTY = 0


@dataclass(frozen=True, slots=True)
class Sighting:
    """One document in its host's table.

    *number*: its number at the host, *seq*: that in the lane. *body*: 32 bits of its body's hash. *lines*:
    hashes of the lines of head and tail; *unknown_after*: places of those that a line followed which is no
    known furniture.
    """

    number: int
    seq: int
    body: int
    lines: tuple[int, ...]
    unknown_after: tuple[int, ...]
    style: Style = "untold"

    def encoded(self) -> bytes:
        """Return the changelog value."""
        return orjson.dumps([self.number, self.seq, self.body, self.lines, self.unknown_after, self.style])

    @classmethod
    def decoded(cls, value: bytes) -> Sighting:
        """Return what ``encoded`` wrote."""
        number, seq, body, lines, unknown_after, style = orjson.loads(value)
        return cls(number, seq, body, tuple(lines), tuple(unknown_after), style)


class Host:
    """The last documents of one host."""

    __slots__ = ("bodies", "lines", "numbers", "seqs", "styles", "unknown_after")

    def __init__(self) -> None:
        self.lines: NDArray[np.uint32] = np.zeros((0, HEAD_LINES + TAIL_LINES), dtype=np.uint32)
        self.unknown_after: NDArray[np.bool_] = np.zeros((0, HEAD_LINES + TAIL_LINES), dtype=np.bool_)
        self.numbers = [0] * WINDOW
        self.seqs = [0] * WINDOW
        self.bodies = [0] * WINDOW
        self.styles: list[Style] = ["untold"] * WINDOW

    def put(self, slot: int, sighting: Sighting | None) -> None:
        """Let *slot* hold *sighting*, or nothing."""
        if slot >= len(self.lines):
            rows = min(WINDOW, max(FEWEST_SLOTS, 2 * slot))
            self.lines, self.unknown_after = _grown(self.lines, rows), _grown(self.unknown_after, rows)
        self.lines[slot] = _EMPTY
        self.unknown_after[slot] = False
        self.numbers[slot] = self.seqs[slot] = self.bodies[slot] = 0
        self.styles[slot] = sighting.style if sighting else "untold"
        if sighting:
            size = len(sighting.lines)
            self.lines[slot, :size] = sighting.lines
            self.unknown_after[slot, list(sighting.unknown_after)] = True
            self.numbers[slot] = sighting.number
            self.seqs[slot] = sighting.seq
            self.bodies[slot] = sighting.body

    @property
    def newest(self) -> int:
        """Number of the newest document."""
        return max(self.numbers)

    @property
    def last_seq(self) -> int:
        """The lane's document number when this host was last seen."""
        return max(self.seqs)

    def counts(self, lines: list[int]) -> tuple[list[int], list[int]]:
        """Return in how many documents each of *lines* stands, and in how many an unknown line followed."""
        distinct, place_of_line = np.unique(np.array(lines, dtype=np.uint32), return_inverse=True)
        places = np.minimum(np.searchsorted(distinct, self.lines), len(distinct) - 1)
        documents, columns = np.nonzero(distinct[places] == self.lines)
        indexes = places[documents, columns]
        table = np.zeros((2, len(self.lines), len(distinct)), dtype=np.bool_)
        table[0, documents, indexes] = True
        table[1, documents, indexes] = self.unknown_after[documents, columns]
        with_line, followed = table.sum(axis=1)[:, place_of_line]
        return with_line.tolist(), followed.tolist()

    def writes_spaces(self) -> bool:
        """Tell whether the host's documents write spaces for half-spaces."""
        spaces, other = self.styles.count("spaces"), self.styles.count("other")
        return spaces >= LEAST_SPACED and spaces >= SPACED_SHARE * (spaces + other)

    def documents(self) -> int:
        """Return how many documents are remembered."""
        return sum(number > 0 for number in self.numbers)


def _grown[T: np.generic](table: NDArray[T], rows: int) -> NDArray[T]:
    """Return *table* with zeros below, *rows* in all.

    np.pad takes ten times as long, a quarter of a restore.
    """
    grown = np.zeros((rows, table.shape[1]), table.dtype)
    grown[: len(table)] = table
    return grown


def ends_of[T](items: list[T]) -> list[T]:
    """Return the head and the tail of *items* that a table keeps."""
    return items if len(items) <= HEAD_LINES + TAIL_LINES else items[:HEAD_LINES] + items[-TAIL_LINES:]


class Hosts:
    """The hosts of one lane."""

    def __init__(self) -> None:
        self.table: dict[str, Host] = {}

    def apply(self, host: str, slot: int, value: bytes | None) -> None:
        """Take one changelog item in; a host whose last item went is forgotten."""
        known = self.table.get(host)
        if known is None:
            if value is None:
                return
            known = self.table[host] = Host()
        known.put(slot, Sighting.decoded(value) if value else None)
        if value is None and not known.documents():
            del self.table[host]

    def oldest(self) -> str:
        """Return the host that was silent for longest."""
        return min(self.table, key=lambda host: (self.table[host].last_seq, host))
