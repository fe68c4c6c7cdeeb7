"""Asks the archive for pages in threads, so that a slow question holds no other page up.

The archive is opened when it is there.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate

from services.archive.reading.opening import Archive, NoArchive
from shared.encoder import Encoder, load
from shared.settings import Settings

THREADS = 4
"""SQLite answers from memory most of the time, and Python runs one thread at a time: more only wait for each
other.
"""


class Library:
    """The archive of *settings*, opened by the first question that finds it there."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._archive: Archive | None = None
        self._opening, self._loading = threading.Lock(), asyncio.Lock()
        self._encoder: Encoder | None = None
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="archive")

    async def ask[**P, R](
        self, question: Callable[Concatenate[Archive, P], R], *args: P.args, **options: P.kwargs
    ) -> R:
        """Return what *question*, a function of `services.archive.reading`, answers; may raise NoArchive."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: question(self._opened(), *args, **options))

    async def encoder(self) -> Encoder:
        """Return what makes a vector of a query; raises EncoderMissing.

        The first search by meaning loads it, beside the threads of the archive: it takes seconds and some 300
        MB, and no other page waits.
        """
        async with self._loading:
            if self._encoder is None:
                self._encoder = await asyncio.to_thread(load, self._settings.folder)
        return self._encoder

    async def version(self) -> str:
        """Return what differs after every change of the archive; raises NoArchive."""
        return await self.ask(Archive.version)

    def ready(self) -> tuple[bool, str]:
        """Say whether there is an archive to show."""
        try:
            self._opened()
        except NoArchive as error:
            return False, str(error)
        return True, "ok"

    def close(self) -> None:
        """Let the archive go."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._archive is not None:
            self._archive.close()

    def _opened(self) -> Archive:
        with self._opening:
            if self._archive is None:
                self._archive = Archive(self._settings)
            return self._archive
