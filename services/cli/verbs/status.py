"""``khabar status``: the whole engine on one screen."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any, NamedTuple

import click

from services.archive.reading import archive_standing
from services.archive.reading.opening import Archive
from services.cli import speech, which_broker
from services.cli.feeding_state import FeedingState, feeding_state
from services.cli.lookups import shown_run
from services.cli.lookups.archive_lookup import archived
from services.cli.lookups.other_workers import PULSE, Beside, beside
from services.cli.lookups.story_lookup import recent
from services.cli.lookups.topic_search import Look, looking
from services.cli.lookups.undecided_letters import undecided
from services.cli.verbs import status_watch
from services.dead import marks
from services.pulse.read import Count, counts, read_counts
from shared.kafka import groups, lag, record_counts
from shared.settings import Settings
from shared.wire import topics

LATE_SECONDS = 60.0
"""From this age on the oldest unread record means that a stage does not keep up."""

RATE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Row:
    """One stage: lag in records and seconds, records a minute out, undecided letters, workers in its group.

    *waiting* is an upper bound (``lag.Lag``); the other two are counted, or estimated from the newest records
    (``record_counts``).
    """

    stage: str
    workers: int
    waiting: int
    oldest_s: float
    per_minute: record_counts.Count
    dead: record_counts.Count
    blocked: bool
    run: str = topics.LIVE

    @property
    def khabar(self) -> str:
        """The command, speaking of the run whose stage this is."""
        return "./khabar" if self.run == topics.LIVE else f"KHABAR_RUN={self.run} ./khabar"


class Stories(NamedTuple):
    """How many stories there are without merged ones, in the archive or in the newest *records*.

    *whole*: these are all records.
    """

    n: int
    records: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Screen:
    """All that is shown. No topic was read whole for it, unless it is small."""

    rows: list[Row]
    others: list[Beside]
    stories: Stories
    refused: record_counts.Count
    pulse: list[Count]
    feeding: FeedingState
    run: str
    """The run that is shown."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option(
    "--watch",
    is_flag=True,
    help="Look again every few seconds, in place, and draw how the stages went; Ctrl-C ends it.",
)
def command(*, as_json: bool, watch: bool) -> None:
    """Show the whole engine on one screen, and the one thing to do.

    Numbers after «about» are estimates from the newest records: large topics are not read for them. --json
    names them in "estimated". With --watch --json comes one object a look.

    Example: khabar status
    """
    settings = which_broker.connected()

    def look() -> Screen:
        with archived(settings) as archive:
            return asyncio.run(_gather(settings, archive))

    def show(screen: Screen) -> None:
        _show(settings, screen, as_json=as_json)

    if watch:
        status_watch.watch(look, show, _readings, drawn=not as_json)
    else:
        show(look())


def _readings(screen: Screen) -> list[status_watch.Reading]:
    return [status_watch.Reading(row.stage, row.per_minute.n, row.oldest_s) for row in screen.rows]


def _show(settings: Settings, screen: Screen, *, as_json: bool) -> None:
    if as_json:
        speech.json_line({"kafka": settings.kafka, "run": screen.run, **_object(screen)})
        return
    speech.line(f"Kafka {settings.kafka}, run {screen.run}, {_stories(screen.stories)}\n")
    head = ("stage", "workers", "waiting", "oldest", "a minute", "dead", "")
    speech.table(
        head,
        [
            (
                row.stage,
                row.workers,
                row.waiting,
                _age(row.oldest_s),
                _number(row.per_minute),
                _number(row.dead),
                _state(row),
            )
            for row in screen.rows
        ]
        + [
            (
                one.worker,
                one.workers,
                one.waiting,
                _age(one.oldest_s),
                "",
                _number(one.dead),
                _state_beside(one),
            )
            for one in screen.others
        ],
    )
    if screen.pulse:
        speech.line("\nArticles linked, by language and source (the last hours):")
        speech.table(
            ("hour (UTC)", "language", "source", "articles"),
            [(one.start[:16], one.lang, speech.plain(one.source), one.n) for one in screen.pulse[:12]],
        )
    if lines := screen.feeding.lines():
        speech.line()
        for text in lines:
            speech.line(text)
    speech.line(f"\n{advice(screen.rows, screen.refused, screen.others)}")


def _object(screen: Screen) -> dict[str, Any]:
    """Return the screen as values; "estimated" names the figures that were not counted.

    Those are figures of a row, or of the screen.
    """
    rows = []
    for row in screen.rows:
        counts = {"per_minute": row.per_minute, "dead": row.dead}
        plain = {name: count.n for name, count in counts.items()}
        rows.append(
            dataclasses.asdict(row)
            | plain
            | {"estimated": [name for name, count in counts.items() if not count.exact]}
        )
    return {
        "stages": rows,
        "others": [dataclasses.asdict(one) | {"dead": one.dead.n} for one in screen.others],
        "stories": screen.stories.n,
        "stories_at_least": not screen.stories.whole,
        "refused": screen.refused.n,
        "feeding": screen.feeding.values(),
        "estimated": [] if screen.refused.exact else ["refused"],
        "pulse": [dataclasses.asdict(one) for one in screen.pulse],
        "todo": advice(screen.rows, screen.refused, screen.others),
    }


async def _gather(settings: Settings, archive: Archive | None) -> Screen:
    shown = await shown_run.newest(settings)
    marked = await marks.seen(settings) | await marks.seen(shown)
    async with looking(shown) as look, lag.observing_groups(settings) as observer:
        rows = [
            Row(
                stage,
                await groups.members(observer.admin, topics.group(stage, look.runs_stage(stage))),
                (behind := await _lag(look, observer, stage, source.name)).records,
                round(behind.seconds, 1),
                await _recent(look, sink.name),
                await undecided(look, stage, marked),
                behind.blocked,
                look.runs_stage(stage),
            )
            for stage, (source, sink) in zip(topics.STAGES, pairwise(topics.FLOW), strict=True)
        ]
        stories = await _stories_in(look, archive)
    async with looking(settings) as look, lag.observing_groups(settings) as observer:
        refused, feeding = await undecided(look, "feed", marked), await feeding_state(settings)
        others = await beside(look, observer, feeding, marked)
    written = counts(archive_standing.hours(archive, "source")) if archive else await read_counts(settings)
    newest_first = sorted(written, key=lambda one: (one.start, one.n), reverse=True)
    return Screen(rows, others, stories, refused, newest_first, feeding, shown.run)


async def _stories_in(look: Look, archive: Archive | None) -> Stories:
    if archive is not None:
        return Stories(archive_standing.story_count(archive), 0, whole=True)
    seen = await recent(look, least=1)
    return Stories(len(seen.stories), seen.records, seen.whole)


async def _lag(look: Look, observer: lag.GroupObserver, stage: str, source: str) -> lag.Lag:
    group = topics.group(stage, look.runs_stage(stage))
    return await observer.of_group(stage, group, topics.spelled(source, look.run_of(source)))


async def _recent(look: Look, topic: str) -> record_counts.Count:
    """Return how many records came to *topic* in the last minute."""
    since_ms = int((time.time() - RATE_SECONDS) * 1000)
    return await record_counts.count(look.client, await look.stretches(topic, since_ms=since_ms))


def advice(rows: list[Row], refused: record_counts.Count, others: list[Beside]) -> str:
    """Return the one thing to do, the most pressing first; *refused* is what feed did not take."""
    wrong = chain(_unmanned(rows, others), _late(rows, others), _unsettled(rows, refused, others))
    return next(wrong, "All is well. See the newest stories with ./khabar story")


def _unmanned(rows: list[Row], others: list[Beside]) -> Iterator[str]:
    for row in rows:
        if not row.workers:
            yield f"Nobody runs {row.stage}: start it with {row.khabar} run {row.stage}   (or {row.khabar} run all)"
    for one in others:
        if one.is_missed:
            yield f"Nobody runs {one.worker}{_why_missed(one)}: start it with ./khabar run {one.worker}   (or ./khabar run all)"


def _late(rows: list[Row], others: list[Beside]) -> Iterator[str]:
    for row in rows:
        if row.blocked:
            yield f"{row.stage} cannot read on: a transaction in its input was left open: stop the workers, then ./khabar broker repair"
    behind = max(rows, key=lambda row: row.oldest_s)
    if behind.oldest_s > LATE_SECONDS:
        yield f"{behind.stage} does not keep up ({_age(behind.oldest_s)} behind): give it another worker with {behind.khabar} run {behind.stage}"
    for one in others:
        if one.worker == PULSE and one.oldest_s > LATE_SECONDS:
            yield f"pulse does not keep up ({_age(one.oldest_s)} behind): what is counted by language and source is late"


def _unsettled(rows: list[Row], refused: record_counts.Count, others: list[Beside]) -> Iterator[str]:
    letters = [(row.dead, row.stage, row.khabar) for row in rows] + [
        (one.dead, one.worker, "./khabar") for one in others
    ]
    dead, stage, khabar = max(letters, key=lambda of: of[0].n)
    if dead.n:
        yield f"{stage} could not process {_number(dead)} records: {_letters(khabar, stage)}"
    if refused.n:
        yield f"{_number(refused)} inputs were refused by feed: {_letters('./khabar', 'feed')}"


def _letters(khabar: str, stage: str) -> str:
    return f"see why with {khabar} dead list --stage {stage}; what is known and may stay: {khabar} dead ack --stage {stage}"


def _why_missed(one: Beside) -> str:
    return (
        ", and old pages wait"
        if one.waiting
        else ""
        if one.worker == PULSE
        else " any more: it went away without a word"
    )


def _number(count: record_counts.Count) -> str:
    return f"{count.n:,}" if count.exact else f"about {count.n:,}"


def _stories(found: Stories) -> str:
    """Say how many stories there are, or how many of them were seen in the newest records."""
    n = found.n
    told = f"{n:,} {'story' if n == 1 else 'stories'}"
    return told if found.whole else f"at least {told} (seen in the newest {found.records:,} records)"


def _state(row: Row) -> str:
    if not row.workers:
        return speech.colour("nobody runs it", "red")
    return speech.colour("behind", "yellow") if row.oldest_s > LATE_SECONDS else speech.colour("ok", "green")


def _state_beside(one: Beside) -> str:
    if one.is_missed:
        return speech.colour("nobody runs it", "red")
    return speech.colour("ok", "green") if one.workers else "not running"


def _age(seconds: float) -> str:
    if seconds < 1:
        return "-"
    return (
        f"{seconds:.0f} s"
        if seconds < 120
        else f"{seconds / 60:.0f} min"
        if seconds < 7200
        else f"{seconds / 3600:.0f} h"
    )
