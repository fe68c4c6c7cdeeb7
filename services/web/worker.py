"""``khabar run web``: answers until SIGTERM; open streams end at once, so that nobody waits for a browser."""

from __future__ import annotations

import asyncio
import logging
import socket

from aiohttp import web

from services.web.library import Library
from services.web.serving.page_metrics import PageMetrics
from services.web.serving.page_socket import claimed
from services.web.serving.site import Site
from shared.logs import say
from shared.settings import Settings
from shared.version import VERSION
from shared.worker import lifetime, listening

NAME = "web"
PATIENCE_S = 2.0
"""How long answers that are being written may take when the worker ends."""


async def serve(site: Site, place: socket.socket, stop: asyncio.Event) -> None:
    """Answer at *place* until *stop*."""
    runner = web.AppRunner(
        site.application(), access_log=None, shutdown_timeout=PATIENCE_S, handle_signals=False
    )
    await runner.setup()
    try:
        await web.SockSite(runner, place).start()
        say("serving", door=NAME, address=listening.address(place))
        await stop.wait()
    finally:
        await runner.cleanup()


def main(settings: Settings) -> None:
    """Answer until SIGTERM or SIGINT, and end the process.

    Raises BadSetting or OSError when it cannot listen where it is told to.
    """
    place = claimed(settings)
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)  # what a client got wrong it hears itself
    library = Library(settings)
    site = Site(settings, library, PageMetrics.create(version=VERSION))

    async def work(stop: asyncio.Event) -> None:
        try:
            await serve(site, place, stop)
        finally:
            library.close()

    lifetime.run(settings, NAME, work, library.ready)
