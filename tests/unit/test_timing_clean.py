"""``khabar bench clean``: it ends with a figure for each hostile text, also for those that clean refuses."""

from __future__ import annotations

import pytest

from services.workshop.timing import clean


def test_texts_that_are_refused_are_timed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clean, "DOCUMENTS", 2)
    monkeypatch.setattr(clean, "HOSTILE_SIZE", 2_000)
    growth = clean.bench()["hostile"]["growth"]
    assert growth.keys() == clean.hostile_texts(1).keys()
    assert min(growth.values()) > 0
