"""Wiring: where extract sits in the pipeline, and which models it loads."""

from __future__ import annotations

import logging
from functools import cache

from services.extract import lexicon
from services.extract.core import VERSION, extract
from services.extract.cues import cues
from services.extract.seam import Models
from services.extract.tagger import Choice, models
from shared.records import Article, Entities
from shared.stage import Stage

TAGGER: Choice = "encoder"
log = logging.getLogger(__name__)


@cache
def loaded(choice: Choice = TAGGER) -> Models:
    """Return the models of *choice*, loaded once a process; what is missing is logged here and said in every record."""
    return models(choice, log.warning)


def process(article: Article) -> Entities:
    """Find who, where, when, how many, what was said, by whom and on whose word."""
    return extract(article, loaded())


def warm_up() -> None:
    """Load in the process slot what the first article would wait for."""
    for lang in ("fa", "ar", "en"):
        lexicon.load(lang)
        cues(lang)
    loaded()


STAGE = Stage(
    name="extract",
    version=VERSION,
    source="articles.detected",
    sink="articles.extracted",
    adds="entities",
    process=process,
    warm_up=warm_up,
)
