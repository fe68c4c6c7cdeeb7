"""Wiring: where detect sits in the pipeline."""

from services.detect.core import VERSION, process, warm_up
from shared.stage import Stage

STAGE = Stage(
    name="detect",
    version=VERSION,
    source="articles.clean",
    sink="articles.detected",
    adds="language",
    process=process,
    warm_up=warm_up,
)
