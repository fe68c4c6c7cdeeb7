"""The runs there are: records of ``control.runs``, which live and all runs share."""

from __future__ import annotations

from shared.kafka import clients
from shared.records.run import Run
from shared.settings import Settings
from shared.wire import codec, topics


async def load_all(settings: Settings) -> dict[str, Run]:
    """Return every run by its name, dropped ones too."""
    records = await clients.read_all(settings, [topics.RUNS.name])
    return {
        record.key.decode(): codec.decode(record.value, Run) for record in records if record.value is not None
    }


async def load(settings: Settings, name: str) -> Run | None:
    """Return the run *name*; None for ``live`` and for topics that somebody uses without a plan."""
    return None if name == topics.LIVE else (await load_all(settings)).get(name)


async def save(settings: Settings, run: Run) -> None:
    """Write *run* in the place of what is known of it."""
    await clients.write_one(settings, topics.RUNS.name, run.name.encode(), codec.encode(run))
