"""The subject of ``bench runner``: a stage that loads, marks and dumps, run by the real runner; prints its
cost as JSON.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time

import orjson
import psutil

from shared.contract import Emit, Message, Work
from shared.settings import Settings
from shared.worker import runner

SOURCE, SINK = "bench.in", "bench.out"


def extract(message: Message) -> Emit:
    """Load, mark, dump."""
    item = orjson.loads(message.value)
    item["clean"] = 1
    return Emit(SINK, message.key or b"", orjson.dumps(item), "news.bench.in.v1", str(item["i"]))


WORK = Work(name="bench", version="1", source=SOURCE, extract=extract)


def cpu() -> float:
    """Return the CPU seconds of this process and its slots so far."""
    me = psutil.Process()
    spent = [one.cpu_times() for one in (me, *me.children(recursive=True))]
    return float(sum(one.user + one.system for one in spent))


async def measure(expected: int) -> None:
    """Start the worker, wait for *expected* records to be finished, print and end."""
    worker = runner.Worker(WORK, Settings.from_env())
    finished = worker.tools.metrics.finished.labels(WORK.name, "produced")._value  # noqa: SLF001 - the client has no public reader
    consumed = worker.tools.metrics.consumed.labels(WORK.name)._value  # noqa: SLF001
    await worker.start()
    while not consumed.get():  # noqa: ASYNC110 - a counter has no event to wait for
        await asyncio.sleep(0.001)
    spent, begun = cpu(), time.perf_counter()
    while finished.get() < expected:  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    spent, wall = cpu() - spent, time.perf_counter() - begun
    rss = sum(one.memory_info().rss for one in (psutil.Process(), *psutil.Process().children(recursive=True)))
    sys.stdout.buffer.write(
        orjson.dumps({"records": expected, "cpu_s": spent, "wall_s": wall, "rss_mb": rss / 1e6})
    )
    sys.stdout.flush()
    worker.tools.slots.close()
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(measure(int(sys.argv[1])))
