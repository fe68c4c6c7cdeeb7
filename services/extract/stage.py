"""Wiring: where extract sits in the pipeline, and which models it loads."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path
from typing import cast, get_args

from services.extract.core import VERSION, extract
from services.extract.lexicon import snapshot
from services.extract.lexicon.cues import cues
from services.extract.naming import identity
from services.extract.tagger.choice import Choice, models
from services.extract.tagger.interfaces import Missing, Models
from shared.contract import Work
from shared.records import Article, Entities
from shared.settings import BadSetting, Settings
from shared.stage import BlockStep
from shared.wire import topics

log = logging.getLogger(__name__)


@cache
def loaded() -> Models:
    """Return the models that the settings name, loaded once a process.

    Raises BadSetting when one is missing, unless KHABAR_DEGRADED allows that: then it is logged here and
    every record says so.
    """
    settings, problems = Settings.from_env(), list[str]()
    encoder_folder = Path(settings.encoder).expanduser() if settings.encoder else None
    plugged_in = models(
        cast("Choice", settings.tagger), problems.append, cache=settings.folder, encoder_folder=encoder_folder
    )
    if plugged_in.missing and settings.degraded == "no":
        raise BadSetting(
            f"{'; '.join(problems)}: mend KHABAR_ENCODER or KHABAR_TAGGER, or let extract work without by KHABAR_DEGRADED=yes"
        )
    for problem in problems:
        log.warning(problem)
    return plugged_in


def process(article: Article) -> Entities:
    """Find who, where, when, how many, what was said, by whom and on whose word."""
    return extract(article, loaded())


def warm_up() -> None:
    """Load in the process slot what the first article would wait for."""
    for lang in ("fa", "ar", "en"):
        snapshot.load(lang)
        cues(lang)
    identity.people_by_sound()
    if loaded().tag is None:
        snapshot.cities("latin")
        snapshot.cities("arabic")


WORK = Work(
    name="extract",
    version=VERSION,
    source=topics.DETECTED.name,
    extract=BlockStep(sink=topics.EXTRACTED.name, adds="entities", process=process),
    warm_up=warm_up,
    warnings=(*get_args(Missing), "text_cut", "mentions_cut", "quotes_cut"),
)
