"""What benchmarks restore: the changelog items of a lane that is full, as its stage writes them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import orjson

from services.clean.lines.fingerprint import PERMUTATIONS
from services.clean.memory import duplicates, hosts, revisions
from services.clean.memory.duplicates import NewDocument
from services.clean.memory.hosts import Sighting
from services.link.memory.lane_state import LaneState
from services.link.model import model
from services.link.numeric.time_units import DAY_S
from services.workshop.timing.link import Events, put

PLAIN = 300_000
LIVE = 20_000
"""Articles in the window of link: eight times what 800 outlets of the corpora publish in it."""

BYTES = 1_000

Item = tuple[bytes, bytes]


def plain(count: int = PLAIN) -> Iterator[Item]:
    """Yield *count* items of 1 kB, a key each."""
    value = orjson.dumps({"n": 1, "p": "x" * BYTES})
    for number in range(count):
        yield b"k%d" % number, value


def clean() -> Iterator[Item]:
    """Yield the state of a lane of clean at all of its bounds: 512 hosts of 128 documents, 4,096 documents, a
    million revisions.
    """
    dice = np.random.default_rng(1)
    for host in range(hosts.HOSTS):
        for slot in range(hosts.WINDOW):
            lines = tuple(dice.integers(1, 1 << 32, hosts.HEAD_LINES + hosts.TAIL_LINES).tolist())
            seen = Sighting(
                slot + 1, host * hosts.WINDOW + slot + 1, int(dice.integers(1 << 32)), lines, (1, 2, 3)
            )
            yield f"line/outlet-{host}.example.org/{slot}".encode(), seen.encoded()
    for slot in range(duplicates.DOCUMENTS):
        prints = dice.integers(0, 1 << 32, PERMUTATIONS, dtype=np.uint32)
        asked = NewDocument(
            f"{slot:032x}", f"{slot:016x}", f"outlet-{slot % 512}", "", f"{slot:032x}", prints, 300
        )
        yield from _written(duplicates.document_item(asked, slot + 1))
    for number in range(revisions.SEGMENTS):
        rows = np.zeros(revisions.SEGMENT, revisions.ROW)
        rows["key"], rows["rev"] = dice.integers(1, 1 << 63, (2, revisions.SEGMENT), dtype=np.uint64)
        rows["rev_no"] = 1
        yield f"known/{number}".encode(), number.to_bytes(revisions.NUMBER_BYTES, "little") + rows.tobytes()


def link(live: int = LIVE) -> Iterator[Item]:
    """Yield the state of a lane of link with *live* articles, each in a story of its own, the last of them
    from now.
    """
    state, settings, stream = LaneState(), model(), Events(np.random.default_rng(1))
    gap = settings.window_days * DAY_S / live
    begun = time.time() - live * gap
    last: dict[bytes, bytes] = {}
    for n in range(live):
        for key, value in _written(put(state, stream.signature(n, begun + n * gap), settings)):
            last.pop(key, None)
            last[key] = value
    yield from last.items()


def _written(updates: Mapping[bytes, bytes | None]) -> Iterator[Item]:
    return ((key, value) for key, value in updates.items() if value is not None)


STATES: dict[str, Callable[[], Iterator[Item]]] = {"plain": plain, "clean": clean, "link": link}
