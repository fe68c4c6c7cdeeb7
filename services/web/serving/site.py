"""The site: which page an address is, in which form, with which headers; every failure is a page too."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from services.web.addresses import path, with_query
from services.web.library import Library
from services.web.serving.event_stream import EventStream
from services.web.serving.export_pages import EXPORTS, Export
from services.web.serving.mark_door import MOST_BYTES, MarkDoor
from services.web.serving.page_metrics import PageMetrics
from services.web.serving.page_problem import problem_of
from services.web.serving.pages_openapi import document
from services.web.serving.rendering import Renderer
from services.web.tongue import Tongue, chosen, tongue
from services.web.views.article_view import article
from services.web.views.asked import Asked, NotFound, Shown
from services.web.views.entity_view import entity
from services.web.views.front_view import front
from services.web.views.mark_view import mark
from services.web.views.ops_view import ops
from services.web.views.run_view import run, runs
from services.web.views.search_view import search
from services.web.views.story_view import story
from shared.settings import Settings

STATIC = Path(__file__).parents[1] / "static"
View = Callable[[Asked], Awaitable[Shown]]
VIEWS: dict[str, View] = {"search": search, "mark": mark, "runs": runs, "ops": ops}
NAMED: dict[str, View] = {"story": story, "article": article, "entity": entity, "runs": run}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
COOKIE, A_YEAR_S = "khabar-interface", 31_536_000
KEPT = "public, max-age=86400"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
ENCODER = msgspec.json.Encoder()


class Site:
    """Answers the requests of one worker."""

    def __init__(self, settings: Settings, library: Library, metrics: PageMetrics) -> None:
        self._settings, self._library, self._metrics = settings, library, metrics
        self._renderer, self._stream = Renderer(), EventStream(library, metrics)
        self._marks = MarkDoor(settings, library)

    def application(self) -> web.Application:
        """Return what answers; it takes no bodies but the form of a mark."""
        made = web.Application(middlewares=[self._guarded], client_max_size=MOST_BYTES)
        add = made.router.add_get
        add("/", self._page("stories", front))
        add("/index.json", self._page("stories", front, as_json=True))
        for address, export in EXPORTS.items():
            add(address, self._file(export))
        add("/openapi.json", self._described)
        for name, view in VIEWS.items():
            add(f"/{name}", self._page(name, view))
            add(f"/{name}.json", self._page(name, view, as_json=True))
        for name, view in NAMED.items():
            add(f"/{name}/{{name:.+}}.json", self._page(name, view, as_json=True))
            add(f"/{name}/{{name:.+}}", self._page(name, view))
        made.router.add_post("/mark", self._marks.take)
        made.router.add_get("/events", self._stream.follow)
        made.cleanup_ctx.append(self._watching)
        made.on_shutdown.append(self._ending)
        made.router.add_static("/static", STATIC, follow_symlinks=False)
        return made

    async def _watching(self, _: web.Application) -> AsyncIterator[None]:
        looking = asyncio.create_task(self._stream.watch())
        yield
        looking.cancel()

    async def _ending(self, _: web.Application) -> None:
        await self._stream.end()
        await self._marks.close()

    def _page(
        self, kind: str, view: View, *, as_json: bool = False
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            asked = self._asked(request)
            try:
                shown = await view(asked)
            except NotFound:
                if not (as_json and asked.name):
                    raise
                asked = dataclasses.replace(asked, name=f"{asked.name}.json")  # an id may end like this
                return self._html(request, asked, await view(asked), kind=kind)
            if as_json:
                return web.Response(body=ENCODER.encode(shown.answer), content_type="application/json")
            return self._html(request, asked, shown, kind=kind)

        return answer

    def _file(self, export: Export) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            taken = await export(self._asked(request))
            return web.Response(
                body=taken.body, headers={"Content-Type": f"{taken.media_type}; charset=utf-8"}
            )

        return answer

    async def _described(self, _: web.Request) -> web.Response:
        return web.Response(body=document(), content_type="application/json")

    def _asked(self, request: web.Request) -> Asked:
        return Asked(
            self._library,
            self._tongue(request),
            request.query,
            self._base(request),
            request.match_info.get("name", ""),
        )

    def _tongue(self, request: web.Request) -> Tongue:
        said = chosen(
            request.query.get("ui"), request.cookies.get(COOKIE), request.headers.get("Accept-Language", "")
        )
        return tongue(said)

    def _base(self, request: web.Request) -> str:
        return self._settings.base_url.rstrip("/") or f"{request.scheme}://{request.host}"

    def _html(
        self, request: web.Request, asked: Asked, shown: Shown, *, kind: str, status: int = 200
    ) -> web.Response:
        query = {key: value for key, value in request.query.items() if key != "ui"}
        name = asked.name
        place = request.rel_url.raw_path
        json = f"{path(kind, name)}.json" if name else "/index.json" if kind == "stories" else f"/{kind}.json"
        around = {
            "kind": kind,
            "place": place,
            "json": with_query(json, query),
            "here": query,
            "marking": self._marks.marking(request),
        }
        text = self._renderer.page(shown, asked.tongue, **around)
        made = web.Response(
            text=text, content_type="text/html", status=status, headers={"Vary": "Accept-Language, Cookie"}
        )
        if (ui := request.query.get("ui")) == asked.tongue.lang:
            made.set_cookie(COOKIE, ui, max_age=A_YEAR_S, httponly=True, samesite="Lax")
        return made

    @web.middleware
    async def _guarded(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Turn failures into pages, and put on every answer what keeps a page harmless."""
        begun = time.perf_counter()
        try:
            self._require_our_name(request)
            made = await handler(request)
        except Exception as error:  # noqa: BLE001 - every failure is an answer: whoever asked must hear something, and the worker stays
            made = self._failed(request, error)
        if not made.prepared:
            made.headers.update(HEADERS)
            if request.path.startswith("/static/"):
                made.headers["Cache-Control"] = KEPT
            else:
                made.headers.setdefault("Cache-Control", "no-cache")
            if isinstance(made, web.Response) and made.body:
                made.enable_compression()
        self._metrics.note(request.path, made.status, time.perf_counter() - begun)
        return made

    def _require_our_name(self, request: web.Request) -> None:
        """Raise HTTPMisdirectedRequest when a foreign name leads to our loopback address (DNS rebinding)."""
        host = urlsplit(f"//{request.host}").hostname
        ours = LOOPBACK | {self._settings.web_host, urlsplit(self._settings.base_url).hostname}
        if self._settings.web_host in LOOPBACK and host not in ours:
            raise web.HTTPMisdirectedRequest

    def _failed(self, request: web.Request, error: Exception) -> web.Response:
        found = problem_of(error)
        if request.path.endswith((".json", ".csv", ".jsonld", ".rss", ".ninjs")) or request.path == "/events":
            said = {"title": found.title, "status": found.status, "detail": found.detail}
            return web.Response(
                status=found.status,
                body=ENCODER.encode(said),
                content_type="application/problem+json",
                headers=found.headers,
            )
        asked = Asked(self._library, self._tongue(request), {}, self._base(request))
        words = asked.tongue.words
        shown = Shown(
            "problem.html",
            words.get(found.key, found.title),
            None,
            {"problem": found, "text": words.get(f"{found.key}_text", "")},
        )
        made = self._html(request, asked, shown, kind="problem", status=found.status)
        made.headers.update(found.headers)
        return made
