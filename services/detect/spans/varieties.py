"""What only a whole document tells: Persian of Iran or Dari, standard Arabic or a dialect."""

from __future__ import annotations

from services.detect.models import linear_weights, script_folding
from services.detect.models.fitted import calibration
from services.detect.spans.stretch import StretchReading

MODEL = "dari"
DARI = "fa-AF"
DIALECT = "dialect"
"""The flag of an Arabic text in dialect."""

MOST_READ = 20_000
"""Code points that are read of a document: a bound on its time, far above any article."""


def refine(tag: str, text: str, reading: StretchReading) -> tuple[str, list[str]]:
    """Return *tag*, or its variety where the document is long and clear enough, and the flags to set.

    *reading* is that of *text*. Both thresholds are fitted on whole development articles for precision,
    Dari's on unseen agency articles of Iran too; on single lines the ratios are right in no more than 80 %.
    """
    limits = calibration()
    if reading.letters >= limits.refine_letters:
        if tag == "fa" and dari(text) >= limits.dari:
            return DARI, []
        if tag == "ar" and reading.dialect >= limits.dialect:
            return tag, [DIALECT]
    return tag, []


def dari(text: str) -> float:
    """Return the log-ratio of Dari to the Persian of Iran, 0 without Arabic-script letters."""
    model = linear_weights.load(MODEL)
    label_logits = model.logits(script_folding.spaced(text[:MOST_READ]))
    if label_logits is None:
        return 0.0
    return float(label_logits[model.labels.index("fa-AF")] - label_logits[model.labels.index("fa")])
