"""A worker of a stage that counts, logs and traces nothing.

``bench overhead`` runs it as a module, beside one that does.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

from services.stages import work
from shared.settings import Settings
from shared.worker import runner
from shared.worker.batch import Batch
from shared.worker.orphans import die_with

SILENCED: tuple[tuple[type, tuple[str, ...]], ...] = (
    (Batch, ("count", "tell")),
    (Counter, ("inc",)),
    (Gauge, ("set", "inc", "dec")),
    (Histogram, ("observe",)),
)


def _silent(self: object, *_values: Any, **_named: Any) -> object:
    return self


def main(stage: str, parent: str) -> None:
    """Run *stage* until SIGTERM, or until the process *parent* is gone."""
    die_with(int(parent))
    logging.disable()
    for kind, calls in SILENCED:
        for call in calls:
            setattr(kind, call, _silent)
    runner.run(work(stage), Settings.from_env())


if __name__ == "__main__":
    main(*sys.argv[1:])
