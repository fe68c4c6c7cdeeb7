"""What the lanes of one worker share."""

from __future__ import annotations

from dataclasses import dataclass

from shared.contract import Work
from shared.settings import Settings
from shared.wire import headers, topics
from shared.worker.metrics import Metrics
from shared.worker.orders import Orders
from shared.worker.slots import Slots
from shared.worker.spans import Spans


@dataclass(frozen=True, slots=True)
class WorkerTools:
    """What the lanes of one worker work with: the stage, its slots, what counts and what is obeyed."""

    work: Work
    settings: Settings
    slots: Slots
    metrics: Metrics
    maker: headers.RecordMaker
    orders: Orders
    spans: Spans | None = None

    def spelled(self, topic: str) -> str:
        """Return how *topic* is spelled in this run."""
        return topics.spelled(topic, self.settings.run)
