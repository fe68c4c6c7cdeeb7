"""How many marks of people, «the same story» or not, the stories of either side keep. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from shared.records.mark import Mark


class MarksKept(NamedTuple):
    """Of *n* marks whose articles both sides have the first side keeps *was* and the second *now*."""

    n: int
    was: int
    now: int


def marks_kept(marks: Iterable[Mark], first: Mapping[str, str], second: Mapping[str, str]) -> MarksKept:
    """Return how many *marks* two partitions (document → story) of the same documents keep."""
    known = [one for one in marks if one.first in first and one.second in first]
    was, now = (sum(one.is_kept(side) for one in known) for side in (first, second))
    return MarksKept(len(known), was, now)
