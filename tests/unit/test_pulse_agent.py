from __future__ import annotations

from itertools import pairwise
from typing import Any

import faust
import pytest
from faust.types import TP

from services.pulse.safe_agent import CommittedTransport, safe_agent


async def nothing(_: object) -> None: ...


def test_more_than_one_agent_is_refused() -> None:
    app = faust.App("test", broker="kafka://127.0.0.1:1")
    with pytest.raises(ValueError, match="F1"):
        safe_agent(app, app.topic("any"), nothing, concurrency=2)


async def test_one_commit_gets_past_every_transaction_marker() -> None:
    """Faust's own consumer stops before each: 8 records with a marker after every second one took four
    commits.
    """
    app = faust.App("test", broker="kafka://127.0.0.1:1")
    app.transport = CommittedTransport(app.conf.broker_consumer, app)
    consumer: Any = app.transport.create_consumer(
        callback=nothing, on_partitions_revoked=nothing, on_partitions_assigned=nothing
    )
    part, read = TP("articles.linked", 0), [0, 1, 3, 4, 6, 7, 9, 10]
    for before, offset in pairwise(read):
        if offset - before > 1:
            await consumer._add_gap(part, before + 1, offset)
    consumer._acked[part].extend(read)
    assert consumer._new_offset(part) == 11
    consumer._thread.thread_loop.close()
