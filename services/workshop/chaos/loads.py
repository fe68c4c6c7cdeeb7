"""What goes through the stages while faults happen."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from services.feed.feeding import feed
from services.feed.submission import Submission
from services.workshop.streams.short_articles import line
from shared.settings import Settings

RATE, LATER = 10.0, 1.5
"""Articles a second while there are some left of those wanted, and after: every stage always has something,
so a fault always strikes work.
"""

BURST = 100


@dataclass(slots=True)
class Flow:
    """Live articles at an even pace: at least *records*, and on until `end`."""

    settings: Settings
    records: int
    fed: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _over: threading.Event = field(default_factory=threading.Event)
    _task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Start to feed."""
        self._task = asyncio.create_task(self._feed(self._paced()))

    def _paced(self) -> Iterator[Submission]:
        """Yield articles by the clock; once the faults are over, what is missing at once.

        Runs in a thread of the feeder.
        """
        for done in itertools.count():
            if self._over.is_set() and done >= self.records:
                return
            self._over.wait(0 if self._over.is_set() else 1 / (RATE if done < self.records else LATER))
            yield self._article()

    def _article(self) -> Submission:
        number = next(self._numbers)
        return Submission.of_line(line(number), f"chaos:{number}", "")

    async def _feed(self, articles: Iterator[Submission]) -> None:
        report = await feed(self.settings, articles)
        self.fed += report.doc_ids

    async def past(self, articles: int) -> None:
        """Feed so many at once, before the even pace."""
        await self._feed(self._article() for _ in range(articles))

    async def burst(self) -> None:
        """Feed many at once, beside the even pace."""
        await self._feed(self._article() for _ in range(BURST))

    async def end(self) -> None:
        """Feed what is missing and wait until the broker has it all."""
        self._over.set()
        if self._task is not None:
            await self._task
