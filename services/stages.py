"""The one list of the stages: name → where its work is declared.

Loaded on use, so that a verb pays only for what it needs.
"""

from __future__ import annotations

from importlib import import_module

from shared.contract import Work
from shared.wire.topics import STAGES

VIEWS = ("pulse",)
DOORS = {
    "ingest": "services.feed.ingest.worker",
    "feeds": "services.feed.polling.worker",
    "backfill": "services.feed.backfill",
}
"""Ways in that run as workers, and the module whose ``main(settings)`` runs one."""

LOOKOUTS = {"lag": "services.lag.worker"}
"""Workers that look at all the others from outside; ``main(settings)`` of the module runs one."""

KEEPERS = {"archive": "services.archive.worker"}
"""Workers that keep what readers ask, in a file; ``main(settings)`` of the module runs one."""

PAGES = {"web": "services.web.worker"}
"""Workers that show what is kept; ``main(settings)`` of the module runs one."""

OF_RUNS = {"order": "services.replay.ordering"}
"""Workers that only a run has."""

WORKERS = (*STAGES, *VIEWS, *DOORS, *LOOKOUTS, *OF_RUNS, *KEEPERS, *PAGES)
"""Whatever can run, in an order that stays: ports are counted in it."""


def work(name: str) -> Work:
    """Return the work of stage *name*; raises KeyError on an unknown one."""
    if name not in STAGES:
        raise KeyError(name)
    declared: Work = import_module(f"services.{name}.stage").WORK
    return declared


def all_work() -> list[Work]:
    """Return the stages in the order of the flow."""
    return [work(name) for name in STAGES]
