"""``bench archive``: how fast the archive is built and asked, with 300,000 articles in 60,000 stories."""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from services.archive.reading import archive_standing, front_page
from services.archive.reading.answers import StoriesWanted
from services.archive.reading.opening import Archive
from services.archive.shelf.file_places import Places
from services.cli.speech import watched
from services.cli.worker_processes import Engine
from services.workshop.streams.made_news import News
from services.workshop.timing import archive_questions, batch_writer
from services.workshop.timing.archive_feeding import room
from services.workshop.timing.command_times import children_s, took
from shared.kafka import declare
from shared.settings import Settings
from shared.wire import topics

COMMANDS = 5


def bench(settings: Settings, articles: int = 300_000) -> dict[str, Any]:
    """Write *articles* as link leaves them, let the archive be built of them, and return what that took and
    what its questions take.
    """
    with tempfile.TemporaryDirectory(prefix="archive-", dir=room(settings)) as home:
        ours = dataclasses.replace(settings, home=Path(home), archive_gb=1e6)
        news = News(articles, until_ms=time.time_ns() // 1_000_000)
        size = asyncio.run(_fill(ours, news))
        built = _built(ours)
        archive = Archive(ours)
        try:
            standing = archive_standing.standing(archive)
            found = {
                "articles": standing.articles,
                "stories": standing.stories,
                "bytes_of_a_record": round(size / articles),
                "file_gb": round(standing.size_bytes / 1e9, 2),
                "ingest_articles_per_s": round(articles / built["built_s"]),
                "ingest_cpu_s_per_1000": round(built["built_cpu_s"] / articles * 1000, 2),
                "worker_mb": round(built["worker_mb"]),
                "restart_s": round(built["restart_s"], 2),
                "restart_cpu_s": round(built["restart_cpu_s"], 2),
                **archive_questions.asked(archive, news),
            }
        finally:
            archive.close()
        return found | {"commands_s": _commands(ours)}


async def _fill(settings: Settings, news: News) -> int:
    """Write *news* as link does; return the bytes of its articles."""
    await declare.apply(settings)
    size = 0
    async with batch_writer.writing(settings) as writer:
        for number in watched(range(news.articles), "writing articles"):
            for one in news.told(number):
                size += len(one.value) if one.topic == topics.LINKED.name else 0
                await writer.write(one.topic, one.key, one.value, one.headers, at_ms=one.at_ms)
    return size


def _built(settings: Settings) -> dict[str, float]:
    """Let the archive be built by a worker, stop it, start it again; return what that took."""
    places, logs = Places.of(settings), settings.home / "logs"
    engine = Engine(settings, logs)
    found: dict[str, float] = {}
    try:
        for what in ("built", "restart"):
            begun = time.time()
            engine.start(["archive"])
            while (places.current_at() or 0.0) < begun:
                if engine.dead():
                    raise RuntimeError((logs / "archive.log").read_text()[-2000:])
                time.sleep(0.02)
            found[f"{what}_s"] = time.time() - begun
            found["worker_mb"] = max(found.get("worker_mb", 0.0), _resident_mb(engine.workers["archive"].pid))
            before = children_s()
            engine.stop()
            found[f"{what}_cpu_s"] = children_s() - before
    finally:
        engine.stop()
    return found


def _resident_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def _commands(settings: Settings) -> dict[str, dict[str, float]]:
    """Return what commands take, start and all, while a worker keeps the archive: medians."""
    engine = Engine(settings, settings.home / "logs")
    engine.start(["archive"])
    begun = time.time()
    while (Places.of(settings).current_at() or 0.0) < begun:
        time.sleep(0.05)
    archive = Archive(settings)
    card = front_page.stories(archive, StoriesWanted(limit=1)).stories[0]
    doc = card.headlines[0].doc_id
    archive.close()
    try:
        asked = {
            "alone": ["--help"],
            "story": ["story", card.story_id],
            "newest": ["story"],
            "why": ["why", doc],
            "search": ["search", "Sullivan"],
        }
        return {
            name: took(settings, command, runs=COMMANDS)
            for name, command in (asked | {"trace": ["trace", doc], "trace_cut": ["trace", doc[:10]]}).items()
        }
    finally:
        engine.stop()
        shutil.rmtree(settings.home / "logs", ignore_errors=True)
