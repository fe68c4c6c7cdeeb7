"""One transaction: records, and how far the topics were read, together.

Killed at any moment, both are there or neither is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from services.archive.core import Came, Told
from services.archive.shelf import opened, story_rows
from services.archive.shelf.article_rows import ArticleRows, ShelvedArticle
from services.archive.shelf.entity_rows import EntityRows
from services.archive.shelf.state_rows import enter_state
from shared.records import StoryEvent


class ShelvedStory(NamedTuple):
    """A story ready to be entered."""

    told: Told
    changed_ms: int
    packed: bytes


class ShelvedEvent(NamedTuple):
    """An event ready to be entered."""

    event: StoryEvent
    came: Came
    value: bytes


@dataclass(slots=True)
class Load:
    """What one transaction enters.

    Of a story the newest record alone; None removes it. *positions*: by topic, as JSON.

    *states* are the newest values of other topics, by the topic's logical name and their key.
    """

    articles: list[ShelvedArticle] = field(default_factory=list)
    stories: dict[str, ShelvedStory | None] = field(default_factory=dict)
    events: list[ShelvedEvent] = field(default_factory=list)
    states: dict[str, dict[bytes, bytes | None]] = field(default_factory=dict)
    positions: dict[str, bytes] = field(default_factory=dict)
    unreadable: int = 0


class Keeper:
    """The one who writes to a file. Used by one thread at a time."""

    def __init__(self, file: Path) -> None:
        self.connection = opened.to_write(file)
        self._entities = EntityRows(self.connection)
        self.articles = ArticleRows(self.connection, self._entities)

    def write(self, load: Load) -> None:
        """Enter *load* in one transaction."""
        with self.transaction():
            # the last one counts
            once = {(article.entry.doc_id, article.entry.rev): article for article in load.articles}
            self.articles.enter(list(once.values()))
            self._entities.write()
            for story_id, story in load.stories.items():
                if story is None:
                    story_rows.remove_story(self.connection, story_id)
                else:
                    story_rows.enter_story(self.connection, *story)
            for event in load.events:
                story_rows.enter_event(self.connection, *event)
            for topic, values in load.states.items():
                for key, value in values.items():
                    enter_state(self.connection, topic, key, value)
            self.note(load.positions)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Give a transaction that is taken back when it ends with an exception."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            self._entities.forget()
            raise
        self.connection.execute("COMMIT")

    def note(self, values: Mapping[str, bytes | str | int]) -> None:
        """Note values of the file's state, inside of a transaction."""
        self.connection.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", list(values.items()))

    def state(self, name: str) -> bytes | str | int | None:
        """Return a value of the file's state."""
        found = self.connection.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
        return None if found is None else found[0]

    def forget(self) -> None:
        """Give up what is remembered of the file, after something was removed from it."""
        self._entities.forget()

    def close(self) -> None:
        """Close the file."""
        self.connection.close()
