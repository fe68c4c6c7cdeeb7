"""A stage to shake: counts ids per key and emits each once; some records are broken, flaky, crash or hang.

Run as a worker.

``SHAKE_WORK_MS``: work a record. ``SHAKE_RESTORE_SECONDS``: how long a lane waits before it restores; «nan»
is a bug there.
"""

from __future__ import annotations

import asyncio
import math
import os
import sys
import time
from typing import Any

import orjson

from shared import logs
from shared.contract import Emit, Folded, Message, Work
from shared.errors import BadRecord, Transient
from shared.settings import Settings
from shared.wire import codec
from shared.worker import lane, runner
from shared.worker.worker_tools import WorkerTools

SOURCE = "articles.raw"
SINK = "articles.clean"
WORK_MS = float(os.environ.get("SHAKE_WORK_MS", "2"))
RESTORE_SECONDS = float(os.environ.get("SHAKE_RESTORE_SECONDS", "0"))
RESTORE = lane.restore


class Counts:
    """How often each key was seen, and the sum of its ids: any loss or repeat changes one of them."""

    def __init__(self) -> None:
        self.seen: dict[bytes, list[int]] = {}

    def apply(self, key: bytes, value: bytes | None) -> None:
        if value is not None:
            self.seen[key] = orjson.loads(value)


def extract(message: Message) -> dict[str, Any]:
    item = codec.load(message.value)
    match item.get("kind"):
        case "empty":
            raise BadRecord("empty_text", "nothing to read")
        case "flaky" if message.attempt < 2:
            raise Transient(0.05, "the outside is busy")
        case "never":
            raise Transient(0.01, "the outside is gone")
        case "bug":
            raise KeyError("a bug of ours")
        case "crash":
            os._exit(9)
        case "hang":
            time.sleep(3600)
    time.sleep(WORK_MS / 1000)
    return item


def fold(state: Counts, message: Message, item: dict[str, Any]) -> Folded:
    key = message.key or b""
    count, total = state.seen.get(key, [0, 0])
    value = b"x" * (5 << 20) if item.get("kind") == "huge" else b"%d" % item["i"]  # more than Kafka takes
    emit = Emit(SINK, key, value, "news.article.test.v1", str(item["i"]))
    return Folded((emit,), {key: orjson.dumps([count + 1, total + item["i"]])})


async def restore_late(tools: WorkerTools, partition: int) -> Any:
    if math.isnan(RESTORE_SECONDS):
        raise KeyError("a bug of ours")
    await asyncio.sleep(RESTORE_SECONDS)
    return await RESTORE(tools, partition)


WORK = Work(
    name="clean", version="1", source=SOURCE, extract=extract, fold=fold, state=Counts, keeps_state=True
)

if __name__ == "__main__":
    logs.set_up()
    lane.restore = restore_late
    sys.exit(runner.run(WORK, Settings.from_env()))
