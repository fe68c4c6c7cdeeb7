"""The replay of ``khabar demo``: the same days with names found by rules alone, and what that changes."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

from services.cli.actor import actor
from services.cli.replays import run_workers
from services.cli.replays.run_openings import begun, planned
from services.replay import changing, planning
from services.replay.comparing import kept_diff
from services.replay.comparing.comparison import Comparison, compare
from shared.records.run import Run
from shared.settings import Settings
from shared.wire import headers, topics

NAME = "rules-alone"
TAGGER = "rules"
EXAMPLES = 12


def shown(settings: Settings, logs: Path) -> list[str]:
    """Replay what was fed, keep what differs, and return lines that say where; none if ended early."""
    run, records = asyncio.run(_begun(settings))
    other = dataclasses.replace(settings, tagger=TAGGER)
    if run_workers.work_off(other, run, records, logs) is None:
        return []
    found = asyncio.run(_compared(settings, run))
    kinds = {kind: one.times for kind, one in found.stories.kinds.items()} if found.stories else {}
    told = ", ".join(f"{n} {kind}" for kind, n in kinds.items()) or "no story differs"
    page = f"http://{settings.web_host}:{settings.web_port}/runs/{NAME}"
    return [
        "The same days again, with names found by rules alone (a replay beside live):",
        f"  {page}   {told}",
    ]


async def _begun(settings: Settings) -> tuple[Run, int]:
    await planned(settings, planning.Wish(name=NAME, source=topics.DETECTED))
    return await begun(settings, NAME)


async def _compared(settings: Settings, run: Run) -> Comparison:
    done = await changing.put(settings, run, "caught_up", by=actor(), at=headers.now())
    found = await compare(settings, done, examples=EXAMPLES)
    await kept_diff.keep(settings, kept_diff.record_of(found, at=headers.now(), by=actor()))
    return found
