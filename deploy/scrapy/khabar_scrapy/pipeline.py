"""The pipeline: what Scrapy calls."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.utils.asyncio import is_asyncio_available

from khabar_scrapy.counts import Counts
from khabar_scrapy.courier import Courier
from khabar_scrapy.engine import Refusal
from khabar_scrapy.json_line import Unwritable, json_line
from khabar_scrapy.options import Options

UNAUTHORIZED = "khabar_unauthorized"
"""Why the spider was closed: the engine does not take the token."""

logger = logging.getLogger("khabar_scrapy")


class KhabarPipeline:
    """Delivers every item to the engine at ``KHABAR_URL``; an item goes on when the engine has it, or when it
    lies in the spool.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._options = Options.of(crawler.settings)
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> KhabarPipeline:
        """Build it as Scrapy does; raises BadSetting."""
        return cls(crawler)

    async def open_spider(self) -> None:
        """Get ready; what earlier crawls left in the spool is sent as soon as the spider is open."""
        if not is_asyncio_available():
            raise RuntimeError("KhabarPipeline needs asyncio: leave TWISTED_REACTOR as Scrapy sets it")
        if self._crawler.stats is None:
            raise RuntimeError("KhabarPipeline counts in the crawler's statistics, and there are none")
        self._counts = Counts(self._crawler.stats)
        self._courier = Courier(self._options, self._counts, self._denied)
        self._crawler.signals.connect(self._courier.resend, signals.spider_opened)

    async def process_item(self, item: Any) -> Any:
        """Return *item* once it is safe; one that the engine refuses goes on as well, counted and logged with
        the reason.
        """
        try:
            line, left_out = json_line(item)
        except Unwritable as error:
            self._counts.refused(type(item).__name__, Refusal("wrong_type", str(error)))
        else:
            self._counts.left_out(left_out)
            await self._courier.deliver(line)
        return item

    async def close_spider(self) -> None:
        """Deliver what is still under way."""
        await self._courier.close()

    def _denied(self, why: str) -> None:
        logger.error(why)
        if self._crawler.engine is not None:
            self._closing = asyncio.create_task(self._crawler.engine.close_spider_async(reason=UNAUTHORIZED))
