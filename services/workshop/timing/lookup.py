"""``bench lookup``: how long trace, story and status take where 300,000 articles lie."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.cli.speech import watched
from services.feed.core import doc_id
from services.link.stories.story_record import story_id
from services.workshop.timing import batch_writer
from services.workshop.timing.batch_writer import BatchWriter
from services.workshop.timing.command_times import took
from shared.contract import Emit, Origin
from shared.kafka import declare
from shared.settings import Settings
from shared.version import VERSION
from shared.wire import headers, topics
from shared.wire.topics import FLOW

DAYS_MS = 6 * topics.DAY_MS
"""Over so long the articles came: less than any topic keeps."""

SOURCES = 40
A_STORY = 3


def bench(settings: Settings, articles: int = 300_000) -> dict[str, Any]:
    """Write *articles* through all topics as small records, and return what commands take, start and all:
    seconds and CPU seconds.
    """
    now_ms = time.time_ns() // 1_000_000
    asyncio.run(_fill(settings, articles, now_ms))
    ids = {"oldest": _id(0), "middle": _id(articles // 2 // A_STORY * A_STORY), "newest": _id(articles - 1)}
    return {
        "articles": articles,
        "command_alone": took(settings, ["trace", "--help"]),
        "trace": {
            name: took(settings, ["trace", one, "--json"], answers=len(FLOW)) for name, one in ids.items()
        },
        "trace_cut_id": took(settings, ["trace", ids["oldest"][:12], "--json"], answers=len(FLOW)),
        "story": {
            name: took(settings, ["story", story_id(ids[name], 1), "--json"], answers=1)
            for name in ("oldest", "middle")
        },
        "newest_stories": took(settings, ["story"]),
        "status": took(settings, ["status", "--json"], answers=1),
    }


def _id(number: int) -> str:
    return doc_id(f"outlet-{number % SOURCES}", "canonical_url", f"https://example.org/{number}")


async def _fill(settings: Settings, articles: int, now_ms: int) -> None:
    """Write *articles* as the stages do, with their headers, and note for each stage that it has read all."""
    await declare.apply(settings)
    async with batch_writer.writing(settings) as writer:
        for number in watched(range(articles), "writing articles"):
            await _article(writer, number, now_ms - DAYS_MS + DAYS_MS * number // articles)
    for topic in FLOW[:-1]:
        (stage,) = topic.readers
        name = topics.spelled(topic.name, settings.run)
        ends = {TopicPartition(name, part): n for (of, part), n in writer.offsets.items() if of == topic.name}
        consumer = AIOKafkaConsumer(
            bootstrap_servers=settings.kafka,
            group_id=topics.group(stage, settings.run),
            enable_auto_commit=False,
        )
        await consumer.start()
        consumer.assign(list(ends))
        await consumer.commit(ends)
        await consumer.stop()


async def _article(writer: BatchWriter, number: int, at_ms: int) -> None:
    """Write one article as every stage leaves it, a second after the one before, and its story."""
    doc, source = _id(number), f"outlet-{number % SOURCES}"
    value = orjson.dumps({"doc_id": doc, "source": {"id": source}, "first_seen_at": headers.rfc3339(at_ms)})
    page = headers.Cause((), Origin("bench", 0, number, at_ms), 0, headers.rfc3339(at_ms))
    cause = await _write(
        writer,
        "feed",
        Emit(topics.RAW.name, source.encode(), value, "news.article.raw.v1", doc),
        page,
        at_ms=at_ms,
    )
    for step, (stage, topic) in enumerate(zip(topics.STAGES, FLOW[1:], strict=True), 1):
        emit = Emit(topic.name, doc.encode(), value, f"news.article.{topic.name.rpartition('.')[2]}.v1", doc)
        before, cause = cause, await _write(writer, stage, emit, cause, at_ms=at_ms + step * 1000)
    await _write(writer, "link", _story(number, at_ms), before, at_ms=at_ms + len(FLOW) * 1000)


async def _write(
    writer: BatchWriter, stage: str, emit: Emit, cause: headers.Cause, *, at_ms: int
) -> headers.Cause:
    """Write what *stage* sends at *at_ms* because of *cause*; return it as the cause of the next."""
    maker = headers.RecordMaker(
        stage=stage, version=VERSION, model_sha256="", run=writer.settings.run, instance="bench"
    )
    made = headers.output_headers(emit, maker, cause)
    if stage == "feed":
        made = [pair for pair in made if pair[0] not in {headers.ORIGIN, headers.CAUSE}]
    origin = await writer.write(emit.topic, emit.key, emit.value, made, at_ms=at_ms)
    return headers.Cause(made, origin, 0, headers.rfc3339(at_ms))


def _story(number: int, at_ms: int) -> Emit:
    """Return the story of an article as it leaves it: three in a row are one."""
    docs = [_id(one) for one in range(number - number % A_STORY, number + 1)]
    name = story_id(docs[0], 1)
    record = {
        "story_id": name,
        "version": len(docs),
        "status": "open",
        "label": {"en": f"Story {number // A_STORY}"},
        "last_at": headers.rfc3339(at_ms),
        "members": {"n": len(docs), "by_lang": {"en": len(docs)}},
        "doc_ids": docs,
    }
    return Emit(topics.STORIES.name, name.encode(), orjson.dumps(record), "news.story.state.v1", name)
