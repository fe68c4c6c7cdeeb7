"""``khabar run``: one worker, or all of them."""

from __future__ import annotations

import asyncio
import dataclasses
import signal
import threading
from importlib import import_module
from typing import Any

import click
from aiokafka.errors import KafkaError

from services.cli import speech, which_broker
from services.cli.worker_processes import Engine, Supervisor
from services.feed.ingest import listening_address
from services.replay.hops import hops
from services.stages import DOORS, KEEPERS, LOOKOUTS, OF_RUNS, PAGES, VIEWS, WORKERS, work
from services.web.serving import page_socket
from shared import logs
from shared.kafka import runs
from shared.settings import LARGEST_PORT, Settings
from shared.wire.topics import STAGES
from shared.worker import health, runner, spans
from shared.worker.orphans import die_with

LOOK_S = 0.5


@click.command()
@click.argument("stage", type=click.Choice([*WORKERS, "all"]))
@click.option(
    "--metrics-port",
    type=click.IntRange(0, LARGEST_PORT),
    help="Port of /metrics, /livez and /readyz; 0 takes any free one. With all: of the first worker, the others have the next ones.",
)
@click.option("--parent", type=int, default=0, hidden=True, help="Process to die with.")
def command(stage: str, metrics_port: int | None, parent: int) -> None:
    """Run one worker until SIGTERM or Ctrl-C, or all of them on this machine.

    It logs one JSON object a line: the lanes it owns, what it has read and finished once a minute.

    With all, a worker that dies is started again after 1 s, then after 2 s, 4 s, 8 s. When one has died five
    times within five minutes, all end, and the last line says which and how.

    Example: khabar run clean
    """
    if parent:
        die_with(parent)
    settings = _of_page() if stage in PAGES else _settings()
    spans.require(settings)
    if metrics_port is not None:
        settings = dataclasses.replace(settings, metrics_port=metrics_port)
    health.require_free(settings.metrics_port, settings.metrics_host)
    if stage == "all":
        _all(settings)
    elif stage in VIEWS:
        from services.pulse import app  # noqa: PLC0415 - only this verb may pay for Faust

        app.main(settings)
    elif stage in (others := DOORS | LOOKOUTS | OF_RUNS | KEEPERS | PAGES):
        import_module(others[stage]).main(settings)
    else:
        logs.set_up()
        runner.run(work(stage), settings)


def _of_page() -> Settings:
    """Return the settings with the broker that is known: a page needs none but for what its readers mark."""
    try:
        return which_broker.known()
    except speech.Failure:
        return Settings.from_env()


def _settings() -> Settings:
    try:
        return which_broker.connected()
    except KafkaError:
        return which_broker.known()  # a worker waits for its broker, and says so


def _all(settings: Settings) -> None:
    """Run every worker as a child until a signal; raises Failure when one of them cannot be kept alive.

    A run has the workers of its stages alone: doors, views, lookouts, the archive and the page are of live.
    """
    planned = asyncio.run(runs.load(settings, settings.run))
    if planned is None:
        page_socket.claimed(settings).close()
        listening_address.claimed(
            settings
        ).close()  # what keeps the door shut is said before anything is started
        workers = [
            *STAGES,
            *VIEWS,
            *(name for name in DOORS if name != "feeds" or settings.feeds),
            *LOOKOUTS,
            *KEEPERS,
            *PAGES,
        ]
    else:
        workers = [hop.stage for hop in hops(planned)]
    engine = Engine(settings, ports=_ports(settings, workers))
    stop = threading.Event()

    def on_signal(*_: Any) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    logs.set_up()
    engine.start(workers)
    supervisor = Supervisor(engine, ends_in_order=planned is not None)
    try:
        while supervisor.look() and not stop.wait(LOOK_S):
            pass
    finally:
        engine.stop()


def _ports(settings: Settings, workers: list[str]) -> dict[str, int]:
    """Return a port for each of *workers* and print where it is, or none when any will do.

    A worker's port depends on nothing but the first: whoever scrapes it need not know which others run.
    Raises Failure or OSError.
    """
    first = settings.metrics_port
    if not first:
        return {}
    if first + len(WORKERS) - 1 > LARGEST_PORT:
        raise speech.Failure(
            f"no room for {len(WORKERS)} ports from {first} on",
            f"they end at {LARGEST_PORT}",
            code=speech.WRONG_USE,
        )
    ports = {name: first + WORKERS.index(name) for name in workers}
    for port in ports.values():
        health.require_free(port, settings.metrics_host)
    speech.table(
        ("worker", "metrics and health"),
        [(name, f"http://{settings.metrics_host}:{port}/metrics") for name, port in ports.items()],
    )
    return ports
