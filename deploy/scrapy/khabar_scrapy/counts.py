"""What became of the items: in Scrapy's own statistics, and in the log where somebody should know."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence

from scrapy.statscollectors import StatsCollector

from khabar_scrapy.engine import Refusal

logger = logging.getLogger("khabar_scrapy")


class Counts:
    """Counts under ``khabar/``: accepted, refused/<reason>, spooled, resent, and fields_left_out of items
    that went without them.

    What the engine has said about a line is under the first two, whether it came at once or from the spool;
    what a crawl leaves in the spool is spooled less resent.
    """

    def __init__(self, stats: StatsCollector) -> None:
        self._stats = stats

    def settled(self, lines: Sequence[bytes], verdicts: Sequence[Refusal | None]) -> None:
        """Enter what the engine said about *lines*."""
        for line, refusal in zip(lines, verdicts, strict=True):
            if refusal is None:
                self._stats.inc_value("khabar/accepted")
            else:
                self.refused(_name(line), refusal)

    def refused(self, name: str, refusal: Refusal) -> None:
        """Enter an item that the engine does not take, and say why."""
        self._stats.inc_value(f"khabar/refused/{refusal.reason}")
        logger.warning("not taken: %s: %s: %s", name, refusal.reason, refusal.detail)

    def left_out(self, why: Sequence[str]) -> None:
        """Enter the fields of an item that JSON cannot hold, and say which."""
        if why:
            self._stats.inc_value("khabar/fields_left_out", len(why))
            logger.warning("left out of an item: %s", "; ".join(why))

    def spooled(self, lines: int) -> None:
        """Enter that so many wait on disk."""
        self._stats.inc_value("khabar/spooled", lines)

    def resent(self, lines: int) -> None:
        """Enter that so many came from the disk to the engine."""
        self._stats.inc_value("khabar/resent", lines)


def _name(line: bytes) -> str:
    """Return how a log may call the item in *line*: by its address, never by its text."""
    try:
        return str(json.loads(line).get("url") or "an item without a url")[:300]
    except (ValueError, AttributeError):
        return "a line that is no JSON object"
