"""``khabar status``: the whole engine on one screen."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from dataclasses import dataclass

import click
from aiokafka.admin import AIOKafkaAdminClient

from services.cli import show, where
from services.pulse.read import Count, read_counts
from services.stages import STAGES, work
from shared import kafka, lag, topics
from shared.settings import Settings

LATE_SECONDS = 60.0
"""From this age on the oldest unread record means that a stage does not keep up."""

RATE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Row:
    """One stage: lag in records and seconds, records a minute out, dead letters, workers in its group."""

    stage: str
    workers: int
    waiting: int
    oldest_s: float
    per_minute: int
    dead: int
    blocked: bool


SINKS = {"clean": "articles.clean", "detect": "articles.detected", "extract": "articles.extracted", "link": "articles.linked"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(*, as_json: bool) -> None:
    """Show the whole engine on one screen, and the one thing to do.

    Example: khabar status
    """
    settings = where.connected()
    rows, stories, counts, refused = asyncio.run(_gather(settings))
    todo = advice(rows, refused)
    if as_json:
        show.json_line(
            {
                "kafka": settings.kafka,
                "run": settings.run,
                "stages": rows,
                "stories": stories,
                "refused": refused,
                "pulse": [dataclasses.asdict(one) for one in counts],
                "todo": todo,
            }
        )
        return
    show.line(f"Kafka {settings.kafka}, run {settings.run}, {stories:,} {'story' if stories == 1 else 'stories'}\n")
    head = ("stage", "workers", "waiting", "oldest", "a minute", "dead", "")
    show.table(head, [(row.stage, row.workers, row.waiting, _age(row.oldest_s), row.per_minute, row.dead, _state(row)) for row in rows])
    if counts:
        show.line("\nArticles linked, by language and source (the last hours):")
        show.table(
            ("hour (UTC)", "language", "source", "articles"),
            [(one.start[:16], one.lang, show.plain(one.source), one.n) for one in counts[:12]],
        )
    show.line(f"\n{todo}")


async def _gather(settings: Settings) -> tuple[list[Row], int, list[Count], int]:
    async with kafka.admin(settings) as admin:
        workers = {stage: await _members(admin, topics.group(stage, settings.run)) for stage in STAGES}
    rows = [
        Row(
            stage,
            workers[stage],
            (behind := await lag.lag(settings, stage, work(stage).source)).records,
            round(behind.seconds, 1),
            await _recent(settings, SINKS[stage]),
            await _held(settings, topics.dead(stage)),
            behind.blocked,
        )
        for stage in STAGES
    ]
    stories = len({record.key for record in await kafka.read_all(settings, [topics.spelled(topics.STORIES.name, settings.run)])})
    counts = [one for one in await read_counts(settings.kafka, settings.run) if one.window == "hour"]
    refused = await _held(settings, topics.dead("feed"))
    return rows, stories, sorted(counts, key=lambda one: (one.start, one.n), reverse=True), refused


async def _members(admin: AIOKafkaAdminClient, group: str) -> int:
    answers = await admin.describe_consumer_groups([group])
    return sum(len(row[5]) for answer in answers for row in answer.groups)


async def _recent(settings: Settings, topic: str) -> int:
    """Return how many records came to *topic* in the last minute; offsets would count transaction markers too."""
    since_ms = int((time.time() - RATE_SECONDS) * 1000)
    return await kafka.count(settings, topics.spelled(topic, settings.run), since_ms=since_ms)


async def _held(settings: Settings, topic: str) -> int:
    return await kafka.count(settings, topics.spelled(topic, settings.run))


def advice(rows: list[Row], refused: int) -> str:
    """Return the one thing to do, the most pressing first; *refused* is what feed did not take."""
    for row in rows:
        if not row.workers:
            return f"Nobody runs {row.stage}: start it with ./khabar run {row.stage}   (or ./khabar run all)"
    for row in rows:
        if row.blocked:
            return f"{row.stage} cannot read on: a transaction in its input never ended (ARCHITECTURE.md, Known limits)"
    behind = max(rows, key=lambda row: row.oldest_s)
    if behind.oldest_s > LATE_SECONDS:
        return f"{behind.stage} does not keep up ({_age(behind.oldest_s)} behind): give it another worker with ./khabar run {behind.stage}"
    dead = max(rows, key=lambda row: row.dead)
    if dead.dead:
        return f"{dead.stage} could not process {dead.dead} records: see why with ./khabar dead list --stage {dead.stage}"
    if refused:
        return f"{refused} inputs were refused by feed: see why with ./khabar dead list --stage feed"
    return "All is well. See the newest stories with ./khabar story"


def _state(row: Row) -> str:
    if not row.workers:
        return show.colour("nobody runs it", "red")
    return show.colour("behind", "yellow") if row.oldest_s > LATE_SECONDS else show.colour("ok", "green")


def _age(seconds: float) -> str:
    if seconds < 1:
        return "-"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
