"""Brings lines to the engine; while it is away they go to the spool, which is emptied when it is back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

from khabar_scrapy.absence import Absence
from khabar_scrapy.batches import Batches
from khabar_scrapy.counts import Counts
from khabar_scrapy.engine import Denied, Engine, Unconfirmed
from khabar_scrapy.options import Options
from khabar_scrapy.spool import Spool

CLOSING_S = 10.0
"""So long a closing spider waits for an engine that is away; then the rest stays in the spool."""

P = ParamSpec("P")
T = TypeVar("T")
logger = logging.getLogger("khabar_scrapy")


class Courier:
    """Delivers for one spider; *denied* is called, once, when the engine does not take the token."""

    def __init__(self, options: Options, counts: Counts, denied: Callable[[str], None]) -> None:
        self._options, self._counts, self._denied = options, counts, denied
        self._engine = Engine(options.url, options.token, options.source)
        self._spool = Spool(options.folder)
        self._absence = Absence()
        self._batches = Batches(
            self._send, most=options.batch, within_s=options.batch_seconds, in_flight=options.in_flight
        )
        # one more, that empties the spool
        self._threads = ThreadPoolExecutor(options.in_flight + 1, "khabar")
        self._unsent = self._locked_out = self._closed = False
        self._resending: asyncio.Task[None] | None = None

    async def deliver(self, line: bytes) -> None:
        """Return when the engine has confirmed *line* or when it lies in the spool.

        Raises OSError when neither can be.
        """
        if self._closed:  # Scrapy before 2.19 does not wait for what start() yields
            self._spool.keep([line])
            self._counts.spooled(1)
        else:
            await self._batches.put(line)

    def resend(self) -> None:
        """See to it that what lies in the spool is sent."""
        self._unsent = True
        if not self._locked_out and (self._resending is None or self._resending.done()):
            self._resending = asyncio.create_task(self._empty_spool())

    async def close(self) -> None:
        """Send what is left, within reason; what still waits then is sent at the next start."""
        self._closed = True
        await self._batches.flush()
        self.resend()
        if self._resending is not None:
            await self._linger(self._resending)
            self._resending.cancel()
        self._threads.shutdown(wait=False)
        if waiting := len(self._spool.files()):
            logger.warning(
                "%d files wait in %s: the next crawl sends them, or at once: khabar feed %s",
                waiting,
                self._spool.folder,
                self._spool.folder,
            )

    async def _linger(self, resending: asyncio.Task[None]) -> None:
        """Wait as long as the engine takes what the spool holds, and a little for one that is away."""
        while self._absence.left_s < CLOSING_S:
            done, _ = await asyncio.wait([resending], timeout=CLOSING_S)
            if done or self._absence.lasts:
                return

    async def _send(self, lines: list[bytes]) -> None:
        """Bring one batch to the engine, or to the spool."""
        if not (self._absence.lasts or self._locked_out):
            try:
                await self._confirmed(lines)
            except Unconfirmed as error:
                self._stand_back(error)
            else:
                return
        try:
            await self._run(self._spool.keep, lines)
            self._counts.spooled(len(lines))
        finally:
            self.resend()

    async def _confirmed(self, lines: Sequence[bytes]) -> None:
        self._counts.settled(lines, await self._run(self._engine.hand_over, lines))

    def _stand_back(self, error: Unconfirmed) -> None:
        if isinstance(error, Denied):
            if not self._locked_out:
                self._locked_out = True
                self._denied(
                    f"{self._engine.url} does not take KHABAR_TOKEN ({error}); what was scraped waits in {self._spool.folder}"
                )
            return
        if not self._absence.lasts:
            logger.warning(
                "%s takes nothing now (%s): items wait in %s", self._engine.url, error, self._spool.folder
            )
        self._absence.begin(error.after_s)

    async def _empty_spool(self) -> None:
        """Send the files of the spool, the oldest first; this alone asks an engine that is away whether it is
        back.
        """
        while self._unsent and not self._locked_out:
            self._unsent = False
            for file in await self._run(self._spool.files):
                await self._resent(file)
        if not self._locked_out:
            self._absence.end()

    async def _resent(self, file: Path) -> None:
        """Return when the engine has confirmed *file* and it is deleted; a file that cannot be read stays
        where it is.
        """
        while not self._locked_out:
            await asyncio.sleep(self._absence.left_s)
            try:
                lines = await self._run(self._spool.lines, file)
                for start in range(0, len(lines), self._options.batch):
                    await self._confirmed(lines[start : start + self._options.batch])
                await self._run(file.unlink, missing_ok=True)
            except Unconfirmed as error:
                self._stand_back(error)
            except OSError:
                logger.exception("%s stays where it is", file)
                return
            else:
                self._counts.resent(len(lines))
                self._back()
                return

    def _back(self) -> None:
        if self._absence.lasts:
            logger.warning("%s takes items again", self._engine.url)
        self._absence.end()

    async def _run(self, call: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """Run what blocks in a thread of our own."""
        return await asyncio.wrap_future(self._threads.submit(call, *args, **named))
