"""``khabar run``: one worker, or all of them."""

from __future__ import annotations

import dataclasses
import signal
import threading
from typing import Any

import click

from services.cli import show, where
from services.cli.engine import Engine
from services.stages import STAGES, VIEWS, work
from shared import logs, runner
from shared.orphans import die_with
from shared.settings import Settings


@click.command()
@click.argument("stage", type=click.Choice([*STAGES, *VIEWS, "all"]))
@click.option("--metrics-port", type=int, help="Port of /metrics, /livez and /readyz; 0 takes any free one.")
@click.option("--parent", type=int, default=0, hidden=True, help="Process to die with.")
def command(stage: str, metrics_port: int | None, parent: int) -> None:
    """Run one worker until SIGTERM or Ctrl-C, or all of them on this machine.

    It logs one JSON object a line: the lanes it owns, what it has read and finished once a minute.

    Example: khabar run clean
    """
    if parent:
        die_with(parent)
    settings = where.connected()
    if metrics_port is not None:
        settings = dataclasses.replace(settings, metrics_port=metrics_port)
    if stage == "all":
        if metrics_port:
            raise show.Failure("five workers cannot share one port", "each takes a free one and logs it", code=show.WRONG_USE)
        _all(settings)
    elif stage in VIEWS:
        from services.pulse import app  # noqa: PLC0415 - only this verb may pay for Faust

        app.main(settings)
    else:
        logs.set_up()
        runner.run(work(stage), settings)


def _all(settings: Settings) -> None:
    """Run every worker as a child until a signal; ends with 1 when one of them ends by itself."""
    engine = Engine(dataclasses.replace(settings, metrics_port=0))
    stop = threading.Event()

    def on_signal(*_: Any) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    engine.start([*STAGES, *VIEWS])
    try:
        while not stop.wait(1.0):
            if dead := engine.dead():
                raise show.Failure(f"a worker ended by itself: {dead}", "its last log line says why")
    finally:
        engine.stop()
