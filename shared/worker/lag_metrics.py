"""The lag of every group as metrics, as it was last measured."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, override

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from shared.worker.metrics import Traffic, build_info


class LagPlace(NamedTuple):
    """Where lag is measured: *topic* is its logical name, *run* the value of the label."""

    stage: str
    topic: str
    partition: int
    run: Traffic


LAG_KEPT_S = 60.0
"""A lag that was measured longer ago is no longer shown: rules must be able to tell «nobody measures» from
«no lag».
"""


class LagMetrics(Collector):
    """Lag as it was last measured.

    Nothing is shown before it was first measured, since 0 would mean that all is read.
    """

    def __init__(
        self,
        *,
        version: str,
        registry: CollectorRegistry = REGISTRY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock, self._measured = clock, -math.inf
        self._records: Mapping[LagPlace, int] = {}
        self._seconds: Mapping[LagPlace, float] = {}
        registry.register(self)
        build_info(version, "", registry)

    def show(self, records: Mapping[LagPlace, int], seconds: Mapping[LagPlace, float]) -> None:
        """Show lag by the places of partitions; the seconds of a topic are those of its oldest partition."""
        self._records, self._seconds, self._measured = records, seconds, self._clock()

    @property
    def is_shown(self) -> bool:
        """Whether the lag was measured, and not too long ago."""
        return self._clock() - self._measured <= LAG_KEPT_S

    def describe(self) -> Iterable[Metric]:
        """Return the families without values: the registry asks for their names."""
        return self._families()

    @override
    def collect(self) -> Iterable[Metric]:
        records, seconds = families = self._families()
        if self.is_shown:
            for (stage, topic, partition, run), count in self._records.items():
                records.add_metric([stage, topic, str(partition), run], count)
            for (stage, topic, run), oldest in self._oldest().items():
                seconds.add_metric([stage, topic, run], oldest)
        return families

    def _oldest(self) -> dict[tuple[str, str, Traffic], float]:
        oldest: dict[tuple[str, str, Traffic], float] = {}
        for (stage, topic, _, run), age in self._seconds.items():
            oldest[stage, topic, run] = max(age, oldest.get((stage, topic, run), 0.0))
        return oldest

    @staticmethod
    def _families() -> tuple[GaugeMetricFamily, GaugeMetricFamily]:
        return (
            GaugeMetricFamily(
                "khabar_consumer_lag_records",
                "Offsets that a group has not finished, seen from outside; an upper bound, 0 when nothing can be read",
                labels=["stage", "topic", "partition", "run"],
            ),
            GaugeMetricFamily(
                "khabar_consumer_lag_seconds",
                "Age of the oldest record that a group has not finished, seen from outside; 0 when there is none",
                labels=["stage", "topic", "run"],
            ),
        )
