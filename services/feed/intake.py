"""Stands between reading and delivery: a thread reads ahead, bounded in number and bytes.

Batches are cut by size or by time.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Iterable

from services.feed.submission import Submission

BATCH, BATCH_BYTES, BATCH_S = 500, 16 << 20, 0.2
"""A batch is so many submissions, so many bytes, or what came within this time: the last line of a slow
stream waits for nobody.
"""


class Intake:
    """Reads *submissions* in a thread of its own.

    Nobody waits for it at the end: a silent pipe may hold it up.
    """

    def __init__(self, submissions: Iterable[Submission]) -> None:
        self._submissions = submissions
        self._loop = asyncio.get_running_loop()
        self._room = threading.Condition()
        self._waiting: list[Submission] = []
        self._bytes = 0
        self._some, self._enough = asyncio.Event(), asyncio.Event()
        self._ended = self._left = False
        self._error: BaseException | None = None

    async def batches(self) -> AsyncGenerator[list[Submission]]:
        """Yield batches until the reading ends, then raise what ended it, if something did."""
        threading.Thread(target=self._read, name="intake", daemon=True).start()
        try:
            while True:
                await self._some.wait()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(BATCH_S):
                        await self._enough.wait()
                batch = self._take()
                if batch:
                    yield batch
                elif self._ended:
                    break
        finally:
            with self._room:
                self._left = True
                self._room.notify_all()
        if self._error is not None:
            raise self._error

    def _take(self) -> list[Submission]:
        with self._room:
            batch, self._waiting, self._bytes = self._waiting, [], 0
            if not self._ended:
                self._some.clear()
                self._enough.clear()
            self._room.notify_all()
        return batch

    def _read(self) -> None:
        try:
            for one in self._submissions:
                if not self._put(one):
                    return
        except BaseException as error:  # noqa: BLE001 - it is raised again where the batches are taken
            self._error = error
        with self._room:
            self._ended = True
            self._tell(self._some, self._enough)

    def _put(self, one: Submission) -> bool:
        """Add *one* when there is room; False when nobody takes batches any more."""
        with self._room:
            self._room.wait_for(lambda: self._left or not self._is_full())
            self._waiting.append(one)
            self._bytes += len(one.original)
            if len(self._waiting) == 1:
                self._tell(self._some)
            if self._is_full():
                self._tell(self._enough)
            return not self._left

    def _is_full(self) -> bool:
        return len(self._waiting) >= BATCH or self._bytes >= BATCH_BYTES

    def _tell(self, *events: asyncio.Event) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to be told
            for event in events:
                self._loop.call_soon_threadsafe(event.set)
