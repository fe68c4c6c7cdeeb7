"""Judges the clean stage: one object of figures over a folder of the form of the project's data."""

from __future__ import annotations

from pathlib import Path

from services.workshop.building.clean.urdu_heh import ARTEFACT, packed
from services.workshop.judging.clean.half_spaces import evaluate_spacing
from services.workshop.judging.clean.line_verdicts import evaluate_lines
from services.workshop.judging.clean.texts import evaluate_texts


def evaluate(data: Path) -> dict[str, object]:
    """Return the figures of half-spaces, lines, dates, characters and laws; percentages unless named
    otherwise.

    Reads ``zwnj/ud-*.txt`` (gold half-spaces, one sentence a line), ``zwnj/farsnews.jsonl.gz`` and, where it
    is there, ``news-dev/stream.jsonl.gz``, and ``langid/train.jsonl.gz``, from which the table of Urdu words
    is built again and has to be the same; a part whose files are missing is null.
    """
    sentences = data / "langid" / "train.jsonl.gz"
    has_articles = (data / "zwnj" / "farsnews.jsonl.gz").exists()
    return {
        "spacing": evaluate_spacing(data),
        "lines": evaluate_lines(data) if has_articles else None,
        **evaluate_texts(data),
        "urdu_heh": {"same": int(packed(sentences) == ARTEFACT.read_bytes())} if sentences.exists() else None,
    }
