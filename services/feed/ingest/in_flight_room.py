"""How much may be between a client and Kafka at once: bytes unpacked and articles not yet confirmed.

Beyond it the door says 429.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from services.feed.ingest.http_problem import later

MOST_BYTES = 64 << 20
MOST_ARTICLES = 20_000
"""Both are held about twice (a body and its lines, a line and its record): 64 MB are 150 MB of memory at
worst.
"""

AFTER_S = 1


class Room:
    """What of the room is taken."""

    def __init__(self, most_bytes: int = MOST_BYTES, most_articles: int = MOST_ARTICLES) -> None:
        self._most_bytes, self._most_articles = most_bytes, most_articles
        self.bytes = self.articles = 0

    @contextmanager
    def share(self) -> Iterator[Share]:
        """Give a request its share, and take it back."""
        made = Share(self)
        try:
            yield made
        finally:
            self.bytes -= made.bytes
            self.articles -= made.articles

    def require(self) -> None:
        """Raise Problem 429 when there is no room left."""
        if self.bytes > self._most_bytes or self.articles > self._most_articles:
            raise later(429, "too much is on its way to Kafka", AFTER_S)


class Share:
    """What one request has taken."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.bytes = self.articles = 0

    def take(self, *, size: int = 0, articles: int = 0) -> None:
        """Take more; raises Problem 429 when that is too much."""
        self.bytes += size
        self.articles += articles
        self._room.bytes += size
        self._room.articles += articles
        self._room.require()
