"""Judges lines by how often their host repeats them, and says what to remember of a document."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.clean.lines.verdicts import Verdict
from services.clean.memory.hosts import (
    FIRST,
    HOSTS,
    LAST,
    LEAST,
    LEAST_SHARE,
    WINDOW,
    Hosts,
    Sighting,
    ends_of,
)
from services.clean.prepared import Line
from services.clean.spacing.space_style import Style

LIST_AFTER, LIST_LINES, LIST_LINE = 0.3, 8, 140
"""A list of changing links under a learned heading: after this share of a page, at most so many lines, so
long each.
"""

_LETTERS = re.compile(r"[^\W\d_]{3}")
_LISTED = frozenset({"between"})
"""Links of a changing list are not counted: the headline of today's article stood among yesterday's links."""
FREQUENT = Verdict("furniture", "freq")


def relearned(hosts: Hosts, host: str, lines: Sequence[Line]) -> list[Verdict]:
    """Return the verdicts of *lines* after the host's memory was asked; patterns' verdicts stay."""
    verdicts = [line.verdict for line in lines]
    table = hosts.table.get(host)
    if table is None or not lines:
        return verdicts
    seen, opened = table.counts([line.hash for line in lines])
    needed = max(LEAST, LEAST_SHARE * table.documents())
    frequent = [count >= needed for count in seen]
    _take_zone(verdicts, frequent, range(len(lines)), FIRST)
    _take_zone(verdicts, frequent, range(len(lines) - 1, -1, -1), LAST)
    for i, line in enumerate(lines[:-1]):
        if verdicts[i] is FREQUENT and line.text.rstrip().endswith(":") and not verdicts[i + 1].rule:
            verdicts[i] = line.verdict  # it introduces what is kept
    heads = [f and _LETTERS.search(line.text) is not None and o >= max(LEAST, s / 2)
             for f, line, o, s in zip(frequent, lines, opened, seen, strict=True)]  # fmt: skip
    _take_lists(verdicts, lines, heads)
    return verdicts


def _take_zone(verdicts: list[Verdict], frequent: list[bool], order: range, zone: int) -> None:
    """Take frequent lines from one end of the page; every furniture line lets the zone grow by one."""
    left = zone
    for i in order:
        if left == 0:
            return
        if not verdicts[i].rule and frequent[i]:
            verdicts[i] = FREQUENT
        if not verdicts[i].rule:
            left -= 1


def _take_lists(verdicts: list[Verdict], lines: Sequence[Line], heads: list[bool]) -> None:
    """Take the short unknown lines between a learned heading and the next furniture line."""
    total = len(lines)
    for i in range(int(LIST_AFTER * total) + 1, total - 1):
        if not (verdicts[i].rule and heads[i]) or verdicts[i + 1].rule:
            continue
        end = i + 1
        while (
            end < total
            and not verdicts[end].rule
            and end - i <= LIST_LINES
            and len(lines[end].text) < LIST_LINE
        ):
            end += 1
        if end < total and verdicts[end].rule:
            verdicts[i + 1 : end] = [Verdict("related", "between")] * (end - i - 1)


class SeenAs(NamedTuple):
    """A document of the lane: its number in it, 32 bits of its body's hash, its space style."""

    seq: int
    body: int
    style: Style = "untold"


def remembered(
    hosts: Hosts, host: str, *, lines: Sequence[Line], verdicts: Sequence[Verdict], seen_as: SeenAs
) -> Mapping[bytes, bytes | None]:
    """Return the changelog items that let *hosts* remember a document; a body that the host showed before
    counts once.
    """
    table = hosts.table.get(host)
    if table and seen_as.body in table.bodies:
        return {}
    number = table.newest + 1 if table else 1
    unknown = [not v.rule or v.rule == "between" or v.rule.startswith("section") for v in verdicts]
    followed = ends_of([*unknown[1:], False])
    seen = ends_of([0 if v.rule in _LISTED else line.hash for line, v in zip(lines, verdicts, strict=True)])
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
