"""``khabar demo``: two articles in two languages become one story, on a real Kafka."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import secrets
import shutil
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import click
import msgspec

from services.checkout import SEEDS
from services.cli import speech, story_words
from services.cli.lookups.article_lookup import newest_linked
from services.cli.lookups.story_lookup import story as looked_up
from services.cli.lookups.topic_search import Look, Seen, looking
from services.cli.verbs import demo_monitoring, demo_replay, demo_stream
from services.cli.verbs.broker import downloading
from services.cli.worker_processes import Engine
from services.feed.feeding import feed
from services.feed.reading import named
from services.feed.reading.job import Job
from services.feed.submission import Submission
from services.stages import KEEPERS, LOOKOUTS, PAGES, VIEWS
from services.web.serving import page_socket
from shared.broker.node import Broker, status
from shared.kafka import declare
from shared.settings import Settings
from shared.wire import topics
from shared.wire.topics import STAGES

SOURCES = {"000_3eb1ae8f6e4d07b5.txt": "avaye-neshat", "002_7e478acb9f3015b4.txt": "middle-east-news"}
"""The outlets of the two pages, as their own text names them."""

FETCHED = "2022-01-27T10:45:00Z"
"""When the pages are taken to have been fetched: minutes after the Persian one appeared, so that they lie
among the news of those days.
"""

LIMIT_SECONDS = 90.0
LANES = 1
"""Pages reach link in the order they were fed in: of several lanes each would run ahead with its sources, and
a copy precede its origin.
"""


@click.command()
@click.option(
    "--once", is_flag=True, help="End after the story; exit status 0 only when both articles are in it."
)
@click.option(
    "--with",
    "beside",
    type=click.Choice(["prometheus"]),
    help="Also start what is installed here: prometheus, with our rules.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object: story, doc_ids by language, evidence, times."
)
def command(*, once: bool, beside: str | None, as_json: bool) -> None:
    """Start a real Kafka and all workers, feed two pages about one event, and show their story.

    One page is Persian, the other Arabic; the story is shown with its reasons.

    Then it serves the analyst's page, feeds three days of invented news in six languages, says what to look
    at in them, reads them again with names found by other means and shows what that would change, and runs
    until Ctrl-C, so that the other verbs can be tried beside it; no process stays behind.

    Example: khabar demo --once
    """
    begun = time.monotonic()
    settings = Settings.from_env()
    if beside:
        demo_monitoring.installed()
        if once:
            raise speech.Failure(
                "--once ends before anybody can look at Prometheus",
                "leave one of the two out",
                code=speech.WRONG_USE,
            )
    with _folder(settings) as folder, _kafka(settings, folder) as connected:
        engine = Engine(connected, folder / "logs")
        try:
            engine.start([*STAGES, *VIEWS, *(LOOKOUTS if beside else ())])
            found = asyncio.run(_story(connected, engine))
            found["times"] = _times(found, begun)
            _show(found, as_json=as_json)
            if not once:
                engine.start([*KEEPERS, *PAGES])
                with _monitored(engine, folder) if beside else nullcontext("") as address:
                    _wait(connected, engine, folder, address)
        finally:
            engine.stop()
    if not found["together"]:
        raise speech.Failure("the two articles are not in one story")


@contextmanager
def _folder(settings: Settings) -> Iterator[Path]:
    """Give a folder of our own; what a killed demo left behind is removed on the way."""
    home = settings.folder / "demo"
    for old in home.glob("*"):
        if status(old / "kafka") is None and not Path(f"/proc/{old.name}").exists():
            shutil.rmtree(old, ignore_errors=True)
    folder = home / str(os.getpid())
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _kafka(settings: Settings, folder: Path) -> Iterator[Settings]:
    """Give settings with a broker: KHABAR_KAFKA's under a run of its own, else one that ends with us."""
    ours = dataclasses.replace(
        settings, lanes=LANES, archive_folder=str(folder / "archive"), web_port=_free_port(settings)
    )
    ours = ours if ours.web_token else dataclasses.replace(ours, web_token=secrets.token_hex(4))
    if settings.kafka:
        yield dataclasses.replace(ours, run=f"demo-{os.getpid()}")
        return
    _say("starting Apache Kafka …")
    with Broker(folder / "kafka", home=settings.folder, progress=downloading) as broker:
        yield dataclasses.replace(ours, kafka=broker.bootstrap)


def _free_port(settings: Settings) -> int:
    """Return the port of the page, or another that is free where an engine of this machine has it already."""
    try:
        place = page_socket.claimed(settings)
    except OSError:
        place = page_socket.claimed(dataclasses.replace(settings, web_port=0))
    with place:
        return int(place.getsockname()[1])


async def _story(settings: Settings, engine: Engine) -> dict[str, Any]:
    """Feed the seeds, one after the other, and return their articles and stories."""
    await declare.apply(settings)
    _say(f"Kafka answers at {settings.kafka}; starting {len(engine.workers)} workers …")
    async with looking(settings) as look:
        articles = []
        for name, source in SOURCES.items():
            report = await feed(settings, fetched(named.submissions([str(SEEDS / name)], Job(source=source))))
            _say(f"fed {name}; waiting for it to be linked …")
            articles.append(await _linked(look, engine, report.doc_ids[0]))
        stories = {}
        for one in articles:
            story, _ = await looked_up(look, one.value["linked"]["story_id"])
            stories[story.value["story_id"]] = story.value
    return {
        "together": len(stories) == 1,
        "articles": articles,
        "stories": [stories[name] for name in sorted(stories)],
    }


def fetched(pages: Iterable[Submission]) -> Iterator[Submission]:
    """Give *pages* as if they came from their scraper at `FETCHED`."""
    for page in pages:
        yield dataclasses.replace(
            page, item=page.item and msgspec.structs.replace(page.item, fetched_at=FETCHED)
        )


async def _linked(look: Look, engine: Engine, doc_id: str) -> Seen:
    """Wait until *doc_id* is linked and return its record."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while True:
        if (seen := await newest_linked(look, doc_id)) is not None:
            return seen
        if ended := engine.endings():
            raise speech.Failure(ended, f"its log: {engine.logs}", code=speech.OUTSIDE_FAILED)
        if time.monotonic() > deadline:
            raise speech.Failure(
                f"the article was not linked within {LIMIT_SECONDS:.0f} s",
                f"the workers' logs: {engine.logs}",
            )
        await asyncio.sleep(0.1)


def _times(found: dict[str, Any], begun: float) -> dict[str, float]:
    """Return seconds from the command's start, and from the second page to the story."""
    last = found["articles"][-1]
    fed_ms = int(last.header("khabar-origin").rpartition("/")[2])
    return {
        "seconds_in_all": round(time.monotonic() - begun, 1),
        "seconds_from_page_to_story": round((last.record.timestamp - fed_ms) / 1000, 2),
    }


def _show(found: dict[str, Any], *, as_json: bool) -> None:
    articles = [seen.value for seen in found["articles"]]
    joined = articles[-1]
    if as_json:
        by_lang: dict[str, list[str]] = {}
        for one in articles:
            by_lang.setdefault(one["language"]["lang_macro"], []).append(one["doc_id"])
        story = found["stories"][0]
        speech.json_line(
            {
                "together": found["together"],
                "story": story,
                "doc_ids": by_lang,
                "linked": joined["linked"],
                "times": found["times"],
            }
        )
        return
    for story in found["stories"]:
        speech.line()
        story_words.story(story)
    speech.line()
    story_words.decision(joined)
    times = found["times"]
    speech.line(
        f"\n{times['seconds_from_page_to_story']} s from page to story; {times['seconds_in_all']} s in all, Kafka's start included."
    )


def _monitored(engine: Engine, folder: Path) -> AbstractContextManager[str]:
    _say("starting Prometheus …")
    return demo_monitoring.prometheus(
        folder / "prometheus", demo_monitoring.addresses(folder / "logs", engine.workers)
    )


def _wait(settings: Settings, engine: Engine, folder: Path, monitoring: str) -> None:
    """Feed the stream, then stay until a signal, or until a worker ends by itself.

    *monitoring* is the address of Prometheus, if it runs.
    """
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    if monitoring:
        speech.line(f"\nPrometheus: {monitoring}/alerts")
    page = f"http://{settings.web_host}:{settings.web_port}/"
    speech.line(
        f"\nThe analyst's page: {page}   the two pages, in three spellings of a name: {page}search?q=Sullivan"
    )
    speech.line(
        f"It asks for a token of whoever says that two articles are one story, or not: {settings.web_token}"
    )
    run = "" if settings.run == topics.LIVE else f" KHABAR_RUN={settings.run}"
    speech.line("\nThe engine runs. In another terminal:")
    speech.line(f"  export KHABAR_KAFKA={settings.kafka} KHABAR_LANES={LANES}{run}\n  ./khabar status")
    speech.line("  ./khabar feed your-page.html --source example.org\n  ./khabar story\nCtrl-C ends it.\n")
    for text in asyncio.run(demo_stream.fed(settings, engine, stop, say=_say)):
        speech.line(text)
    # a run reads what live has, and a demo on somebody's broker is no live
    if settings.run == topics.LIVE and not stop.is_set():
        _say("reading the same days again, with other names …")
        try:
            replayed = demo_replay.shown(settings, folder / "runs")
        except speech.Failure as error:  # what else there is to see stays
            replayed = [str(error)]
        for text in replayed:
            speech.line(text)
        if not replayed:
            return  # Ctrl-C: it went to the replay
    while not stop.wait(0.5):
        if ended := engine.endings():
            raise speech.Failure(ended, f"its log: {engine.logs}", code=speech.OUTSIDE_FAILED)


def _say(text: str) -> None:
    click.echo(f"  {text}", err=True)
