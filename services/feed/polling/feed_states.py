"""Keeps what is known of the feeds in the compacted topic ``control.feeds``.

A poller that starts goes on where the last one stopped.
"""

from __future__ import annotations

import msgspec

from services.feed.polling.schedule import FeedState
from shared.kafka import clients
from shared.logs import warn
from shared.settings import Settings
from shared.wire import codec, topics

TOPIC = topics.FEEDS.name


async def load(settings: Settings) -> dict[str, FeedState]:
    """Return the last state of every feed by its address.

    A feed whose state cannot be read is begun anew: what it sends twice, clean drops.
    """
    found: dict[str, FeedState] = {}
    for record in await clients.read_all(settings, [topics.spelled(TOPIC, settings.run)]):
        address = record.key.decode("utf-8", "replace")
        found.pop(address, None)
        if record.value is not None:
            try:
                found[address] = msgspec.json.decode(record.value, type=FeedState)
            except msgspec.DecodeError as error:
                warn("feed-state-unreadable", offset=record.offset, error=str(error)[:200])
    return found


def encoded(state: FeedState) -> bytes:
    """Return *state* as it lies in the topic."""
    return codec.encode(state)
