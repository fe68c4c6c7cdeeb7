"""The archive where it can answer for the topics: it is kept, of this broker, and of the shown run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import orjson
from aiokafka import ConsumerRecord

from services.archive.reading import article_page, story_page
from services.archive.reading.article_page import KeptRecord
from services.archive.reading.opening import Archive, NoArchive
from services.cli.lookups import shown_run
from services.cli.lookups.topic_search import long_enough
from services.cli.speech import FOUND_WRONG, Failure
from shared.kafka import clients
from shared.settings import Settings
from shared.wire import topics
from shared.wire.headers import rfc3339


@contextmanager
def archived(settings: Settings) -> Iterator[Archive | None]:
    """Give the archive when it holds what the topics do, else None: then the topics are to be asked."""
    with suppress(NoArchive):
        archive = Archive(settings)
        try:
            yield (
                archive
                if archive.is_current and _is_shown(settings, archive) and _is_of(settings, archive)
                else None
            )
        finally:
            archive.close()
        return
    yield None


def kept(settings: Settings) -> Archive:
    """Return the archive, however old it is; raises Failure when there is none."""
    try:
        return Archive(settings)
    except NoArchive as error:
        raise Failure(
            str(error),
            "build one, and keep it, with: ./khabar run archive   (it is part of ./khabar run all)",
        ) from None


def _is_shown(settings: Settings, archive: Archive) -> bool:
    """Say whether the archive is of the shown run: the one that was named, else what readers see."""
    return not shown_run.is_named() or archive.made_from()["run"] == settings.run


def _is_of(settings: Settings, archive: Archive) -> bool:
    """Say whether the archive was made from the broker of *settings*: by address, or else by cluster id."""
    made_from = archive.made_from()
    return made_from["kafka"] == settings.kafka or made_from["cluster"] == asyncio.run(
        clients.cluster_id(settings)
    )


def document(archive: Archive, doc: str) -> str | None:
    """Return the id of the one article whose id is or begins with *doc*; None when the archive has none.

    Raises Failure: several, or too short.
    """
    return _only(
        article_page.documents_beginning(archive, doc), doc, "articles begin with", "give more of the id"
    )


def story(archive: Archive, wanted: str) -> tuple[dict[str, Any], list[str]] | None:
    """Return the record of the story whose id begins with *wanted*, and the ids it was merged through.

    Aliases are followed.
    """
    found = _only(
        story_page.ids_beginning(archive, wanted),
        wanted,
        "stories have an id that begins with",
        "list the newest with: ./khabar story",
    )
    record = None if found is None else story_page.record(archive, found)
    return None if record is None else (orjson.loads(record[0]), record[1])


def _only(found: list[str], cut: str, many: str, advice: str) -> str | None:
    if cut in found:
        return cut
    long_enough(cut)
    if len(found) > 1:
        raise Failure(f"{len(found)} {many} {cut}: {', '.join(found)}", advice, code=FOUND_WRONG)
    return found[0] if found else None


def record_of(doc_id: str, kept: KeptRecord) -> ConsumerRecord:
    """Return a revision as the record that it was in ``articles.linked``."""
    key = doc_id.encode()
    return ConsumerRecord(
        topic=topics.spelled(topics.LINKED.name, kept.run),
        partition=kept.partition,
        offset=kept.offset,
        timestamp=0,
        timestamp_type=0,
        key=key,
        value=kept.value,
        checksum=None,
        serialized_key_size=len(key),
        serialized_value_size=len(kept.value),
        headers=[(name, value.encode()) for name, value in kept.headers.items()],
    )


def age(archive: Archive) -> str:
    """Return since when the archive has not had all, in words; nothing when it is current."""
    return (
        ""
        if archive.is_current
        else f"the archive holds what there was at {rfc3339(int(archive.current_at * 1000))[:19]}"
    )
