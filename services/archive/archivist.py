"""Which file the topics are followed into, and the change to another one when readers are to see another run.

A file holds what a reader sees who begins to read after the switch it is named for: so a file that was killed
ten times, one that was never stopped and one that was deleted and built anew are equal. After a switch the
former file stays as it was until the new one has all that the topics held when it was begun.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from services.archive.archive_metrics import ArchiveMetrics
from services.archive.copying import ARTICLES, EVENTS, Copying, articles_read, states_read
from services.archive.shelf.file_places import CURRENT_S, Places
from services.archive.shelf.keeper import Keeper
from shared.kafka import aliases, clients
from shared.logs import say, warn
from shared.records.alias import Alias
from shared.settings import Settings
from shared.wire import topics

NAME = "archive"


class Archivist:
    """Keeps the archive of *settings*' run; of live, what readers see."""

    def __init__(self, settings: Settings, metrics: ArchiveMetrics) -> None:
        self.settings, self.metrics, self.places = settings, metrics, Places.of(settings)
        self._stands_by = False

    def ready(self) -> tuple[bool, str]:
        """Say whether the archive holds all that the topics do.

        A process that stands by for another one is ready too.
        """
        if self._stands_by:
            return True, "another process keeps this archive"
        at = self.places.current_at()
        if at is None:
            return False, "the archive is being built"
        late = time.time() - at
        return late <= CURRENT_S, "ok" if late <= CURRENT_S else f"the archive is {late:.0f} s behind"

    async def run(self) -> None:
        """Keep it until cancelled: wait while another process does, and begin again when the broker fails."""
        while True:
            try:
                with self.places.held() as ours:
                    self._stands_by = not ours
                    if ours:
                        await self._keep()
            except (KafkaError, TimeoutError) as error:
                warn("no-broker", door=NAME, error=repr(error)[:200])
            await asyncio.sleep(1)

    async def _keep(self) -> None:
        cluster = await clients.cluster_id(self.settings)
        while True:
            epoch, alias = await self._alias()
            file = self.places.file(epoch)
            self.places.clear(*(one for one in (file, self.places.current()) if one is not None))
            if not await self._is_of(file, cluster):
                warn(
                    "archive-begins-anew", file=file.name, because="the topics that it was made from are gone"
                )
                self.places.clear()
            await self._copy(file, epoch, alias, cluster)

    async def _copy(self, file: Path, epoch: int, alias: Alias, cluster: str) -> None:
        keeper, begun = Keeper(file), time.monotonic()
        with keeper.transaction():
            keeper.note(
                {"cluster": cluster, "kafka": self.settings.kafka, "epoch": epoch, "run": alias.newest}
            )
        say("archive-follows", file=file.name, run=alias.newest)

        def current(since: float) -> None:
            if self.places.current() != file:
                self.places.swap(file)
                say("archive-swapped", file=file.name, seconds=round(time.monotonic() - begun, 1))
                self.metrics.building.set(0)
            self.places.touch(since)

        is_read = self.places.current() == file
        self.metrics.building.set(int(not is_read))
        try:
            await Copying(
                self.settings, keeper, self.metrics, epoch=epoch, goes_on=is_read, current=current
            ).run(alias)
        finally:
            keeper.close()

    async def _alias(self) -> tuple[int, Alias]:
        """Return what is to be read, and the number of the switch since which it is."""
        if self.settings.run != topics.LIVE:
            return 0, aliases.fixed(self.settings.run)
        known = await aliases.history(self.settings)
        return max(known), aliases.of_topic(known[max(known)], topics.STORIES)

    async def _is_of(self, file: Path, cluster: str) -> bool:
        """Say whether *file* was made from this cluster's topics, and read no further than they go."""
        made_in, read = _made_from(file)
        if made_in not in (None, cluster):
            return False
        async with clients.reader(self.settings) as client:
            parts = [
                part
                for topic in sorted({part.topic for part in read})
                for part in await clients.partitions(client, topic)
            ]
            ends = await client.end_offsets(parts) if parts else {}
        return all(offset <= ends.get(part, 0) for part, offset in read.items())


def _made_from(file: Path) -> tuple[object, dict[TopicPartition, int]]:
    """Return the cluster that *file* was made from, and how far by partition; nothing if there is no file."""
    if not file.exists():
        return None, {}
    keeper = Keeper(file)
    found = {
        TopicPartition(topic, partition): at
        for topic, row in states_read(keeper).items()
        for partition, at in enumerate(row)
    }
    for topic, name in ((topics.LINKED, ARTICLES), (topics.STORY_EVENTS, EVENTS)):
        for turn in articles_read(keeper, name).turns:
            for run, row in turn.ends.items():
                found |= {
                    TopicPartition(topics.spelled(topic.name, run), partition): at
                    for partition, at in enumerate(row)
                }
    made_in = keeper.state("cluster")
    keeper.close()
    return made_in, found
