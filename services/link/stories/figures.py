"""What a story was last told of how many: killed, wounded, how strong.

Numbers are compared by what is counted and in which unit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from services.link.memory.items import LastFigure
from services.link.reading.notes import Figure, Notes
from shared.records.linked import ChangedNumber

MOST_KINDS = 20  # kinds of numbers that a story keeps
# figures of one hour that differ contradict each other; later ones bring the state up to date
UPDATE_AFTER_S = 3_600.0
# times: «more than 10» and a number agree up to here: with 12 it does, with 40 it does not
BOUND_TIMES = 2.0
# times: on a real stream no two numbers so far apart counted one thing, though both were called «killed»
OTHER_THING_TIMES = 30.0
# different numbers of one kind in a text that are a list (the votes for each): none of them is the story's
LIST_FROM = 3
# what one report counts of many kinds: people on board, people who came, people who voted
VAGUE = frozenset({"person"})
# units in which an event itself is measured, and how far apart two agencies are: more is an aftershock
OF_ITSELF = {"Mw": 0.5}


def key_of(figure: Figure) -> str | None:
    """Return the key under which a story keeps a number; None when it may count anything, as money does.

    Extract calls what it knows by one English word in every language. Any other noun is a stem of its own
    language: it compares with no other language, and in Persian and Arabic is often no noun at all (of 26
    such numbers on a real stream half counted nothing).
    """
    if figure.of in VAGUE or not figure.of.isascii() or not (figure.of or figure.unit in OF_ITSELF):
        return None
    return f"{figure.of}|{figure.unit}"


def figures_by_kind(notes: Notes) -> dict[str, list[Figure]]:
    """Return the numbers of an article by kind, in their order, without those that are a list."""
    by_kind: dict[str, list[Figure]] = {}
    for figure in notes.figures:
        key = key_of(figure)
        if key is not None:
            by_kind.setdefault(key, []).append(figure)
    return {
        key: figures
        for key, figures in by_kind.items()
        if len({figure.value for figure in figures}) < LIST_FROM
    }


def with_article(
    old: dict[str, LastFigure], notes: Notes, *, doc_id: str, at: float | None
) -> dict[str, LastFigure]:
    """Return the last number of each kind; of several in one text the first, which stands in the lead."""
    new = {}
    for key, figures in figures_by_kind(notes).items():
        lead = figures[0]
        new[key] = LastFigure(lead.value, doc_id, at, lead.approx)
    return latest(old, new)


def latest(old: dict[str, LastFigure], new: dict[str, LastFigure]) -> dict[str, LastFigure]:
    """Return the numbers of both; of one kind the later in event time, of equally late ones the new.

    A bound does not replace a number that it fits.
    """
    replacing = {key: now for key, now in new.items() if key not in old or _replaces(now, old[key])}
    return dict(list((old | replacing).items())[:MOST_KINDS])


def _replaces(now: LastFigure, was: LastFigure) -> bool:
    later = now.at is None or was.at is None or now.at >= was.at
    return later and not (now.approx and not was.approx and agree(was, now))


def changes(
    story: dict[str, LastFigure], notes: Notes, at: float | None
) -> Iterator[tuple[ChangedNumber, bool]]:
    """Yield each number that differs from the story's, and whether it is an update: greater, or of later.

    A report of an earlier hour tells the state of that hour: it changes nothing now, however late it arrives.
    """
    for key, figures in figures_by_kind(notes).items():
        was, now = story.get(key), figures[0]
        if was is None or any(agree(was, figure) for figure in figures) or other_thing(was, now):
            continue
        after = at - was.at if at is not None and was.at is not None else 0.0
        if after > -UPDATE_AFTER_S:
            change = ChangedNumber(of=now.of or now.unit, was=was.value, now=now.value, doc_id=was.doc_id)
            yield change, after >= UPDATE_AFTER_S or now.value > was.value


def agree(was: LastFigure, now: LastFigure | Figure) -> bool:
    """Tell whether two numbers can both be true: equal, or nearly so where one is a bound or a guess."""
    return was.value == now.value or ((was.approx or now.approx) and times_apart(was, now) <= BOUND_TIMES)


def other_thing(was: LastFigure, now: Figure) -> bool:
    """Tell whether two numbers are too far apart to be of one thing."""
    most = OF_ITSELF.get(now.unit)
    return times_apart(was, now) > OTHER_THING_TIMES or (
        most is not None and abs(was.value - now.value) > most
    )


def times_apart(a: LastFigure, b: LastFigure | Figure) -> float:
    """Return how many times the smaller of two numbers the larger one is."""
    low, high = sorted((abs(a.value), abs(b.value)))
    return high / low if low else math.inf
