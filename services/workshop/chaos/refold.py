"""What a lane must have made of its input: the partition folded again in memory, in order, with the lane's
own words for what it sends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from aiokafka import ConsumerRecord

from shared import guard
from shared.contract import Message, Reject, Retry, Work
from shared.errors import Reason
from shared.settings import Settings
from shared.wire.headers import RecordMaker
from shared.worker.batch import Batch, place_of
from shared.worker.metrics import Metrics
from shared.worker.orders import Orders
from shared.worker.slots import Slots
from shared.worker.worker_tools import WorkerTools

SLOT_DEATHS: tuple[Reason, ...] = ("crash", "timeout")
"""Reasons that are no function of the record: what died of them is taken from the letters."""


def refold(
    work: Work, settings: Settings, records: Sequence[ConsumerRecord], died: Mapping[int, Reason]
) -> Batch:
    """Return all that a lane sends and remembers for *records*, all of its partition, those at the offsets in
    *died* having ended a slot.
    """
    maker = RecordMaker.of(work, run=settings.run, instance="")
    nothing_runs = WorkerTools(
        work, settings, cast("Slots", None), cast("Metrics", None), maker, Orders(work, settings)
    )
    batch, state = Batch(nothing_runs, records[0].partition if records else 0), work.state()
    for record in records:
        message = Message(record.key, record.value or b"", place_of(record))
        found = _rejected(died[record.offset]) if record.offset in died else guard.extract(work, message)
        folded = guard.fold_and_apply(work, state, message, found)
        if isinstance(folded, Retry):
            raise ValueError(f"{work.name} has nothing outside that may be busy: {folded.detail}")  # noqa: TRY004 - an outcome, no argument
        batch.take(record, folded, took_s=0.0, attempts=1)
    return batch


def _rejected(reason: Reason) -> Reject:
    return Reject(reason, f"the process slot ended on this record: {reason}")
