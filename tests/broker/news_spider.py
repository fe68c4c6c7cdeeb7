"""What a user writes: a spider of a news site, with the pipeline in its settings.

Run by ``scrapy runspider`` in a process of its own.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import scrapy
from khabar_scrapy import article
from scrapy.http import HtmlResponse


class NewsSpider(scrapy.Spider):
    """Follows the links of a site; every page is an article."""

    name = "news"
    site: str
    custom_settings = {  # noqa: RUF012 - as Scrapy's documentation has it
        "ITEM_PIPELINES": {"khabar_scrapy.KhabarPipeline": 900},
        "TELNETCONSOLE_ENABLED": False,
    }

    async def start(self) -> AsyncIterator[scrapy.Request]:
        yield scrapy.Request(f"{self.site}/news/0")

    def parse(self, response: HtmlResponse, **_: Any) -> Iterator[Any]:
        yield article(response, title=response.css("title::text").get())
        yield from response.follow_all(css="a")

    def closed(self, reason: str) -> None:
        """Leave what was counted to the test."""
        stats = self.crawler.stats.get_stats() if self.crawler.stats else {}
        Path("stats.json").write_text(json.dumps(stats | {"reason": reason}, default=str), encoding="utf-8")
