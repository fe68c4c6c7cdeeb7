"""A news site of a test: pages in Persian, Arabic and English that are the same every time, linked with each
other, served step by step.
"""

from __future__ import annotations

import contextlib
import math
import random
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from services.workshop.streams.short_articles import WORDS

LINKS = 6
"""Each page links to so many that follow it: the crawl goes on while some wait."""


class NewsSite:
    """*count* pages under ``/news/``; only so many requests are answered as are *allowed*."""

    def __init__(self, count: int) -> None:
        self.count, self.allowed = count, math.inf
        self.served: Counter[int] = Counter()
        self.changed = threading.Condition()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def page(self, number: int) -> tuple[bytes, str]:
        """Return a page's bytes and its content type; some are in the charset of the old days, and not all of
        these say so.
        """
        plan = random.Random(number)
        language = sorted(WORDS)[number % 3]
        lines = [
            " ".join(plan.choices(WORDS[language], k=plan.randint(15, 40))) + "."
            for _ in range(plan.randint(2, 4))
        ]
        links = "".join(
            f'<a href="/news/{(number + step) % self.count}">{step}</a>' for step in range(1, LINKS + 1)
        )
        text = "".join(f"<p>{number} {line}</p>\r\n" for line in lines)
        old = language == "ar" and number % 2 == 0
        meta = "" if old else '<meta charset="utf-8">'
        html = f'<!doctype html><html lang="{language}">{meta}<title>{number}</title><article>{text}</article><nav>{links}</nav></html>'
        return html.encode(
            "cp1256" if old else "utf-8"
        ), "text/html; charset=windows-1256" if old and number % 4 else "text/html"

    def allow(self, pages: int) -> None:
        """Let so many pages be served, and return when they are."""
        with self.changed:
            self.allowed = pages
            self.changed.notify_all()
            assert self.changed.wait_for(lambda: self.served.total() >= pages, 120), (
                f"{self.served.total()} of {pages} pages were asked for"
            )

    def serve(self, number: int) -> tuple[bytes, str]:
        """Return a page when it may be served."""
        with self.changed:
            self.changed.wait_for(lambda: self.served.total() < self.allowed, 240)
            self.served[number] += 1
            self.changed.notify_all()
        return self.page(number)


class _Handler(BaseHTTPRequestHandler):
    site: NewsSite

    def do_GET(self) -> None:
        if not self.path.startswith("/news/"):
            self.send_error(404)
            return
        body, kind = self.site.serve(int(self.path.rpartition("/")[2]))
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


@contextlib.contextmanager
def served(site: NewsSite) -> Iterator[NewsSite]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"site": site}))
    server.daemon_threads = True
    site.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
