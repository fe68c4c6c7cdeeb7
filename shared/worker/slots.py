"""Process slots: CPU work leaves the event loop (A10); a crash or a hang costs one slot and one record.

A slot is one child process. It counts the records of its batch in shared memory, so that when it dies or
stands still the parent knows which record did it: that one is rejected, the others run again (they are pure).
Shared pools blame innocent records (A20).
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import multiprocessing
import os
import signal
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import RawValue
from typing import Any, NamedTuple

from shared import guard
from shared.contract import Message, Reject, Work
from shared.errors import DETAIL_LIMIT, Reason
from shared.settings import BadSetting
from shared.worker.orphans import die_with
from shared.worker.threads import collect_seldom, one_core

SPAWN = multiprocessing.get_context("spawn")
NONE_BEGUN = -1
"""In place of a record's index: the slot has begun none of its batch."""

RECORDS_A_PIECE = 16
"""Records in one piece of a message to or from a slot."""

LOOK_SECONDS = 0.05
"""How often a slot at work is looked at."""

LATE_SECONDS = 1.0
"""A look that comes later than this shows that this process stood still, not the slot: the slot's time begins
anew (A24).
"""


class ExtractResult(NamedTuple):
    """What the extract step made of one record, and the seconds it took."""

    item: Any
    took_s: float


class SlotEnd(NamedTuple):
    """On which record of its batch a slot ended, by its place (`NONE_BEGUN`: before any), and how."""

    record: int
    reason: Reason


class LoadFailure(NamedTuple):
    """Why a slot cannot load what its stage needs, and whether a setting is at fault."""

    why: str
    is_setting: bool


class CannotLoad(Exception):
    """A slot cannot load what its stage needs; the message says what."""


def _serve(work: Work, connection: Connection, working_on: Any, parent: int) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the parent drains and then ends us
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with(parent)  # a busy child would not notice by itself (A19)
    with contextlib.suppress(EOFError, ConnectionError):  # the parent is gone
        connection.send(_warmed_up(work))
        collect_seldom()
        while True:
            results = []
            for index, message in enumerate(_receive(connection)):
                working_on.value = index
                begun = time.perf_counter()
                results.append(ExtractResult(guard.extract(work, message), time.perf_counter() - begun))
            _send(connection, results)


def _warmed_up(work: Work) -> LoadFailure | None:
    """Load what *work* needs; return why it cannot."""
    try:
        work.warm_up()
    except BadSetting as error:
        return LoadFailure(str(error), is_setting=True)
    except Exception as error:  # noqa: BLE001 - whatever it is, our parent says it and ends
        return LoadFailure(f"{type(error).__name__}: {error}"[:DETAIL_LIMIT], is_setting=False)
    return None


def _send(connection: Connection, items: Sequence[Any]) -> None:
    """Send *items* in small pieces.

    A receiver maps memory for a whole piece at every read of it: 2 MB a piece cost 30 us a record.
    """
    connection.send(len(items))
    for start in range(0, len(items), RECORDS_A_PIECE):
        connection.send(items[start : start + RECORDS_A_PIECE])


def _receive(connection: Connection) -> list[Any]:
    """Return what one ``_send`` sent."""
    expected, items = connection.recv(), list[Any]()
    while len(items) < expected:
        items += connection.recv()
    return items


@dataclass(slots=True, eq=False)
class Slot:
    """One child process, a thread that waits on its pipe, and the index of the record it works on."""

    work: Work
    record_seconds: float
    working_on: Any = field(init=False)
    process: Any = field(init=False)
    connection: Connection = field(init=False)
    thread: ThreadPoolExecutor = field(init=False)
    ready: asyncio.Future[None] = field(init=False)

    def __post_init__(self) -> None:
        one_core()
        self.working_on = RawValue(ctypes.c_long, 0)
        self.connection, childs_end = SPAWN.Pipe()
        self.process = SPAWN.Process(
            target=_serve, args=(self.work, childs_end, self.working_on, os.getpid()), daemon=True
        )
        self.process.start()
        childs_end.close()
        self.thread = ThreadPoolExecutor(1)
        self.ready = asyncio.get_running_loop().run_in_executor(self.thread, self._hear_ready)

    def _hear_ready(self) -> None:
        failure: LoadFailure | None = self.connection.recv()
        if failure is not None:
            raise (BadSetting if failure.is_setting else CannotLoad)(failure.why)

    async def run(self, messages: Sequence[Message]) -> list[ExtractResult] | SlotEnd:
        """Return one result a message, or on which record the slot ended and how."""
        self.working_on.value = NONE_BEGUN
        job = asyncio.get_running_loop().run_in_executor(self.thread, self._call, list(messages))
        seen, since = -1, time.monotonic()
        while not job.done():
            pause, looked = LOOK_SECONDS if seen < 0 else min(self.record_seconds / 10, 0.5), time.monotonic()
            await asyncio.wait([job], timeout=pause)
            if self.working_on.value != seen or time.monotonic() - looked > pause + LATE_SECONDS:
                seen, since = self.working_on.value, time.monotonic()
            elif not job.done() and time.monotonic() - since > self.record_seconds:
                self.end()
                await asyncio.wait([job])
                job.exception()
                return SlotEnd(self.working_on.value, "timeout")
        try:
            return job.result()
        except (EOFError, OSError):
            return SlotEnd(self.working_on.value, "crash")

    def _call(self, messages: list[Message]) -> list[ExtractResult]:
        _send(self.connection, messages)
        return _receive(self.connection)

    def end(self) -> None:
        """Kill the process; what it worked on is lost."""
        self.process.kill()
        self.thread.shutdown(wait=False, cancel_futures=True)


class Slots:
    """The slots of one worker. *deaths* counts those that had to be replaced."""

    def __init__(self, work: Work, *, count: int, record_seconds: float) -> None:
        self.work, self.record_seconds, self.deaths = work, record_seconds, 0
        self._all: set[Slot] = set()
        self._free: asyncio.Queue[Slot] = asyncio.Queue()
        for _ in range(count):
            self._free.put_nowait(self._new())

    def _new(self) -> Slot:
        slot = Slot(self.work, self.record_seconds)
        self._all.add(slot)
        return slot

    async def warm_up(self) -> None:
        """Wait until every slot has loaded what its stage needs.

        Raises BadSetting or CannotLoad when one cannot, EOFError when it died over it.
        """
        await asyncio.gather(*(slot.ready for slot in self._all))

    async def run(self, messages: Sequence[Message]) -> list[ExtractResult]:
        """Return results in order, one a message, up to the first that ended its slot (a Reject).

        The records after such a one are left for another call: a batch full of hanging records must not wait
        for them all before anything is committed. A slot that dies before it has begun (idle, or out of
        memory) is no record's fault.
        """
        if not messages:
            return []
        results = await self._once(messages)
        if isinstance(results, SlotEnd) and results.record == NONE_BEGUN:
            results = await self._once(messages)
        if not isinstance(results, SlotEnd):
            return results
        index, reason = max(results.record, 0), results.reason
        culprit = ExtractResult(
            Reject(reason, f"the process slot ended on this record: {reason}"), self.record_seconds
        )
        before = await self.run(messages[:index])
        return [*before, culprit] if len(before) == index else before

    async def _once(self, messages: Sequence[Message]) -> list[ExtractResult] | SlotEnd:
        """Run *messages* in a free slot, which is replaced when it does not finish them."""
        slot = await self._free.get()
        healthy = False
        try:
            await asyncio.shield(slot.ready)  # a new slot may take seconds to load its models: not counted
            results = await slot.run(messages)
            healthy = not isinstance(results, SlotEnd)
            return results
        finally:
            # also when the lane was cancelled: a slot still at work must not go back as free (A22)
            if not healthy:
                slot.end()
                self._all.discard(slot)
                slot = self._new()
                self.deaths += 1
            self._free.put_nowait(slot)

    def close(self) -> None:
        """Kill every slot."""
        for slot in self._all:
            slot.end()
