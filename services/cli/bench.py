"""``khabar bench``: speed and memory on this machine."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click

from services.cli import show
from services.cli.broker import downloading
from shared.broker import Broker
from shared.settings import Settings

ON_A_BROKER: dict[str, tuple[str, str]] = {
    "runner": ("services.bench.runner:bench", "What the lane costs a record, beside plain clients in the same run."),
    "pipeline": ("services.bench.pipeline:pipeline", "Pages to stories: articles a second, CPU and memory of each stage."),
    "latency": ("services.bench.pipeline:latency", "Seconds from page to story at 20 pages a second."),
    "restore": ("services.bench.restore:bench", "How fast a lane reads its state back."),
    "faust-chaos": ("services.bench.faust_chaos:bench", "What becomes of 3,000 records on a Faust agent under two SIGKILLs."),
}
IN_MEMORY: dict[str, tuple[str, str]] = {
    "clean": ("services.clean.bench:bench", "Documents a second and core."),
    "detect": ("services.detect.bench:bench", "Texts a second and core, beside CLD2."),
    "extract": ("services.extract.bench:bench", "Articles a second and core."),
    "link": ("services.link.bench:bench", "Articles a second and core, and a curve over live articles."),
}
SUBJECTS = ON_A_BROKER | IN_MEMORY


@click.command(epilog="Subjects: " + "; ".join(f"{name}: {text}" for name, (_, text) in SUBJECTS.items()))
@click.argument("subject", type=click.Choice(list(SUBJECTS)))
@click.option("--json", "as_json", is_flag=True, help="Only the JSON object, no table.")
def command(subject: str, *, as_json: bool) -> None:
    """Measure speed and memory on this machine; trust ratios from one run, not single times.

    Example: khabar bench restore
    """
    module, name = SUBJECTS[subject][0].split(":")
    run: Callable[..., dict[str, Any]] = getattr(import_module(module), name)
    if subject in ON_A_BROKER:
        with _fresh() as settings:
            found = run(settings)
    else:
        found = run()
    if not as_json:
        show.table(("figure", "value"), list(flat(found)))
        show.line()
    show.json_line(found)


@contextmanager
def _fresh() -> Iterator[Settings]:
    """Give a broker of its own, or the one in KHABAR_KAFKA under a run of its own."""
    settings = Settings.from_env()
    if settings.kafka:
        yield dataclasses.replace(settings, run=f"bench-{os.getpid()}")
        return
    folder = settings.folder / "bench" / str(os.getpid())
    folder.mkdir(parents=True)
    try:
        with Broker(folder, home=settings.folder, progress=downloading) as broker:
            yield dataclasses.replace(settings, kafka=broker.bootstrap)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def flat(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Yield the leaves of nested objects as (dotted path, value)."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flat(inner, f"{path}.{key}" if path else str(key))
    else:
        yield path, value
