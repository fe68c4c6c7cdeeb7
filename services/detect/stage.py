"""Wiring: where detect sits in the pipeline."""

from services.detect.core import CLD2_DISAGREES, DECLARED_DISAGREES, HINT_DISAGREES, VERSION, process, warm_up
from services.detect.language_tags import UNDETERMINED
from shared.contract import QualityMetric, Work
from shared.records import Language
from shared.stage import BlockStep
from shared.wire import topics


def quality(language: Language) -> tuple[tuple[QualityMetric, float], ...]:
    """Return what the ratios over the latest articles count."""
    return ("und", float(language.lang == UNDETERMINED)), (
        "lang_hint_disagrees",
        float(HINT_DISAGREES in language.warnings),
    )


WORK = Work(
    name="detect",
    version=VERSION,
    source=topics.CLEAN.name,
    extract=BlockStep(sink=topics.DETECTED.name, adds="language", process=process, quality=quality),
    warm_up=warm_up,
    metrics=("languages", "und", "lang_hint_disagrees"),
    warnings=(HINT_DISAGREES, DECLARED_DISAGREES, CLD2_DISAGREES),
)
