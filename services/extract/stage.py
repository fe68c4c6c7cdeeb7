"""Wiring: where extract sits in the pipeline."""

from __future__ import annotations

from services.extract import lexicon
from services.extract.core import VERSION, extract
from services.extract.cues import cues
from shared.records import Article, Entities
from shared.stage import Stage


def process(article: Article) -> Entities:
    """Find who, where, when, how many, what was said, by whom and on whose word."""
    return extract(article)


def warm_up() -> None:
    """Load in the process slot what the first article would wait for."""
    for lang in ("fa", "ar", "en"):
        lexicon.load(lang)
        cues(lang)


STAGE = Stage(
    name="extract",
    version=VERSION,
    source="articles.detected",
    sink="articles.extracted",
    adds="entities",
    process=process,
    warm_up=warm_up,
)
