"""Makes records from Kafka ready to be entered, in a thread of its own, while former ones are written."""

from __future__ import annotations

from collections.abc import Sequence

from aiokafka import ConsumerRecord

from services.archive import core
from services.archive.core import Came
from services.archive.shelf import packing
from services.archive.shelf.article_rows import ShelvedArticle
from services.archive.shelf.keeper import Load, ShelvedEvent, ShelvedStory
from services.archive.shelf.state_rows import SHELVES
from shared.contract import Origin
from shared.errors import BadRecord
from shared.logs import warn
from shared.wire import codec, headers, topics


class Shelving:
    """Makes loads.

    What cannot be read is counted in them: a view has no dead letters, the record stays in its topic.
    """

    def articles(self, load: Load, records: Sequence[ConsumerRecord]) -> None:
        """Add the articles of *records* to *load*."""
        for record in records:
            came = came_of(record, topics.LINKED)
            try:
                entry = core.entry(record.value or b"", came.at_ms)
            except BadRecord as error:
                _pass_over(load, record, error)
            else:
                load.articles.append(ShelvedArticle(entry, came, packing.pack(record.headers, record.value)))

    def events(self, load: Load, records: Sequence[ConsumerRecord]) -> None:
        """Add the events of *records* to *load*."""
        for record in records:
            try:
                event = core.event(record.value or b"")
            except BadRecord as error:
                _pass_over(load, record, error)
            else:
                load.events.append(ShelvedEvent(event, came_of(record, topics.STORY_EVENTS), record.value))

    def stories(self, load: Load, records: Sequence[ConsumerRecord]) -> None:
        """Add the newest record of each story among *records* to *load*."""
        newest = {record.key: record for record in records}
        for key, record in newest.items():
            story_id = (key or b"").decode("utf-8", "replace")
            if record.value is None:
                load.stories[story_id] = None
                continue
            try:
                told = core.told(record.value)
            except BadRecord as error:
                _pass_over(load, record, error)
            else:
                changed_ms = came_of(record, topics.STORIES).at_ms
                load.stories[told.story.story_id] = ShelvedStory(
                    told, changed_ms, packing.pack(record.headers, record.value)
                )

    def states(self, load: Load, topic: str, records: Sequence[ConsumerRecord]) -> None:
        """Add the newest values among *records* of the logical *topic* to *load*."""
        for key, record in {record.key or b"": record for record in records}.items():
            try:
                if record.value is not None:
                    codec.decode(record.value, SHELVES[topic].record)
            except BadRecord as error:
                _pass_over(load, record, error)
            else:
                load.states.setdefault(topic, {})[key] = record.value


def came_of(record: ConsumerRecord, topic: topics.Topic) -> Came:
    """Return where *record* of the logical *topic* lies and what brought it about.

    A record of a foreign producer came when it was written.
    """
    run = topics.run_of(record.topic, topic.name)
    given = headers.well_formed(record.headers)
    first, cause = headers.get(given, headers.ORIGIN), headers.get(given, headers.CAUSE)
    at_ms = Origin.parse(first).timestamp_ms if first else record.timestamp
    turn = Origin.parse(cause).offset if cause else record.offset
    return Came(run, record.partition, record.offset, at_ms, turn)


def _pass_over(load: Load, record: ConsumerRecord, error: BadRecord) -> None:
    load.unreadable += 1
    place = f"{record.topic}/{record.partition}/{record.offset}"
    warn("not-archived", place=place, reason=error.reason, detail=error.detail[:200])
