"""Which run the command shows: the one that was named (``KHABAR_RUN``), else what readers see."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Awaitable, Callable

from services.cli.lookups.topic_search import Look, Seen, looking
from services.cli.speech import Failure
from shared.kafka import aliases
from shared.kafka.following.origins import thread
from shared.records.alias import Alias
from shared.settings import PREFIX, Settings
from shared.wire import topics


def is_named() -> bool:
    """Say whether the command was told which run to show."""
    return any(name in os.environ for name in (f"{PREFIX}RUN", f"{PREFIX}RUN_FILE"))


async def newest(settings: Settings) -> Settings:
    """Return *settings* with the run whose stories are the ones to read."""
    return dataclasses.replace(settings, run=(await _alias(settings)).newest)


async def of_article[Found](
    settings: Settings, find: Callable[[Look], Awaitable[tuple[Seen, Found]]]
) -> Found:
    """Return what *find* finds in the run that its article belongs to, which its record tells.

    Raises the Failure of the newest run. An article that several runs have belongs to one of them by its
    origin (``shared.records.alias``).
    """
    alias, failures = await _alias(settings), list[Failure]()
    for segment in reversed(alias.segments):
        async with looking(dataclasses.replace(settings, run=segment.run)) as look:
            try:
                seen, found = await find(look)
            except Failure as failure:
                failures.append(failure)
                continue
        if alias.owner(thread(seen.record).raw) == segment.run:
            return found
    raise (
        failures[0]
        if failures
        else Failure(
            f"the article is not in {alias.newest}, which readers see",
            f"see it in live with: KHABAR_RUN={topics.LIVE} ./khabar …",
        )
    )


async def _alias(settings: Settings) -> Alias:
    if is_named():
        return aliases.fixed(settings.run)
    return await aliases.current(settings)
