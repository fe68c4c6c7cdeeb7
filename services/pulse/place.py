"""Where pulse keeps its counts and its dead letters, and how a window is spelled in its changelog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import override

import msgspec
import orjson

from services.pulse.core import Hour, Key
from shared.topics import LINKED, Topic, dead

NAME = "pulse"
KEEP_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowTopic(Topic):
    """A changelog of windows: the last value of a window, for as long as windows are kept."""

    @override
    def configs(self) -> dict[str, str]:
        """Return the topic's Kafka settings."""
        return Topic.configs(self) | {"cleanup.policy": "compact,delete"}


COUNTS = WindowTopic(
    name="khabar.pulse.counts",
    key="partition, language, source; hour",
    record="articles by minute, last offset",
    partitions=LINKED.partitions,  # Faust wants a table's changelog to have its source's
    retention_days=KEEP_DAYS,
    writers=(NAME,),
    readers=(NAME, "web", "status"),
)
DEAD = Topic(
    name=dead(NAME),
    key="as it came",
    record="the original bytes",
    partitions=1,
    retention_days=90,
    writers=(NAME,),
    readers=("dead",),
)


def unspell(key: bytes, value: bytes) -> tuple[Key, int, Hour]:
    """Return whose window a changelog record holds, when it began (Unix seconds), and the window."""
    (partition, lang, source), (begin, _end) = orjson.loads(key)
    return Key(partition, lang, source), int(begin), msgspec.convert(orjson.loads(value), Hour)
