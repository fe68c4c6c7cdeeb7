"""The workers beside the four stages: pulse, the doors, and the relay of old pages.

Who is at work, and who is missed.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass

from services.archive.reading.opening import kept_at
from services.archive.shelf.file_places import CURRENT_S
from services.cli.feeding_state import FeedingState
from services.cli.lookups.topic_search import Look
from services.cli.lookups.undecided_letters import undecided
from services.pulse.view import shown
from services.stages import DOORS
from shared.kafka import groups, lag
from shared.kafka.record_counts import Count
from shared.settings import Settings
from shared.wire import topics

PULSE, BACKFILL, ARCHIVE = "pulse", "backfill", "archive"
SAYS = {"ingest": "http", "feeds": "feeds"}
"""As what a door speaks of itself in ``control.feeders``; the others are members of a group."""

NO_LETTERS = Count(0, exact=True)


@dataclass(frozen=True, slots=True)
class Beside:
    """One kind of worker that is no stage: how many work, what waits for it and how long, its letters.

    *needed*: where none is at work, something is not done or somebody is missed. A door that was closed in
    order is not.
    """

    worker: str
    workers: int
    waiting: int = 0
    oldest_s: float = 0.0
    dead: Count = NO_LETTERS
    needed: bool = False

    @property
    def is_missed(self) -> bool:
        """Whether nobody is at work that should be."""
        return self.needed and not self.workers


async def beside(
    look: Look, observer: lag.GroupObserver, feeding: FeedingState, marked: Collection[str]
) -> list[Beside]:
    """Return them all; none for a run that was planned, which has stages alone."""
    if look.first_stage is not None:
        return []
    view, run = await shown(look.settings), look.settings.run
    counts, relays = topics.group(PULSE, view.name), topics.group(BACKFILL, run)
    counting, relaying = [await groups.members(observer.admin, group) for group in (counts, relays)]
    uncounted = [await observer.of_group(PULSE, counts, source) for source in view.sources()]
    old = await observer.of_group(BACKFILL, relays, topics.spelled(topics.BACKFILL.name, run))
    found = {
        PULSE: Beside(
            PULSE,
            counting,
            sum(one.records for one in uncounted),
            round(max(one.seconds for one in uncounted), 1),
            await undecided(look, PULSE, marked),
            needed=True,
        ),
        BACKFILL: Beside(BACKFILL, relaying, old.records, round(old.seconds, 1), needed=old.records > 0),
    }
    for worker, door in SAYS.items():
        at_work = sum(one.door == door for one in feeding.present)
        found[worker] = Beside(worker, at_work, needed=any(one.door == door for one in feeding.gone))
    return [*(found[worker] for worker in (PULSE, *DOORS)), *_archive(look.settings)]


def _archive(settings: Settings) -> list[Beside]:
    """Return who keeps this machine's archive, if there is one; missed when the archive is behind."""
    at = kept_at(settings)
    if at is None:
        return []
    late_s = time.time() - at
    is_kept = late_s <= CURRENT_S
    return [Beside(ARCHIVE, int(is_kept), oldest_s=0.0 if is_kept else round(late_s, 1), needed=True)]
