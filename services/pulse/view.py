"""What pulse counts: the articles that readers see, so of each run those that belong to it.

Each chain of promoted runs has notes and a group of its own, so after a switch pulse begins a new view from
nothing (or goes on with one that it had before: after a rollback), and no note is ever taken back. What is
published stays as it was until the new view is whole.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any

from aiokafka.errors import KafkaError

from services.pulse.core import Place
from shared import logs
from shared.kafka import aliases
from shared.kafka.following.origins import thread_of
from shared.records.alias import Alias
from shared.settings import Settings
from shared.wire import topics

LOOK_EVERY_S = 2.0
"""How often pulse looks whether something was promoted or rolled back."""


@dataclass(frozen=True, slots=True)
class View:
    """The runs that are counted, the first one first."""

    alias: Alias

    @property
    def name(self) -> str:
        """How the view's notes and group are spelled: like those of its run when there is one alone."""
        return self.alias.chain

    def sources(self) -> list[str]:
        """Return the topics that are read, as Kafka spells them."""
        return [topics.spelled(topics.LINKED.name, segment.run) for segment in self.alias.segments]

    def place(self, message: Any) -> Place:
        """Return where a record lies."""
        return Place(topics.run_of(message.topic, topics.LINKED.name), message.partition, message.offset)

    def counts(self, message: Any) -> bool:
        """Say whether a record belongs to the run that made it."""
        made_from = thread_of((message.topic, message.partition, message.offset), list(message.headers or ()))
        return self.alias.owner(made_from.raw) == self.place(message).run


async def switched(settings: Settings, view: View) -> None:
    """Return when another view than *view* is to be counted. A broker that is away is waited for."""
    while True:
        with contextlib.suppress(KafkaError):
            async with aliases.watching(settings) as watch:
                while settings.run != topics.LIVE or _of(await watch.history()).name == view.name:  # noqa: ASYNC110 - another process switches
                    await asyncio.sleep(LOOK_EVERY_S)
            logs.say("pulse begins anew", before=view.name)
            return
        await asyncio.sleep(LOOK_EVERY_S)


async def shown(settings: Settings) -> View:
    """Return the view of now: of live what readers see, of another run its own articles."""
    if settings.run != topics.LIVE:
        return View(aliases.fixed(settings.run))
    return _of(await aliases.history(settings))


def _of(history: dict[int, Alias]) -> View:
    return View(aliases.of_topic(history[max(history)], topics.LINKED))
