"""Wiring: where extract sits in the pipeline, and which models it loads."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path
from typing import cast, get_args

from services.extract import lexicon
from services.extract.core import VERSION, extract
from services.extract.cues import cues
from services.extract.seam import Models
from services.extract.tagger import Choice, models
from shared.records import Article, Entities
from shared.settings import BadSetting, Settings
from shared.stage import Stage

log = logging.getLogger(__name__)


@cache
def loaded() -> Models:
    """Return the models that the settings name, loaded once a process; what is missing is logged here and said in every record.

    Raises BadSetting on a tagger nobody knows.
    """
    settings = Settings.from_env()
    if settings.tagger not in get_args(Choice):
        raise BadSetting(f"KHABAR_TAGGER={settings.tagger!r} is none of {', '.join(get_args(Choice))}")
    other = Path(settings.encoder).expanduser() if settings.encoder else None
    return models(cast("Choice", settings.tagger), log.warning, cache=settings.folder, encoder=other)


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
