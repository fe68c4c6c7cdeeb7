"""``khabar demo``: two articles in two languages become one story, on a real Kafka."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from services.cli import look, show, telling
from services.cli.broker import downloading
from services.cli.engine import Engine
from services.feed.pages import pages
from services.feed.send import feed
from services.stages import STAGES, VIEWS
from shared import declare, topics
from shared.broker import Broker, status
from shared.settings import Settings

SEEDS = Path(__file__).resolve().parents[2] / "tests" / "seeds"
SOURCES = {"000_3eb1ae8f6e4d07b5.txt": "avaye-neshat", "002_7e478acb9f3015b4.txt": "middle-east-news"}
"""The outlets of the two pages, as their own text names them."""

LIMIT_SECONDS = 90.0


@click.command()
@click.option("--once", is_flag=True, help="End after the story; exit status 0 only when both articles are in it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object: story, doc_ids by language, evidence, times.")
def command(*, once: bool, as_json: bool) -> None:
    """Start a real Kafka and all workers, feed a Persian and an Arabic page about one event, and show the story with its reasons.

    Runs until Ctrl-C, so that the other verbs can be tried beside it; no process stays behind.

    Example: khabar demo --once
    """
    begun = time.monotonic()
    settings = Settings.from_env()
    with _folder(settings) as folder, _kafka(settings, folder) as connected:
        engine = Engine(connected, folder / "logs")
        try:
            engine.start([*STAGES, *VIEWS])
            found = asyncio.run(_story(connected, engine))
            found["times"] = _times(found, begun)
            _show(found, as_json=as_json)
            if not once:
                _wait(connected, engine)
        finally:
            engine.stop()
    if not found["together"]:
        raise show.Failure("the two articles are not in one story")


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
    """Give settings with a broker: the one in KHABAR_KAFKA under a run of its own, else one that lives as long as we do."""
    if settings.kafka:
        yield dataclasses.replace(settings, run=f"demo-{os.getpid()}")
        return
    _say("starting Apache Kafka …")
    with Broker(folder / "kafka", home=settings.folder, progress=downloading) as broker:
        yield dataclasses.replace(settings, kafka=broker.bootstrap)


async def _story(settings: Settings, engine: Engine) -> dict[str, Any]:
    """Feed the seeds, one after the other, and return their articles and stories."""
    await declare.apply(settings)
    _say(f"Kafka answers at {settings.kafka}; starting {len(engine.workers)} workers …")
    articles = []
    for name, source in SOURCES.items():
        report = await feed(settings, pages(str(SEEDS / name), source))
        _say(f"fed {name}; waiting for it to be linked …")
        articles.append(await _linked(settings, engine, report.doc_ids[0]))
    stories = await look.stories(settings)
    ids = {look.resolve(stories, one.value["linked"]["story_id"])[0].value["story_id"] for one in articles}
    return {"together": len(ids) == 1, "articles": articles, "stories": [stories[name].value for name in sorted(ids)]}


async def _linked(settings: Settings, engine: Engine, doc_id: str) -> look.Seen:
    """Wait until *doc_id* is linked and return its record."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while True:
        for record in await look.read(settings, topics.LINKED.name):
            if record.key.decode() == doc_id:
                return look.Seen(record, look.parsed(record))
        if dead := engine.dead():
            raise show.Failure(f"a worker ended by itself: {dead}", f"its log: {engine.logs}", code=show.OUTSIDE_FAILED)
        if time.monotonic() > deadline:
            raise show.Failure(f"the article was not linked within {LIMIT_SECONDS:.0f} s", f"the workers' logs: {engine.logs}")
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
        show.json_line(
            {"together": found["together"], "story": story, "doc_ids": by_lang, "linked": joined["linked"], "times": found["times"]}
        )
        return
    for story in found["stories"]:
        show.line()
        telling.story(story)
    show.line()
    telling.decision(joined)
    times = found["times"]
    show.line(f"\n{times['seconds_from_page_to_story']} s from page to story; {times['seconds_in_all']} s in all, Kafka's start included.")


def _wait(settings: Settings, engine: Engine) -> None:
    """Stay until a signal, or until a worker ends by itself."""
    run = "" if settings.run == topics.LIVE else f" KHABAR_RUN={settings.run}"
    show.line(f"\nThe engine runs. In another terminal:\n  export KHABAR_KAFKA={settings.kafka}{run}\n  ./khabar status")
    show.line("  ./khabar feed your-page.html --source example.org\n  ./khabar story\nCtrl-C ends it.")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    while not stop.wait(0.5):
        if dead := engine.dead():
            raise show.Failure(f"a worker ended by itself: {dead}", f"its log: {engine.logs}", code=show.OUTSIDE_FAILED)


def _say(text: str) -> None:
    click.echo(f"  {text}", err=True)
