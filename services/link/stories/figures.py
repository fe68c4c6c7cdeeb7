"""What a story was last told of how many: killed, wounded, how strong.

Numbers are compared by what is counted and in which unit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from services.link.memory.items import LastTold
from services.link.reading.notes import Figure, Notes
from shared.records.linked import ChangedNumber

MOST = 20  # kinds of numbers that a story keeps
# figures of one hour that differ contradict each other; later ones bring the state up to date
UPDATE_AFTER_S = 3_600.0
APART = 2.0  # times: «more than 10» and 12 say the same, «more than 10» and 40 do not
OTHER_THING = 30.0  # times: on a real stream no two numbers so far apart counted one thing, though both were called «killed»
LIST = 2  # different numbers of one kind in a text: more of them are a list (the votes for each), and none is the story's
# one report counts many kinds of people: those on board, those who came, those who voted
VAGUE = frozenset({"person"})
# units in which an event itself is measured, and how far apart two agencies are: more is an aftershock
OF_ITSELF = {"Mw": 0.5}


def key_of(figure: Figure) -> str | None:
    """Return under what a story keeps a number, None when it may count anything, as a sum of money may.

    What extract knows it calls by one English word in every language. Any other noun is a stem of its own
    language, which compares with no other language, and in Persian and Arabic is as often no noun at all (of
    26 such numbers on a real stream half counted nothing).
    """
    if figure.of in VAGUE or not figure.of.isascii() or not (figure.of or figure.unit in OF_ITSELF):
        return None
    return f"{figure.of}|{figure.unit}"


def said(notes: Notes) -> dict[str, list[Figure]]:
    """Return the numbers of an article by kind, in their order, without those that are a list."""
    found: dict[str, list[Figure]] = {}
    for figure in notes.figures:
        key = key_of(figure)
        if key is not None:
            found.setdefault(key, []).append(figure)
    return {
        key: figures for key, figures in found.items() if len({figure.value for figure in figures}) <= LIST
    }


def told(old: dict[str, LastTold], notes: Notes, *, doc_id: str, at: float | None) -> dict[str, LastTold]:
    """Return the last number of each kind; of several in one text the first, which stands in the lead."""
    return latest(
        old, {key: LastTold(some[0].value, doc_id, at, some[0].approx) for key, some in said(notes).items()}
    )


def latest(old: dict[str, LastTold], new: dict[str, LastTold]) -> dict[str, LastTold]:
    """Return the numbers of both; of one kind the later in event time, of equally late ones the new.

    A bound replaces no number it fits.
    """
    kept = {key: now for key, now in new.items() if key not in old or _replaces(now, old[key])}
    return dict(list((old | kept).items())[:MOST])


def _replaces(now: LastTold, was: LastTold) -> bool:
    later = now.at is None or was.at is None or now.at >= was.at
    return later and not (now.approx and not was.approx and agree(was, now))


def changes(
    story: dict[str, LastTold], notes: Notes, at: float | None
) -> Iterator[tuple[ChangedNumber, bool]]:
    """Yield the numbers that differ from the story's, and whether each rises or comes later: an update.

    What a report of an earlier hour says of the state of then changes nothing now, however late it arrives.
    """
    for key, values in said(notes).items():
        was, now = story.get(key), values[0]
        if was is None or any(agree(was, figure) for figure in values) or other_thing(was, now):
            continue
        after = at - was.at if at is not None and was.at is not None else 0.0
        if after > -UPDATE_AFTER_S:
            change = ChangedNumber(of=now.of or now.unit, was=was.value, now=now.value, doc_id=was.doc_id)
            yield change, after >= UPDATE_AFTER_S or now.value > was.value


def agree(was: LastTold, now: LastTold | Figure) -> bool:
    """Tell whether two numbers can both be true: equal, or nearly so where one is a bound or a guess."""
    return was.value == now.value or ((was.approx or now.approx) and apart(was, now) <= APART)


def other_thing(was: LastTold, now: Figure) -> bool:
    """Tell whether two numbers are too far apart to be of one thing."""
    most = OF_ITSELF.get(now.unit)
    return apart(was, now) > OTHER_THING or (most is not None and abs(was.value - now.value) > most)


def apart(a: LastTold, b: LastTold | Figure) -> float:
    """Return how many times the larger of two numbers is the smaller one."""
    low, high = sorted((abs(a.value), abs(b.value)))
    return high / low if low else math.inf
