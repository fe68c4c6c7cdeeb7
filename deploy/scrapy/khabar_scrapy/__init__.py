"""Scrapy's door into a Khabar engine: a pipeline that delivers every item, and `article`, which makes an item
of a response.
"""

from khabar_scrapy.article import article
from khabar_scrapy.pipeline import KhabarPipeline

__all__ = ["KhabarPipeline", "article"]
