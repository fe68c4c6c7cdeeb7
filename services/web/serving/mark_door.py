"""Takes what a reader says of two articles: one story or not.

Who may say it, from where, and what becomes of it.
"""

from __future__ import annotations

import asyncio
import time
from typing import NamedTuple
from urllib.parse import urlsplit

from aiohttp import web

from services.archive.reading import gold_marks
from services.archive.reading.answers import MarkPage
from services.archive.reading.opening import Archive
from services.web.addresses import with_query
from services.web.library import Library
from services.web.serving.mark_pass import LASTS_S, MarkPass
from services.web.serving.mark_sender import MarkSender
from services.web.views.asked import NotFound, Unreadable
from shared.records.mark import Mark
from shared.settings import Settings
from shared.wire import headers

COOKIE = "khabar-mark"
LONGEST_NAME, LONGEST_NOTE = 80, 400
MOST_BYTES = 8192
"""Of a form: two ids, a name and a note, in letters that take six bytes each on the way."""

WRONG_TOKEN_S = 1.0
"""Whoever guesses waits."""


class Marking(NamedTuple):
    """What the pages must know: whether marks are taken, and the form's *key* for who has shown the token."""

    taken: bool
    key: str


class MarkDoor:
    """The door of one worker; closed where there is no token or no broker."""

    def __init__(self, settings: Settings, library: Library) -> None:
        self._settings, self._library = settings, library
        self._pass = MarkPass(settings.web_token if settings.kafka else "")
        self._sender = MarkSender(settings)

    def marking(self, request: web.Request) -> Marking:
        """Return what the pages for *request* need to know."""
        given = request.cookies.get(COOKIE, "")
        return Marking(bool(self._pass), self._pass.key(given) if self._pass.good(given, time.time()) else "")

    async def take(self, request: web.Request) -> web.Response:
        """Take a mark, and lead back to its page.

        Raises NotFound, Unreadable, NotTaken, and failures of HTTP.
        """
        if not self._pass:
            raise NotFound
        self._require_from_here(request)
        if request.content_type != "application/x-www-form-urlencoded":
            raise Unreadable("a mark comes as a form")
        form = {
            name: value.strip() for name, value in (await request.post()).items() if isinstance(value, str)
        }
        shown = await self._require_allowed(request, form)
        mark = await self._library.ask(_marked, form)
        if mark is None:
            raise NotFound
        await self._sender.send(mark)
        back = with_query("/mark", first=mark.first, second=mark.second, noted="yes" if mark.same else "no")
        made = web.Response(status=303, headers={"Location": back})
        if shown:
            secure = urlsplit(self._settings.base_url).scheme == "https"
            given = self._pass.issued(time.time())
            made.set_cookie(
                COOKIE, given, max_age=LASTS_S, path="/", httponly=True, samesite="Strict", secure=secure
            )
        return made

    async def close(self) -> None:
        """Let Kafka go."""
        await self._sender.close()

    def _require_from_here(self, request: web.Request) -> None:
        """Raise HTTPForbidden when a browser says that another site has made it ask."""
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise web.HTTPForbidden
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc not in (
            request.host,
            urlsplit(self._settings.base_url).netloc,
        ):
            raise web.HTTPForbidden

    async def _require_allowed(self, request: web.Request, form: dict[str, str]) -> bool:
        """Return whether the token itself was shown.

        Raises HTTPUnauthorized when neither it was nor a good pass with the key of its form.
        """
        kind, _, bearer = request.headers.get("Authorization", "").partition(" ")
        if self._pass.shows(form.get("token", "")) or (kind == "Bearer" and self._pass.shows(bearer.strip())):
            return True
        given = request.cookies.get(COOKIE, "")
        if (
            not form.get("token")
            and self._pass.good(given, time.time())
            and self._pass.fits(form.get("key", ""), given)
        ):
            return False
        await asyncio.sleep(WRONG_TOKEN_S)
        raise web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Bearer realm="khabar"'})


def _marked(archive: Archive, form: dict[str, str]) -> Mark | None:
    """Return the mark that *form* gives, with what the engine says of the two; raises Unreadable.

    It is None when the archive lacks one of the articles.
    """
    if form.get("same") not in ("yes", "no"):
        raise Unreadable("same is yes or no")
    found: MarkPage | None = gold_marks.pair(archive, form.get("first", ""), form.get("second", ""))
    if found is None:
        return None
    first, second = (one.article.doc_id for one in found.articles)
    return Mark(
        first=first,
        second=second,
        same=form["same"] == "yes",
        at=headers.now(),
        by=form.get("by", "")[:LONGEST_NAME],
        note=form.get("note", "")[:LONGEST_NOTE],
        together=found.together,
        run=archive.made_from()["run"],
    )
