"""When a source is missed: known sources, the silence that is usual for each, and the limit that follows.

The usual gap of a source is the silence in which a moment of its last two days lies on average (Σ gap² / Σ
gap, in minutes in which it published anything). A source that writes every ten minutes by day and rests for
eight hours at night has, once two nights were seen, a usual gap of near three hours, and is not missed at
night; one that writes every ten minutes all day is missed after an hour.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from services.pulse.core import seconds
from services.pulse.daybook import HOUR_S, MINUTE_S, Daybook
from services.pulse.growth import text
from shared.records.pulse_window import SourceSilence

TIMES = 4
LEAST_S = HOUR_S
MINUTES_TO_BE_KNOWN = 5
"""A source that has published in fewer minutes of the last two days has shown no gap that could be called
usual.
"""

MOST_SOURCES = 500
"""A source is a label of two metrics: so many at most. The first ones stay."""

FORGOTTEN_S = 30 * 86_400


def usual_gap(book: Daybook, source: str) -> int | None:
    """Return the usual gap of *source* in seconds, None when it has none yet."""
    at = [
        begin // MINUTE_S + minute
        for begin in sorted(book.hours)
        if (bits := book.hours[begin].presence.get(source, 0))
        for minute in range(60)
        if bits >> minute & 1
    ]
    gaps = [later - earlier for earlier, later in pairwise(at)]
    return (
        round(MINUTE_S * sum(gap * gap for gap in gaps) / sum(gaps))
        if len(at) >= MINUTES_TO_BE_KNOWN
        else None
    )


class KnownSources:
    """The sources that are watched, each with its silence.

    *left_out* says whether any could not be, since there are too many.
    """

    def __init__(self, known: Iterable[SourceSilence]) -> None:
        self.known = {one.source: one for one in known}
        self.left_out = False

    def hear(self, book: Daybook, source: str, last: int) -> SourceSilence | None:
        """Return *source* with its newest article at *last* (Unix seconds) when that says anything new.

        It returns None when it does not, or when *source* cannot be known yet. What was learned before stays
        where the daybook alone would not tell: it holds two days.
        """
        before, gap = self.known.get(source), usual_gap(book, source)
        if before is None and (gap is None or len(self.known) >= MOST_SOURCES):
            self.left_out = self.left_out or gap is not None
            return None
        if before is not None:
            last, gap = max(last, seconds(before.last_at)), before.usual_gap_s if gap is None else gap
        assert gap is not None  # noqa: S101 - a source is known by its gap
        made = SourceSilence(
            source=source, last_at=text(last), usual_gap_s=gap, limit_s=max(LEAST_S, TIMES * gap)
        )
        self.known[source] = made
        return made if made != before else None

    def forget(self, now: int) -> list[str]:
        """Give up the sources silent for a month at *now* (Unix seconds, the clock of news); return ids."""
        gone = [source for source, one in self.known.items() if seconds(one.last_at) < now - FORGOTTEN_S]
        for source in gone:
            del self.known[source]
        return gone
