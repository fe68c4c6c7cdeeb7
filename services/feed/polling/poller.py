"""Polls feeds, with a task for each.

A task asks when its feed is due, hands over what is new and then remembers it. A crash between the last two
hands the same over again, which clean drops: nothing is lost or there twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.feed.brake import Brake
from services.feed.delivery import Receipt, Undelivered
from services.feed.polling import feed_states
from services.feed.polling.asking import Asker, Outcome, Polled
from services.feed.polling.clock import Clock
from services.feed.polling.entry_article import shown
from services.feed.polling.feed_list import ListedFeed
from services.feed.polling.schedule import FeedState
from services.feed.submission import Submission
from shared.kafka.ending import end
from shared.logs import say, warn

RETRY_S = 5.0
"""After a broker that did not confirm."""


class Door(Protocol):
    """What the poller needs of a delivery."""

    async def hand_over(self, submissions: Sequence[Submission]) -> list[Receipt]:
        """Hand over; raises Undelivered."""

    async def note(self, topic: str, key: bytes, value: bytes | None) -> None:
        """Remember; raises Undelivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a poller works with."""

    door: Door
    asker: Asker
    hold: Brake
    clock: Clock
    polled: Callable[[Outcome, Sequence[Receipt]], None]
    """Is told of every poll."""


class Poller:
    """Keeps the states of all feeds and a task for each."""

    def __init__(self, around: Around, states: Mapping[str, FeedState]) -> None:
        self._around = around
        self.states: dict[str, FeedState] = {}
        self._known = dict(states)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._of_index: set[str] = set()
        self._committing: set[str] = set()
        self._stopping = False
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def begin(self, feeds: Iterable[ListedFeed]) -> None:
        """Begin to poll *feeds*, then the unlisted sitemaps that they were known to name."""
        given = list(feeds)
        for feed in given:
            self._add(feed)
        for feed in given:
            for child in self.states[feed.address].children:
                self._add(ListedFeed(child, feed.source, of_index=True))

    def _add(self, feed: ListedFeed) -> None:
        if feed.address in self._tasks or self._stopping:
            return
        self.states[feed.address] = self._known.pop(feed.address, FeedState(address=feed.address))
        if feed.of_index:
            self._of_index.add(feed.address)
        task = self._tasks[feed.address] = asyncio.create_task(self._keep(feed))
        task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Let what is being delivered be delivered and remembered; end all else at once."""
        self._stopping = True
        idle = [task for address, task in self._tasks.items() if address not in self._committing]
        await asyncio.gather(*map(end, idle), *self._tasks.values(), return_exceptions=True)

    def overdue_s(self) -> float:
        """Return how long the feed that waits longest has been due."""
        due_ms = [state.due_ms for state in self.states.values() if state.due_ms]
        return max(0.0, self._around.clock.now() - min(due_ms) / 1000) if due_ms else 0.0

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None and not self.failed.done():
            # a bug of ours outside of any poll: the process must end, not one feed alone
            self.failed.set_exception(error)

    async def _keep(self, feed: ListedFeed) -> None:
        clock = self._around.clock
        while not self._stopping:
            state = self.states[feed.address]
            await clock.sleep(max(0.0, state.due_ms / 1000 - clock.now()))
            await self._around.hold.released()
            polled = await self._around.asker.ask(feed, state)
            self._committing.add(feed.address)
            try:
                await self._commit(feed, polled)
            finally:
                self._committing.discard(feed.address)

    async def _commit(self, feed: ListedFeed, polled: Polled) -> None:
        """Deliver, then remember.

        While the broker is away the feed waits; when the poller stops meanwhile, all stays as it was.
        """
        receipts: list[Receipt] = []
        if polled.articles:
            given = await self._patiently(lambda: self._around.door.hand_over(polled.articles))
            if given is None:
                return
            receipts = given
        before, self.states[feed.address] = self.states[feed.address], polled.state
        self._around.polled(polled.outcome, receipts)
        if polled.state.moved_to != before.moved_to:
            say("feed-moved", feed=shown(feed.address), to=shown(polled.state.asked))
        await self._remember(feed.address, feed_states.encoded(polled.state))
        if polled.follows:
            await self._follow(feed, before.children, polled.state.children)

    async def _follow(self, feed: ListedFeed, before: Sequence[str], now: Sequence[str]) -> None:
        """Poll the sitemaps that an index names, and forget those that it names no more."""
        for child in now:
            self._add(ListedFeed(child, feed.source, of_index=True))
        for child in self._of_index.intersection(before).difference(now):
            self._of_index.discard(child)
            self._tasks.pop(child).cancel()
            del self.states[child]
            await self._remember(child, None)

    async def _remember(self, address: str, value: bytes | None) -> None:
        await self._patiently(lambda: self._around.door.note(feed_states.TOPIC, address.encode(), value))

    async def _patiently[Given](self, act: Callable[[], Awaitable[Given]]) -> Given | None:
        """Return what *act* gives once the broker confirms it, or None when the poller stops before."""
        while True:
            try:
                return await act()
            except Undelivered as error:
                warn("no-broker", error=str(error))
                if self._stopping:
                    return None
            await self._around.clock.sleep(RETRY_S)
