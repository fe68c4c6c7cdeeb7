"""An archive in a folder, filled without Kafka: articles, stories and events as a test says them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson

from services.archive.reading.opening import Archive
from services.archive.shelf.file_places import Places
from services.archive.shelf.keeper import Keeper, Load
from services.archive.shelving import Shelving
from services.workshop.streams.made_news import News
from shared.settings import Settings
from shared.wire import topics
from shared.wire.headers import rfc3339

NOON = 1_769_428_800_000
MINUTE = 60_000
BY = {"stage": "link", "version": "1"}


class Shelf:
    """What link would have written, entered at once; each record comes a minute after the one before it."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home)
        self.places = Places.of(self.settings)
        self.file = self.places.file(0)
        self.keeper = Keeper(self.file)
        self.shelving, self.turn, self.unreadable = Shelving(), 0, 0
        self.readers: list[Archive] = []
        self._gathered: Load | None = None
        self.template = orjson.loads(next(News(1, until_ms=NOON, words=20).records()).value)
        self.story_template = orjson.loads(list(News(1, until_ms=NOON, words=20).records())[1].value)

    def reader(self) -> Archive:
        self.places.swap(self.file)
        self.places.touch(time.time())
        self.readers.append(Archive(self.settings))
        return self.readers[-1]

    def close(self) -> None:
        self.keeper.close()
        for one in self.readers:
            one.close()

    def article(
        self, doc: str, text: str, *, story: str = "s1", rev: int = 1, lang: str = "fa", **more: Any
    ) -> int:
        """Enter an article; *names*: its entities as (id, type, surface). Returns when it came."""
        names = more.get("names", ())
        value = self.template | {
            "doc_id": doc,
            "rev": f"{doc}-{rev}",
            "rev_no": rev,
            "source": {"id": more.get("source", "a")},
        }
        value["clean"] = value["clean"] | {
            "text": text,
            "title": {"text": text.partition("\n")[0], "span": {"start": 0, "end": 1}},
        }
        value["language"] = value["language"] | {"lang": lang}
        value["linked"] = value["linked"] | {"story_id": story} | more.get("linked", {})
        value["entities"] = value["entities"] | {
            "places": [],
            "mentions": [
                {"id": f"m{n}", "exact": surface, "entity_id": name}
                for n, (name, _, surface) in enumerate(names)
            ],
            "entities": [
                {"entity_id": name, "type": kind, "label": {lang: surface}, "names_used": [surface]}
                for name, kind, surface in names
            ],
        }
        return self._enter(topics.LINKED, doc, value)

    def story(self, story: str, docs: list[str], **more: Any) -> int:
        members = {
            "n": len(docs),
            "by_lang": more.pop("by_lang", {"fa": len(docs)}),
            "by_source": more.pop("by_source", {"a": len(docs)}),
        }
        value = self.story_template | {
            "story_id": story,
            "doc_ids": docs,
            "members": members,
            "timeline": [],
            "top_entities": [],
            "places": [],
        }
        return self._enter(topics.STORIES, story, value | more)

    def event(self, kind: str, story: str, other: str, **detail: Any) -> int:
        value = {
            "schema": 1,
            "story_id": story,
            "event": kind,
            "other_id": other,
            "at": rfc3339(NOON),
            "detail": detail,
            "by": BY,
        }
        return self._enter(topics.STORY_EVENTS, story, value)

    def state(self, topic: topics.Topic, key: str, value: bytes | None) -> None:
        """Enter a value of a topic of states: a run, a diff …"""
        load = Load()
        self.shelving.states(
            load,
            topic.name,
            [SimpleNamespace(topic=topic.name, partition=0, offset=0, key=key.encode(), value=value)],
        )
        self.unreadable += load.unreadable
        self.keeper.write(load)

    def raw(self, topic: topics.Topic, key: str, value: bytes) -> int:
        self.turn += 1
        at_ms = NOON + self.turn * MINUTE
        headers = [
            ("khabar-origin", f"articles.raw/0/{self.turn}/{at_ms}".encode()),
            ("khabar-cause", f"articles.extracted/0/{self.turn}/{at_ms}".encode()),
        ]
        record = SimpleNamespace(
            topic=topic.name,
            partition=0,
            offset=self.turn,
            timestamp=0,
            headers=headers,
            key=key.encode(),
            value=value,
        )
        load = self._gathered or Load(positions={"articles": b"%d" % self.turn})
        add = {
            topics.LINKED.name: self.shelving.articles,
            topics.STORIES.name: self.shelving.stories,
            topics.STORY_EVENTS.name: self.shelving.events,
        }
        add[topic.name](load, [record])
        self.unreadable += load.unreadable
        if load is not self._gathered:
            self.keeper.write(load)
        return at_ms

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Enter what is said meanwhile in one transaction."""
        self._gathered = Load()
        yield
        self.keeper.write(self._gathered)
        self._gathered = None

    def _enter(self, topic: topics.Topic, key: str, value: dict[str, Any]) -> int:
        return self.raw(topic, key, orjson.dumps(value))
