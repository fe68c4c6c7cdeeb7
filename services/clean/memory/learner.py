"""Judges lines by how often their host repeats them, and says what to remember of a document."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.clean.lines.verdicts import BETWEEN, Verdict
from services.clean.memory.hosts import (
    HOSTS,
    WINDOW,
    Hosts,
    Sighting,
    ends_of,
)
from services.clean.prepared import Line
from services.clean.spacing.space_style import Style

HEAD_ZONE, TAIL_ZONE = 4, 16
"""Furniture is looked for among the first and last lines; a zone grows by every line found in it."""
FEWEST_REPEATS, REPEATED_SHARE = 2, 0.03
"""A line is furniture from the third document on, when at least this share of the window holds it.

On 1,449 pages a window of 64 and a share of 0.05 missed 52 lines of a rare form that 128 and 0.03 find.
"""
LIST_AFTER, LIST_LINES, LIST_LINE = 0.3, 8, 140
"""A list of changing links under a learned heading: after this share of a page, at most so many lines, so
long each.
"""

_LETTERS = re.compile(r"[^\W\d_]{3}")
FREQUENT = Verdict("furniture", "freq")


def relearned(hosts: Hosts, host: str, lines: Sequence[Line]) -> list[Verdict]:
    """Return the verdicts of *lines* after the host's memory was asked; patterns' verdicts stay."""
    verdicts = [line.verdict for line in lines]
    table = hosts.table.get(host)
    if table is None or not lines:
        return verdicts
    seen, opened = table.counts([line.hash for line in lines])
    needed = max(FEWEST_REPEATS, REPEATED_SHARE * table.documents())
    frequent = [count >= needed for count in seen]
    _take_zone(verdicts, frequent, range(len(lines)), HEAD_ZONE)
    _take_zone(verdicts, frequent, range(len(lines) - 1, -1, -1), TAIL_ZONE)
    for i, line in enumerate(lines[:-1]):
        if verdicts[i] is FREQUENT and line.text.rstrip().endswith(":") and verdicts[i + 1].kept:
            verdicts[i] = line.verdict  # it introduces what is kept
    heads = [f and _LETTERS.search(line.text) is not None and o >= max(FEWEST_REPEATS, s / 2)
             for f, line, o, s in zip(frequent, lines, opened, seen, strict=True)]  # fmt: skip
    _take_lists(verdicts, lines, heads)
    return verdicts


def _take_zone(verdicts: list[Verdict], frequent: list[bool], order: range, zone: int) -> None:
    """Take frequent lines from one end of the page; every furniture line lets the zone grow by one."""
    left = zone
    for i in order:
        if left == 0:
            return
        if verdicts[i].kept and frequent[i]:
            verdicts[i] = FREQUENT
        if verdicts[i].kept:
            left -= 1


def _take_lists(verdicts: list[Verdict], lines: Sequence[Line], heads: list[bool]) -> None:
    """Take the short unknown lines between a learned heading and the next furniture line."""
    total = len(lines)
    for i in range(int(LIST_AFTER * total) + 1, total - 1):
        if verdicts[i].kept or not heads[i] or not verdicts[i + 1].kept:
            continue
        end = i + 1
        while (
            end < total and verdicts[end].kept and end - i <= LIST_LINES and len(lines[end].text) < LIST_LINE
        ):
            end += 1
        if end < total and not verdicts[end].kept:
            verdicts[i + 1 : end] = [BETWEEN] * (end - i - 1)


class SeenAs(NamedTuple):
    """A document of the lane: its number in it, 32 bits of its body's hash, its space style."""

    seq: int
    body: int
    style: Style = "untold"


def remembered(
    hosts: Hosts, host: str, *, lines: Sequence[Line], verdicts: Sequence[Verdict], seen_as: SeenAs
) -> Mapping[bytes, bytes | None]:
    """Return the changelog items that let *hosts* remember a document; a body seen before counts once."""
    table = hosts.table.get(host)
    if table and seen_as.body in table.bodies:
        return {}
    number = table.newest + 1 if table else 1
    unknown = [v.kept or v.by_place for v in verdicts]
    followed = ends_of([*unknown[1:], False])
    seen = ends_of([0 if v is BETWEEN else line.hash for line, v in zip(lines, verdicts, strict=True)])
    sighting = Sighting(
        number,
        seen_as.seq,
        seen_as.body,
        tuple(seen),
        tuple(i for i, f in enumerate(followed) if f),
        seen_as.style,
    )
    updates: dict[bytes, bytes | None] = {}
    if table is None and len(hosts.table) >= HOSTS:
        gone = hosts.oldest()
        updates |= {item_key(gone, slot): None for slot in range(WINDOW) if hosts.table[gone].numbers[slot]}
    updates[item_key(host, number % WINDOW)] = sighting.encoded()
    return updates


def item_key(host: str, slot: int) -> bytes:
    """Return the changelog key of one remembered document."""
    return f"line/{host}/{slot}".encode()
