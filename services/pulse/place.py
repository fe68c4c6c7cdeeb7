"""Where pulse keeps its counts and its dead letters, and how a window is spelled in its changelog."""

from __future__ import annotations

import msgspec
import orjson

from services.pulse.core import Hour, Key
from shared.topics import LINKED, Topic, dead

NAME = "pulse"

COUNTS = Topic(
    name="khabar.pulse.counts",
    key="partition, language, source; hour",
    record="articles by minute, last offset",
    partitions=LINKED.partitions,  # Faust wants a table's changelog to have its source's
    retention_days=None,  # a window that is forgotten leaves a tombstone
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
