"""Runs in words: a plan, the list of them, how far one is."""

from __future__ import annotations

import os
from collections.abc import Iterable

from services.cli import speech
from services.replay.planning import Plan
from services.replay.progress import Standing
from shared.records.run import Run


def plan(made: Plan) -> None:
    """Print what *made* will read and need."""
    run, cores = made.run, os.cpu_count() or 1
    about = "" if made.records.exact else "about "
    speech.line(f"Run {run.name} reads {run.source} from stage {run.from_stage} on:")
    rows = [
        (partition, start, "follows" if run.ends is None else run.ends[partition], f"{n:,}")
        for partition, (start, n) in enumerate(zip(run.starts, made.by_partition, strict=True))
        if n or run.ends is None
    ]
    speech.table(("partition", "from offset", "to before", "records"), rows)
    speech.line(
        f"{about}{made.records.n:,} records, {made.disk_bytes / 1e6:,.0f} MB of topics of its own (topics named …{run.name})"
    )
    speech.line(
        f"about {_span(made.core_seconds / cores)} on the {cores} cores of this machine; its workers give way to others"
    )
    if run.narrowed:
        speech.line("A part of the articles only: its stories cannot be compared with those of live.")
    elif run.from_stage == "clean" and any(run.starts):
        speech.line(
            "clean remembers documents and hosts from before the warm-up: pages that changed since then may look new."
        )


def listed(runs: Iterable[Run]) -> None:
    """Print the runs there are."""
    rows = [
        (run.name, run.state, run.source, "the live head" if run.ends is None else "its end", run.at, run.by) for run in runs
    ]  # fmt: skip
    if not rows:
        speech.line("No run. Plan one with: ./khabar replay plan articles.raw --since 3d --run NAME")
        return
    speech.table(("run", "state", "reads", "to", "changed", "by"), rows)


def standing(run: Run, found: Standing) -> None:
    """Print how far *run* is, stage by stage, and what to do next."""
    speech.line(
        f"Run {run.name} is {run.state}; it reads {run.source}{' and follows the live head' if run.ends is None else ''}."
    )
    rows = []
    for one in found.stations:
        done = one.finished.finished
        waits = "" if one.rests else f"of about {one.expected:,.0f}"
        rows.append(
            (
                one.stage,
                f"{done.total():,}",
                waits,
                f"{done['produced']:,}",
                f"{done['dropped']:,}",
                f"{done['dead']:,}",
            )
        )
    speech.table(("stage", "finished", "", "produced", "dropped", "dead"), rows)
    speech.line(f"Next: {next_step(run, is_done=found.is_done)}")


def next_step(run: Run, *, is_done: bool) -> str:
    """Return the command to give next."""
    name = run.name
    if run.state in ("planned", "stopped"):
        return f"./khabar replay start {name}"
    if run.state == "paused":
        return f"./khabar replay resume {name}"
    if run.state == "promoted":
        return f"keep its workers running (KHABAR_RUN={name} ./khabar run all), or ./khabar replay rollback"
    if is_done:
        return f"./khabar replay diff {name}"
    return f"./khabar replay status {name}"


def fields(run: Run, found: Standing) -> dict[str, object]:
    """Return the same for ``--json``."""
    stages = [
        {
            "stage": one.stage,
            "finished": one.finished.finished,
            "dropped": one.finished.dropped,
            "dead": one.finished.dead,
            "rests": one.rests,
        }
        for one in found.stations
    ]
    return {"run": run, "stages": stages, "done": found.is_done, "steps": found.done, "of": found.expected}


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:,.0f} s"
    return f"{seconds / 60:,.0f} min" if seconds < 5400 else f"{seconds / 3600:,.1f} h"
