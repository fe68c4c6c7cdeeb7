"""How a run is planned and begun, by whoever sits at the keyboard."""

from __future__ import annotations

import msgspec

from services.cli.actor import actor
from services.replay import changing, planning, progress
from services.stages import all_work
from shared.kafka import aliases, runs
from shared.records.run import Run
from shared.settings import Settings
from shared.wire import headers


async def planned(settings: Settings, asked: planning.Wish) -> planning.Plan:
    """Plan a run and note it; raises CannotPlan where its name is taken."""
    known = await runs.load(settings, asked.name)
    if known is not None and known.state not in ("planned", "dropped"):
        raise planning.CannotPlan(f"run {asked.name} is {known.state}: drop it first, or take another name")
    made = await planning.plan(settings, asked, all_work(), by=actor(), at=headers.now())
    if any(
        asked.name == segment.run
        for alias in (await aliases.history(settings)).values()
        for segment in alias.segments
    ):
        raise planning.CannotPlan(f"readers have read {asked.name}: take another name")
    await runs.save(settings, made.run)
    return made


async def begun(settings: Settings, name: str, rate: float | None = None) -> tuple[Run, int]:
    """Make the topics of the run *name* and let it run, with *rate* at another rate.

    It returns the run, and how many records it has to read.
    """
    run = await changing.known(settings, name)
    if rate is not None:
        run = msgspec.structs.replace(run, rate=rate)
    await changing.prepare(settings, run)
    if run.state not in ("promoted", "superseded"):
        run = await changing.put(settings, run, "running", by=actor(), at=headers.now())
    return run, await progress.records(settings, run)
