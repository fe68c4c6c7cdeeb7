"""``khabar run lag``: looks at every group each quarter of a minute, until SIGTERM."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from aiokafka.errors import KafkaError
from prometheus_client import REGISTRY, CollectorRegistry

from services.lag.core import Target, added, expected, of_run, run_of
from shared.kafka import aliases, groups, lag, runs
from shared.kafka.lag import GroupObserver, LaneLag
from shared.logs import warn
from shared.settings import Settings
from shared.version import VERSION
from shared.worker import lifetime
from shared.worker.lag_metrics import LAG_KEPT_S, LagMetrics

NAME = "lag"
EVERY_S = 15.0


class Lookout:
    """Looks, and shows what it saw."""

    def __init__(self, settings: Settings, registry: CollectorRegistry = REGISTRY) -> None:
        self.settings, self.metrics = settings, LagMetrics(version=VERSION, registry=registry)

    async def run(self) -> None:
        """Look until cancelled, and begin again when the broker fails.

        A look that takes longer than it is shown has failed too.
        """
        while True:
            try:
                async with (
                    lag.observing_groups(self.settings) as observer,
                    aliases.watching(self.settings) as watch,
                ):
                    while True:
                        begun = time.monotonic()
                        async with asyncio.timeout(LAG_KEPT_S):
                            await self.look(observer, watch)
                        await asyncio.sleep(max(0.0, begun + EVERY_S - time.monotonic()))
            except (KafkaError, TimeoutError) as error:
                warn("no-broker", door=NAME, error=repr(error)[:200])
                await asyncio.sleep(1)

    async def look(self, observer: GroupObserver, watch: aliases.Watch) -> None:
        """Look once at every group; raises KafkaError."""
        self.metrics.show(*added([one async for one in self._lanes(observer, watch)]))

    async def _lanes(
        self, observer: GroupObserver, watch: aliases.Watch
    ) -> AsyncIterator[tuple[Target, int, LaneLag]]:
        history = await watch.history()
        alias = history[max(history)]
        targets = expected(alias)
        if of_runs := sorted(name for name in await groups.names(observer.admin) if run_of(name)):
            known = await runs.load_all(self.settings)
            for name in of_runs:
                sources = {part.topic for part in await groups.committed(observer.admin, name)}
                targets += of_run(name, sources, alias, known)
        for target in targets:
            for part, found in (await observer.lanes(target.group, target.source, target.ends)).items():
                yield target, part.partition, found

    def ready(self) -> tuple[bool, str]:
        """Say whether what is shown is of now."""
        return (
            self.metrics.is_shown,
            "ok" if self.metrics.is_shown else "no look at all groups has succeeded within the last minute",
        )


def main(settings: Settings) -> None:
    """Look until SIGTERM or SIGINT, and end the process."""
    lookout = Lookout(settings)

    lifetime.run(settings, NAME, lambda stop: lifetime.until_stopped(lookout.run(), stop), lookout.ready)
