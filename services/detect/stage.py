"""Wiring: where detect sits in the pipeline."""

from services.detect.core import process
from shared.stage import Stage

STAGE = Stage(name="detect", source="articles.clean", sink="articles.detected", adds="language", process=process)
