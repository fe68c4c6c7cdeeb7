"""``khabar bench``: speed and memory on this machine."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from services.cli import speech, workshop_door
from services.cli.verbs.broker import downloading
from shared.broker.node import Broker
from shared.settings import Settings

ON_A_BROKER: dict[str, tuple[str, str]] = {
    "runner": (
        "timing.record_cost:bench",
        "What the lane costs a record, beside plain clients in the same run.",
    ),
    "pipeline": (
        "timing.pipeline:pipeline",
        "Pages to stories: articles a second, CPU and memory of each stage.",
    ),
    "latency": ("timing.pipeline:latency", "Seconds from page to story at 20 pages a second."),
    "known": (
        "timing.known_revisions:bench",
        "A lane of clean that knows a million revisions: restore, memory; the start of a feeder beside it.",
    ),
    "backfill": (
        "timing.old_beside_live:bench",
        "What a month of old pages beside live traffic costs the live articles.",
    ),
    "overhead": (
        "timing.overhead:bench",
        "CPU of the engine with metrics, logs and traces, and without, in turn.",
    ),
    "ingest": (
        "timing.ingest:bench",
        "Articles a second over HTTP into Kafka, beside a bare producer; and a gzip bomb.",
    ),
    "hostile": (
        "fuzzing.through_the_engine:bench",
        "Where 100,000 hostile records end, the slowest of each stage, and memory.",
    ),
    "replay": (
        "timing.replay_beside_live:bench",
        "How fast a run over the past goes beside live, and what that costs the live articles.",
    ),
    "soak": (
        "timing.soak:bench",
        "Half an hour of real posts (--data, a labelled stream) at twenty times their pace, with a run beside: does anything grow?",
    ),
    "failover": (
        "timing.recovery.failover:bench",
        "Seconds from a SIGKILL to the next committed output of clean and link.",
    ),
    "lookup": ("timing.lookup:bench", "Seconds that trace, story and status take among 300,000 articles."),
    "archive": (
        "timing.archive:bench",
        "How fast the archive is built of 300,000 articles, restarts and answers; what commands take.",
    ),
    "faust-chaos": (
        "timing.faust_chaos:bench",
        "What becomes of 3,000 records on a Faust agent under two SIGKILLs.",
    ),
}
BY_THEMSELVES: dict[str, tuple[str, str]] = {
    "restore": (
        "timing.recovery.restore:bench",
        "Seconds in which a lane reads its state back, cold and warm; on a broker of its own.",
    ),
    "lost-marker": (
        "timing.lost_marker:bench",
        "What becomes of commits when a lone node goes away under them.",
    ),
    "shelf": (
        "timing.archive_feeding:bench",
        "What the archive costs an article and a question, among 300,000 and without a broker.",
    ),
    "clean": ("timing.clean:bench", "Documents a second and core."),
    "detect": ("timing.detect:bench", "Texts a second and core, beside CLD2."),
    "extract": ("timing.extract:bench", "Articles a second and core."),
    "seeing": ("timing.seeing:bench", "What metrics and logs cost beside the work that they tell of."),
    "sse": (
        "timing.event_streams:bench",
        "What 200 browsers that follow 20 events a second cost the page, and how it ends with them.",
    ),
    "link": ("timing.link:bench", "Articles a second and core, and a curve over live articles."),
}
ON_DATA = ("soak",)
SUBJECTS = ON_A_BROKER | BY_THEMSELVES


@click.command(epilog="Subjects: " + "; ".join(f"{name}: {text}" for name, (_, text) in SUBJECTS.items()))
@click.argument("subject", type=click.Choice(list(SUBJECTS)))
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="For soak: a folder with stream.jsonl.gz.",
)
@click.option("--json", "as_json", is_flag=True, help="Only the JSON object, no table.")
def command(subject: str, data: Path | None, *, as_json: bool) -> None:
    """Measure speed and memory on this machine; trust ratios from one run, not single times.

    Example: khabar bench restore
    """
    if (data is not None) != (subject in ON_DATA):
        raise click.UsageError(f"--data DIR goes with {' and '.join(ON_DATA)}, and only there.")
    run = workshop_door.subject(SUBJECTS[subject][0])
    if data is not None:
        run = partial(run, data=data)
    if subject in ON_A_BROKER:
        with _fresh() as settings:
            found = run(settings)
    else:
        found = run()
    if not as_json:
        speech.table(("figure", "value"), list(flat(found)))
        speech.line()
    speech.json_line(found)


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
