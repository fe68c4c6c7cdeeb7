"""Watches the files that clients log in with: after a renewal clients are made anew."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from shared.kafka.access import credentials, refusals
from shared.kafka.access.credentials import BadLogin
from shared.kafka.ending import end
from shared.logs import say, warn
from shared.settings import Settings

LOOK_EVERY_S = 2.0


async def renewed(settings: Settings) -> None:
    """Return when the files have changed and can be used; never for plaintext.

    Usable means that they stand still, fit together, and Kafka lets them in.

    What cannot be used is said once, and the clients that there are go on with what they have: one file of a
    pair may come before the other, and a password may be written here before the broker knows it.
    """
    if settings.kafka_security == "plaintext":
        await asyncio.Event().wait()
    before = seen = _stamp(settings)
    told_before = ""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        now, last = _stamp(settings), seen
        seen = now
        if now in (before, None) or now != last:
            continue
        try:
            why = await refusals.why_refused(settings)
        except BadLogin as error:
            why = str(error)
        if why is None:
            say("renewed", user=settings.kafka_username)
            return
        if why != told_before:
            warn("renewal-refused", error=why)
            told_before = why


async def until_renewed(settings: Settings, work: Coroutine[Any, Any, None]) -> bool:
    """Do *work* to its end and return False; or end it, and return True, when the files were renewed before.

    Raises what *work* raises.
    """
    working, watching = asyncio.ensure_future(work), asyncio.ensure_future(renewed(settings))
    try:
        await asyncio.wait([working, watching], return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
            return False
        watching.result()
        return True
    finally:
        watching.cancel()
        if not working.done():
            await end(working)


def _stamp(settings: Settings) -> credentials.Stamp | None:
    """Return the version of the files; None while one of them is away."""
    try:
        return credentials.stamp(settings)
    except BadLogin:
        return None
