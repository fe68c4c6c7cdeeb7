"""Logs: one JSON object a line on stderr, ids and numbers only, never article text."""

from __future__ import annotations

import logging
import re
import sys
import time

import orjson

LOGGER = logging.getLogger("khabar")

UNSAFE = re.compile("[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control and direction marks that would let a hostile title rewrite a terminal or split a line; orjson lets
them through.
"""


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON that still parses to the same text."""

    def format(self, record: logging.LogRecord) -> str:
        """Return *record* as one line."""
        fields = {
            "t": round(record.created, 3),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        fields |= getattr(record, "fields", {})
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        line = orjson.dumps(fields, default=str).decode()
        return UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", line)


class Seldom(logging.Filter):
    """Lets the same message of a client through once in ten seconds.

    An unreachable broker is one piece of news, not 80 lines a second.
    """

    def __init__(self, seconds: float = 10.0) -> None:
        super().__init__()
        self.seconds = seconds
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether *record* is to be written."""
        quiet = record.created - self._last.get(str(record.msg), -self.seconds) < self.seconds
        if not quiet:
            self._last[str(record.msg)] = record.created
        return not quiet or record.name == LOGGER.name


def set_up() -> None:
    """Send everything to stderr as JSON lines; the Kafka clients speak from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    handler.addFilter(Seldom())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    # it logs every rebalance step; ours say what matters
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    # in a worker a task that failed unseen is a fault to know of
    logging.getLogger("asyncio").setLevel(logging.NOTSET)
    LOGGER.setLevel(logging.INFO)


def say(event: str, **fields: object) -> None:
    """Log *event* with *fields*."""
    LOGGER.info(event, extra={"fields": fields})


def warn(event: str, **fields: object) -> None:
    """Log *event* as something an operator should see."""
    LOGGER.warning(event, extra={"fields": fields})


def seconds_since(begun: float) -> float:
    """Return the seconds since *begun* (``time.monotonic()``), rounded for a log line."""
    return round(time.monotonic() - begun, 3)
