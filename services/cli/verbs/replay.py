"""``khabar replay``: any day again, beside live, into topics of its own."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from services.cli import speech, which_broker
from services.cli.actor import actor
from services.cli.option_kinds import Rate
from services.cli.replays import run_words, run_workers
from services.cli.replays.run_openings import begun, planned
from services.cli.replays.run_wishes import wish
from services.cli.verbs import replay_diff, replay_promotion
from services.replay import changing, progress
from services.replay.hops import hops, own_topics
from shared.kafka import runs
from shared.records.run import Run, RunState
from shared.settings import Settings
from shared.wire import headers, topics


@click.group()
def command() -> None:
    """Run any part of the past again beside live traffic, see what would change, switch, and switch back.

    Example: khabar replay plan articles.raw --since 3d --run better-names
    """


def _live() -> Settings:
    return which_broker.connected(run=topics.LIVE)


@command.command("plan")
@click.argument("topic")
@click.option(
    "--run", "name", required=True, help="How the run is called: its topics and groups carry the name."
)
@click.option(
    "--since",
    default="all",
    show_default=True,
    help="What counts: 3d, 12h, a moment as 2026-01-31T12:00:00Z, or all.",
)
@click.option(
    "--warm-up",
    default="4d",
    show_default=True,
    help="How much earlier reading begins, so that the lanes remember: 4d, or all.",
)
@click.option("--until", default="", help="Up to this moment; without it, up to now.")
@click.option(
    "--follow",
    is_flag=True,
    help="Go on with the live head, so that the run can take its place without a gap.",
)
@click.option(
    "--offsets",
    multiple=True,
    metavar="P:FROM-TO",
    help="These offsets of a partition instead of times; may be given again.",
)
@click.option("--source", multiple=True, help="Only articles of this source; may be given again.")
@click.option(
    "--language",
    multiple=True,
    help="Only articles in this language (from articles.detected on); may be given again.",
)
@click.option("--doc", multiple=True, help="Only this document; may be given again.")
@click.option("--rate", type=Rate(), help="At most so many records a second: 200/s.")
@click.option(
    "--lanes",
    type=click.IntRange(1, 1000),
    help="So many lanes for detect and extract, instead of as many as live has.",
)
@click.option("--json", "as_json", is_flag=True, help="The plan as one JSON object.")
def plan_(topic: str, *, name: str, as_json: bool, **given: Any) -> None:
    """Say what a run would read, and how much time and disk it needs.

    Nothing is changed but that the plan is known by its name.

    TOPIC is where it begins: articles.raw (from clean on), articles.clean, articles.detected, or
    articles.extracted (link alone).
    """
    settings = _live()
    made = asyncio.run(planned(settings, wish(topic, name, given)))
    if as_json:
        speech.json_line(made)
    else:
        run_words.plan(made)
        speech.line(f"Next: {run_words.next_step(made.run, is_done=False)}")


@command.command()
@click.argument("name")
@click.option("--rate", type=Rate(), help="At most so many records a second, in place of what was planned.")
@click.option(
    "--no-workers",
    is_flag=True,
    help="Only open the run: workers come from elsewhere (KHABAR_RUN=NAME khabar run STAGE).",
)
def start(name: str, *, rate: float | None, no_workers: bool) -> None:
    """Begin a run, or go on with one that was stopped.

    It makes the run's topics and works it off on this machine, beside live.

    Workers on other machines may join: KHABAR_RUN=NAME khabar run extract
    """
    settings = _live()
    run, records = asyncio.run(begun(settings, name, rate))
    if no_workers:
        speech.line(
            f"Run {name} is open. Workers: KHABAR_RUN={name} ./khabar run {'|'.join(hop.stage for hop in hops(run))}"
        )
        return
    logs = settings.folder / "runs" / name
    found = run_workers.work_off(settings, run, records, logs)
    now = asyncio.run(runs.load(settings, name)) or run
    if found is not None and now.state == "running":
        now = asyncio.run(changing.put(settings, now, "caught_up", by=actor(), at=headers.now()))
    elif found is None and now.state == "running":
        now = asyncio.run(changing.put(settings, now, "stopped", by=actor(), at=headers.now()))
    run_words.standing(now, found or asyncio.run(progress.standing(settings, now, records)))


@command.command()
@click.argument("name", default="")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def status(name: str, *, as_json: bool) -> None:
    """Show how far a run is, stage by stage; without a NAME all runs."""
    settings = _live()
    if not name:
        known = [run for run in asyncio.run(runs.load_all(settings)).values() if run.state != "dropped"]
        if as_json:
            speech.json_line(known)
        else:
            run_words.listed(known)
        return
    run, found = asyncio.run(_standing(settings, name))
    if as_json:
        speech.json_line(run_words.fields(run, found))
    else:
        run_words.standing(run, found)


async def _standing(settings: Settings, name: str) -> tuple[Run, progress.Standing]:
    run = await changing.known(settings, name)
    return run, await progress.standing(settings, run, await progress.records(settings, run))


@command.command()
@click.argument("name")
def pause(name: str) -> None:
    """Let the lanes of a run rest; its workers stay. On with: khabar replay resume."""
    _change(name, "paused")


@command.command()
@click.argument("name")
def resume(name: str) -> None:
    """Let the lanes of a paused run go on."""
    _change(name, "running")


@command.command()
@click.argument("name")
def stop(name: str) -> None:
    """End the workers of a run, here and elsewhere; it goes on where it was with: khabar replay start."""
    _change(name, "stopped")


@command.command()
@click.argument("name")
@click.option("--because", default="", help="Why; the audit keeps it.")
@click.option("--go", is_flag=True, help="Do it. Without this nothing is changed.")
def drop(name: str, *, because: str, go: bool) -> None:
    """Delete the topics and groups of a run; live loses nothing by it."""
    settings = _live()
    run = asyncio.run(changing.known(settings, name))
    own = [topics.spelled(topic.name, name) for topic in own_topics(run)]
    if not go:
        speech.line(f"Would delete {len(own)} topics of run {name} ({run.state}): {', '.join(own)}")
        speech.line(f"Next: ./khabar replay drop {name} --go")
        return
    gone = asyncio.run(changing.drop(settings, run, by=actor(), at=headers.now(), because=because))
    speech.line(f"Run {name} is dropped; {len(gone)} topics are deleted.")


def _change(name: str, state: RunState) -> None:
    settings = _live()
    run = asyncio.run(changing.known(settings, name))
    made = asyncio.run(changing.put(settings, run, state, by=actor(), at=headers.now()))
    speech.line(f"Run {name} is {made.state}.")
    speech.line(f"Next: {run_words.next_step(made, is_done=False)}")


for one in (replay_diff.diff, replay_promotion.promote, replay_promotion.rollback):
    command.add_command(one)
