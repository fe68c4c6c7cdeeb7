"""Judges lines by how often their host repeats them, and says what to remember of a document."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.clean.lines.verdicts import AMONG_LINKS, Verdict
from services.clean.memory.hosts import HOSTS, WINDOW, Hosts, Sighting, ends_of
from services.clean.prepared_page import PageLine
from services.clean.spacing.space_style import Style

HEAD_ZONE = 4
"""First lines among which repeats are furniture; every line found there lets the zone grow by one."""
TAIL_ZONE = 16
"""Last lines among which repeats are furniture; every line found there lets the zone grow by one."""
FEWEST_REPEATS = 2
"""Earlier documents that must hold a line before it is furniture."""
REPEATED_SHARE = 0.03
"""Share of the remembered documents that must hold it.

On 1,449 pages a window of 64 and a share of 0.05 missed 52 lines of a rare form that 128 and 0.03 find.
"""
LISTS_AFTER = 0.3
"""Share of a page after which a learned heading may begin a list of changing links."""
MOST_LIST_LINES = 8
"""Lines of such a list at most."""
LONGEST_LIST_LINE = 140
"""Such a line is shorter."""

_LETTERS = re.compile(r"[^\W\d_]{3}")
FREQUENT = Verdict("furniture", "freq")


def verdicts_with_repeats(hosts: Hosts, host: str, lines: Sequence[PageLine]) -> list[Verdict]:
    """Return the verdicts of *lines*: those of the patterns, and lines that the host repeats as furniture."""
    verdicts = [line.verdict for line in lines]
    table = hosts.table.get(host)
    if table is None or not lines:
        return verdicts
    times_seen, unknown_after = table.counts([line.hash for line in lines])
    needed = max(FEWEST_REPEATS, REPEATED_SHARE * table.documents())
    frequent = [count >= needed for count in times_seen]
    _mark_zone(verdicts, frequent, range(len(lines)), HEAD_ZONE)
    _mark_zone(verdicts, frequent, range(len(lines) - 1, -1, -1), TAIL_ZONE)
    for i, line in enumerate(lines[:-1]):
        if verdicts[i] is FREQUENT and line.text.rstrip().endswith(":") and verdicts[i + 1].kept:
            verdicts[i] = line.verdict  # it introduces what is kept
    begins_list = [
        is_frequent and _LETTERS.search(line.text) is not None and followed >= max(FEWEST_REPEATS, times / 2)
        for is_frequent, line, followed, times in zip(frequent, lines, unknown_after, times_seen, strict=True)
    ]
    _mark_lists(verdicts, lines, begins_list)
    return verdicts


def _mark_zone(verdicts: list[Verdict], frequent: list[bool], order: range, zone: int) -> None:
    """Mark frequent lines at one end of a page as furniture; each lets the zone grow by one."""
    for i in order:
        if zone == 0:
            return
        if verdicts[i].kept and frequent[i]:
            verdicts[i] = FREQUENT
        if verdicts[i].kept:
            zone -= 1


def _mark_lists(verdicts: list[Verdict], lines: Sequence[PageLine], begins_list: list[bool]) -> None:
    """Mark the short unknown lines between a learned heading and the next furniture line as links."""
    total = len(lines)
    for i in range(int(LISTS_AFTER * total) + 1, total - 1):
        if verdicts[i].kept or not begins_list[i] or not verdicts[i + 1].kept:
            continue
        end = i + 1
        while (
            end < total
            and verdicts[end].kept
            and end - i <= MOST_LIST_LINES
            and len(lines[end].text) < LONGEST_LIST_LINE
        ):
            end += 1
        if end < total and not verdicts[end].kept:
            verdicts[i + 1 : end] = [AMONG_LINKS] * (end - i - 1)


class LaneDocument(NamedTuple):
    """A document of the lane: *seq* is its number in it, *body* 32 bits of its body's hash."""

    seq: int
    body: int
    style: Style = "untold"


def sighting_items(
    hosts: Hosts, host: str, *, lines: Sequence[PageLine], verdicts: Sequence[Verdict], document: LaneDocument
) -> Mapping[bytes, bytes | None]:
    """Return the changelog items that let *hosts* remember a document; a body seen before counts once."""
    table = hosts.table.get(host)
    if table and document.body in table.bodies:
        return {}
    number = table.newest + 1 if table else 1
    is_unknown = [verdict.kept or verdict.by_place for verdict in verdicts]
    followed_by_unknown = ends_of([*is_unknown[1:], False])
    hashes = [
        0 if verdict is AMONG_LINKS else line.hash for line, verdict in zip(lines, verdicts, strict=True)
    ]
    sighting = Sighting(
        number=number,
        seq=document.seq,
        body=document.body,
        lines=tuple(ends_of(hashes)),
        unknown_after=tuple(i for i, is_followed in enumerate(followed_by_unknown) if is_followed),
        style=document.style,
    )
    updates: dict[bytes, bytes | None] = {}
    if table is None and len(hosts.table) >= HOSTS:
        forgotten = hosts.oldest()
        updates |= {
            item_key(forgotten, slot): None for slot in range(WINDOW) if hosts.table[forgotten].numbers[slot]
        }
    updates[item_key(host, number % WINDOW)] = sighting.encoded()
    return updates


def item_key(host: str, slot: int) -> bytes:
    """Return the changelog key of one remembered document."""
    return f"line/{host}/{slot}".encode()
