"""What comes in: who feeds, what was accepted, known and refused.

Read off the feeders' own words and clean's committed offsets.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from services.cli.speech import plain
from services.cli.story_words import counted
from services.feed.presence import GONE_AFTER_S, Presence, feeders
from shared.kafka import tallies
from shared.settings import Settings
from shared.wire import topics


@dataclass(frozen=True, slots=True)
class FeedingState:
    """*present* feed now, *gone* spoke last without saying goodbye; the others are counted alone.

    *dropped*: by clean, by reason.
    """

    present: list[Presence]
    gone: list[Presence]
    accepted: int
    refused: Counter[str]
    dropped: Counter[str]

    def values(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "feeders": [
                {"door": one.door, "host": one.host, "accepted": one.accepted, "waits_s": one.waits_s}
                for one in self.present
            ],
            "gone": [{"door": one.door, "host": one.host, "seen_ms": one.seen_ms} for one in self.gone],
            "accepted": self.accepted,
            "known": self.dropped["known"],
            "outdated": self.dropped["outdated"],
            "refused": dict(self.refused),
        }

    def lines(self) -> list[str]:
        """Return it in words; nothing when nobody has fed."""
        if not (self.accepted or self.refused or self.present):
            return []
        doors = Counter(one.door for one in self.present)
        who = ", ".join(f"{door} {n}" for door, n in sorted(doors.items())) or "nobody feeds now"
        fed = f"Fed in the last week: {self.accepted:,} accepted, {self.refused.total():,} refused{_reasons(self.refused)}; feeding now: {who}."
        known = f"Since it began clean has dropped {self.dropped['known']:,} as known and {self.dropped['outdated']:,} as outdated."
        said = [fed, known]
        said += [
            f"  {one.door} on {plain(one.host)} waits: clean is {one.waits_s:.0f} s behind"
            for one in self.present
            if one.waits_s
        ]
        said += [
            f"  {one.door} on {plain(one.host)} went away without a word, after {counted(one.accepted, 'article')}"
            for one in self.gone
        ]
        return said


def _reasons(refused: Counter[str]) -> str:
    return f" ({', '.join(f'{reason} {n:,}' for reason, n in refused.most_common())})" if refused else ""


async def feeding_state(settings: Settings) -> FeedingState:
    """Return what this run is fed."""
    seen, now_ms = await feeders(settings), time.time_ns() // 1_000_000
    open_ended = [one for one in seen if not one.ended]
    present = [one for one in open_ended if now_ms - one.seen_ms < GONE_AFTER_S * 1000]
    refused = Counter[str]()
    for one in seen:
        refused.update(one.refused)
    clean = await tallies.of_group(settings, topics.group("clean", settings.run))
    gone = [one for one in open_ended if one not in present]
    return FeedingState(present, gone, sum(one.accepted for one in seen), refused, clean.dropped)
