"""Feeds a stream of submissions in batches, waits while the broker is away, and reports on all of them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field

from services.feed.brake import Brake, brake
from services.feed.delivery import PATIENCE_S, Delivery, Receipt, Undelivered, delivery
from services.feed.intake import Intake
from services.feed.submission import Submission
from shared.errors import BadRecord
from shared.settings import Settings
from shared.wire import topics

LONGEST_PAUSE_S = 10.0
LOOK_EVERY_S = 0.2
MOST_KEPT = 10_000
"""So many ids, and refusals with their places, are kept for the last word: a stream may have no end."""


@dataclass(slots=True)
class Report:
    """What became of the submissions: *refused* counts by reason; *faults* are the first, with their places.

    *mended* counts articles in which broken characters were replaced, *unread* those without a field that
    could not be read, by the field; *doc_ids* are the first of those accepted.
    """

    accepted: int = 0
    mended: int = 0
    unread: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    faults: list[tuple[str, BadRecord]] = field(default_factory=list)
    doc_ids: list[str] = field(default_factory=list)

    def enter(self, given: Submission, receipt: Receipt) -> None:
        """Count one."""
        if receipt.refused is None:
            self.accepted += 1
            self.mended += given.item is not None and given.item.mended > 0
            self.unread.update(receipt.unread)
            if len(self.doc_ids) < MOST_KEPT:
                self.doc_ids.append(receipt.doc_id)
            return
        self.refused[receipt.refused.reason] += 1
        if len(self.faults) < MOST_KEPT:
            self.faults.append((receipt.where, receipt.refused))


def quiet(_: object) -> None:
    """Say nothing."""


async def feed(
    settings: Settings,
    submissions: Iterable[Submission],
    progress: Callable[[Report], None] = quiet,
    away: Callable[[str], None] = quiet,
    *,
    topic: str = topics.RAW.name,
    stop: threading.Event | None = None,
) -> Report:
    """Feed *submissions* into *topic* until they end or *stop* is set.

    *progress* sees the report after each batch. *away* is told once why nothing moves, and again when it
    does. After *stop*, what was read is still delivered; Undelivered is raised when that takes longer than
    ``drain_seconds``.
    """
    report = Report()
    async with (
        delivery(settings, "files", topic) as door,
        brake(settings) as hold,
        aclosing(Intake(submissions).batches()) as batches,
    ):
        flow = _Flow(door, hold, away, stop or threading.Event(), settings.drain_seconds)
        async for batch in batches:
            await flow.released()
            for given, receipt in zip(batch, await flow.confirmed(batch), strict=True):
                report.enter(given, receipt)
            progress(report)
    return report


@dataclass(frozen=True, slots=True)
class _Flow:
    """What moves, and what holds it up."""

    door: Delivery
    hold: Brake
    away: Callable[[str], None]
    stop: threading.Event
    drain_s: float

    async def released(self) -> None:
        """Wait while clean is too far behind; not at the end, when what was read must not be lost."""
        if not self.hold.waits:
            return
        self.away(
            f"waiting: clean is {self.hold.behind_s:.0f} s behind, {self.hold.limit_s:.0f} are allowed (KHABAR_FEED_LAG_SECONDS)"
        )
        while self.hold.waits and not self.stop.is_set():
            self.door.counts.waits_s = self.hold.behind_s
            await asyncio.sleep(LOOK_EVERY_S)
        self.door.counts.waits_s = None
        self.away("feeding again")

    async def confirmed(self, batch: list[Submission]) -> list[Receipt]:
        """Hand *batch* over until the broker has it."""
        pause_s, told = 0.5, False
        while True:
            try:
                receipts = await self._handed_over(batch)
            except Undelivered as error:
                if self.stop.is_set():
                    raise
                if not told:
                    self.away(f"{error}; trying on")
                told = True
            else:
                if told:
                    self.away("feeding again: the broker has confirmed")
                return receipts
            await self._paused(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _paused(self, seconds: float) -> None:
        """Wait so long, or until told to stop."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.stop.is_set():  # noqa: ASYNC110 - told by another thread
            await asyncio.sleep(LOOK_EVERY_S)

    async def _handed_over(self, batch: list[Submission]) -> list[Receipt]:
        """Hand *batch* over once; told to stop meanwhile, the broker has ``drain_seconds`` from then on.

        Raises Undelivered.
        """
        limit = asyncio.timeout(PATIENCE_S)
        handing = asyncio.create_task(self.door.hand_over(batch, limit))
        try:
            await asyncio.wait([handing], timeout=LOOK_EVERY_S)
            while not handing.done() and not self.stop.is_set():
                await asyncio.wait([handing], timeout=LOOK_EVERY_S)
            if not handing.done() and not limit.expired():
                limit.reschedule(asyncio.get_running_loop().time() + self.drain_s)
            return await handing
        finally:
            handing.cancel()
