"""Asks for a feed once and says what follows: which articles are new, and when to ask again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from msgspec.structs import replace

from services.feed.polling import answer_headers, schedule
from services.feed.polling.delivered import marks, remembered
from services.feed.polling.entry_article import article_of, mark_of, shown
from services.feed.polling.feed_list import ListedFeed
from services.feed.polling.fetching import Answer, Failure, Fetcher, Unreachable, host_of
from services.feed.polling.parsing.document import Document
from services.feed.polling.schedule import FeedState
from services.feed.submission import Submission
from shared import guard
from shared.errors import BadRecord
from shared.logs import warn
from shared.wire.headers import rfc3339

OK, UNCHANGED, GONE = 200, 304, 410
SLOW_DOWN = frozenset({429, 503})

Outcome = Failure | Literal["news", "unchanged", "status", "unreadable", "gone", "bug"]
Read = Callable[[bytes, str, str], Awaitable[Document]]
"""Reads a body with its content type and address; raises BadRecord."""


@dataclass(frozen=True, slots=True)
class Polled:
    """How a poll ended; *state* holds once *articles* are delivered.

    With *follows*, the sitemaps that the state names are polled too.
    """

    outcome: Outcome
    state: FeedState
    articles: tuple[Submission, ...] = ()
    follows: bool = False


class Asker:
    """Asks through *fetcher*, reads through *read*; *chance* gives numbers from 0 to 1."""

    def __init__(self, fetcher: Fetcher, read: Read, chance: Callable[[], float]) -> None:
        self._fetcher, self._document, self._chance = fetcher, read, chance
        self._clock = fetcher.clock

    async def ask(self, feed: ListedFeed, state: FeedState) -> Polled:
        """Ask for *feed* once and say what follows; never raises but when it is cancelled."""
        try:
            answer = await self._fetcher.fetch(state)
            return await self._judged(feed, state, answer)
        except Unreachable as error:
            return self._failure(state, error.why, error.detail)
        except BadRecord as error:
            return self._failure(state, "unreadable", str(error))
        except Exception as error:  # noqa: BLE001 - a bug that one feed finds must not cost the others
            return self._failure(state, "bug", f"{type(error).__name__}: {error} at {guard.where(error)}")

    async def _judged(self, feed: ListedFeed, state: FeedState, answer: Answer) -> Polled:
        now_s, chance = self._clock.now(), self._chance()
        if answer.status == GONE:
            warn("feed-gone", feed=shown(feed.address), next_in_days=7)
            return Polled("gone", schedule.after_gone(state, now_s=now_s, chance=chance))
        fresh_s = answer_headers.fresh_for_s(
            answer.headers.get("Cache-Control", ""), answer.headers.get("Age", "")
        )
        if answer.status == UNCHANGED:
            state = schedule.after_answer(state, now_s=now_s, chance=chance, least_s=fresh_s, new=0, of=0)
            return Polled("unchanged", replace(state, moved_to=answer.moved_to))
        if answer.status == OK:
            document = await self._document(
                answer.body, answer.headers.get("Content-Type", ""), answer.address
            )
            return self._read(feed, state, answer, document, least_s=fresh_s)
        wait_s = answer_headers.retry_after_s(answer.headers.get("Retry-After", ""), now_s)
        if answer.status in SLOW_DOWN:
            self._fetcher.gates.hold(host_of(answer.address), wait_s)
        return self._failure(state, "status", f"status {answer.status}", retry_after_s=wait_s)

    def _read(
        self, feed: ListedFeed, state: FeedState, answer: Answer, document: Document, *, least_s: float
    ) -> Polled:
        """Say what is new in *document*.

        One that was cut off gets no validators, because the rest of it is still to come.
        """
        now_s = self._clock.now()
        known, found = marks(state.delivered), [mark_of(entry, feed) for entry in document.entries]
        fresh = {one: entry for one, entry in zip(found, document.entries, strict=True) if one not in known}
        at = rfc3339(round(1000 * now_s))
        articles = [article_of(entry, feed, home=document.home, fetched_at=at) for entry in fresh.values()]
        articles.reverse()  # the newest stands on top of a feed: it is told last
        state = replace(state, ttl_s=document.ttl_s, skip_hours=document.skip_hours)
        state = schedule.after_answer(
            state, now_s=now_s, chance=self._chance(), least_s=least_s, new=len(fresh), of=len(found)
        )
        state = replace(
            state,
            moved_to=answer.moved_to,
            etag="" if document.is_cut else answer.headers.get("ETag", ""),
            last_modified="" if document.is_cut else answer.headers.get("Last-Modified", ""),
            delivered=remembered(state.delivered, found),
            children=() if feed.of_index else document.children,
        )
        return Polled("news" if fresh else "unchanged", state, tuple(articles), follows=not feed.of_index)

    def _failure(
        self, state: FeedState, outcome: Outcome, detail: str, *, retry_after_s: float = 0.0
    ) -> Polled:
        now_s = self._clock.now()
        after = schedule.after_failure(state, now_s=now_s, chance=self._chance(), retry_after_s=retry_after_s)
        next_in_s = round(after.due_ms / 1000 - now_s)
        warn(
            "feed-failing",
            feed=shown(state.address),
            why=outcome,
            detail=detail[:200],
            errors=after.errors,
            next_in_s=next_in_s,
        )
        return Polled(outcome, after)
