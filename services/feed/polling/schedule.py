"""When a feed is asked again. Pure: the time and chance are arguments.

No feed is ever dead: after errors it is asked less often, at the least every six hours; one that is gone
(410), once a week.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

SHORTEST_S, FIRST_S, LONGEST_S = 120.0, 900.0, 21_600.0
"""Between two polls, as learned from how often something new comes."""
BACK_OFF_S = 120.0
DAY_S, WEEK_S, HOUR_S = 86_400.0, 604_800.0, 3_600.0
"""Publishers are obeyed up to a day: a header that says a year is a mistake."""
JITTER = 0.1
MOVE_FORGOTTEN_AFTER = 3
"""After so many errors in a row the address in the list is asked again, not the one that it once moved to."""


class FeedState(Struct, frozen=True, kw_only=True):
    """What is known of a feed (``control.feeds``), by its address in the list.

    *moved_to* is where permanent redirects led; *etag* and *last_modified* are of the address asked. *ttl_s*
    and *skip_hours* (UTC) are how often the feed itself wants to be asked. *errors* counts those in a row;
    *delivered* are the marks of `delivered`; *children* the sitemaps of an index.
    """

    address: str
    moved_to: str = ""
    etag: str = ""
    last_modified: str = ""
    due_ms: int = 0
    interval_s: float = FIRST_S
    ttl_s: float = 0.0
    skip_hours: tuple[int, ...] = ()
    errors: int = 0
    gone: bool = False
    delivered: bytes = b""
    children: tuple[str, ...] = ()

    @property
    def asked(self) -> str:
        """The address to ask."""
        return self.moved_to or self.address

    @property
    def standing(self) -> str:
        """How the last poll ended: fresh, failing, gone."""
        return "gone" if self.gone else "failing" if self.errors else "fresh"


def after_answer(
    state: FeedState, *, now_s: float, chance: float, least_s: float, new: int, of: int
) -> FeedState:
    """Return the state after an answer with *new* of *of* entries new, and fresh for *least_s*.

    An unchanged feed has nothing new, and keeps the ttl and the hours that it gave before.
    """
    first = not state.delivered
    interval_s = state.interval_s if first else learned(state.interval_s, new=new, of=of)
    wait_s = max(interval_s, min(max(least_s, state.ttl_s), DAY_S)) * (1 + JITTER * chance)
    due_s = _allowed(now_s + wait_s, state.skip_hours, chance)
    return replace(state, due_ms=_ms(due_s), interval_s=interval_s, errors=0, gone=False)


def learned(interval_s: float, *, new: int, of: int) -> float:
    """Return the next interval: half as long after news, half as long again after none.

    This settles where about one poll in three finds something. When half of a feed is new, entries may have
    come and gone unseen: it is asked as often as may be.
    """
    if not new:
        return min(1.5 * interval_s, LONGEST_S)
    return SHORTEST_S if 2 * new >= of else max(interval_s / 2, SHORTEST_S)


def after_failure(state: FeedState, *, now_s: float, chance: float, retry_after_s: float = 0.0) -> FeedState:
    """Return the state after an error: each doubles the wait up to the longest.

    The feed is never asked before its host allows.
    """
    errors = state.errors + 1
    wait_s = min(BACK_OFF_S * 2.0 ** min(errors - 1, 20), LONGEST_S)
    wait_s = max(wait_s, min(retry_after_s, DAY_S)) * (1 + JITTER * chance)
    state = replace(state, errors=errors, due_ms=_ms(now_s + wait_s))
    return (
        replace(state, moved_to="", etag="", last_modified="")
        if state.moved_to and errors >= MOVE_FORGOTTEN_AFTER
        else state
    )


def after_gone(state: FeedState, *, now_s: float, chance: float) -> FeedState:
    """Return the state of a feed that is gone (410): it is asked in a week, in case that was a mistake."""
    due_ms = _ms(now_s + WEEK_S * (1 + JITTER * chance))
    return replace(
        state, errors=state.errors + 1, gone=True, due_ms=due_ms, moved_to="", etag="", last_modified=""
    )


def _allowed(due_s: float, skip_hours: tuple[int, ...], chance: float) -> float:
    """Return *due_s* moved to the next hour that the feed allows; who skips all hours is asked at any."""
    for _ in range(24):
        if int(due_s // HOUR_S) % 24 not in skip_hours:
            return due_s
        due_s = (due_s // HOUR_S + 1) * HOUR_S + 60 * chance
    return due_s


def _ms(seconds: float) -> int:
    return round(1000 * seconds)
