"""Judges the clean stage: one object of figures over a folder of the form of the project's data."""

from __future__ import annotations

from pathlib import Path

from services.clean.evaluate_lines import evaluate_lines
from services.clean.evaluate_spacing import evaluate_spacing
from services.clean.evaluate_texts import evaluate_texts


def evaluate(data: Path) -> dict[str, object]:
    """Return the figures of half-spaces, lines, dates, characters and laws; percentages unless named otherwise.

    Reads ``zwnj/ud-*.txt`` (gold half-spaces, one sentence a line), ``zwnj/farsnews.jsonl.gz`` and, where it is there,
    ``news-dev/stream.jsonl.gz``; a part whose files are missing is null.
    """
    has_articles = (data / "zwnj" / "farsnews.jsonl.gz").exists()
    return {
        "spacing": evaluate_spacing(data),
        "lines": evaluate_lines(data) if has_articles else None,
        **evaluate_texts(data),
    }
