"""The stages before link in evaluations: what they gave is kept, by what went in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from services.workshop.judging.link.impostors import later
from services.workshop.streams import before_link
from services.workshop.streams.link_fold import made, record_of


def test_pages_go_through_the_stages_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def through(values: Sequence[bytes]) -> list[bytes | None]:
        calls.append(len(values))
        return [value if b"one" in value else None for value in values]

    monkeypatch.setattr(before_link, "through", through)
    pages = [record_of(made(name, f"text of {name}", "2024-05-01T08:00:00Z")) for name in ("one", "two")]
    run = before_link.Earlier(tmp_path)
    first = run(pages)
    assert first[0] is not None
    assert first[1] is None
    assert run(pages) == first
    assert run(pages[:1]) == first[:1]
    assert calls == [2, 1]


def test_an_impostor_is_moved_whole_days() -> None:
    assert later("2026-05-20T23:30:00Z", 14) == "2026-06-03T23:30:00Z"
