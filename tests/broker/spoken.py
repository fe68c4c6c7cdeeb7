"""Verbs given in the tests' own process, to the broker and the run of a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from services.cli import khabar
from shared.settings import Settings


def speaker(settings: Settings, monkeypatch: pytest.MonkeyPatch, *verb: str) -> Callable[..., Result]:
    """Return what gives *verb* with more arguments and asserts its exit status."""
    monkeypatch.setenv("KHABAR_KAFKA", settings.kafka)
    monkeypatch.setenv("KHABAR_RUN", settings.run)

    def run(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(khabar, [*verb, *arguments])
        assert result.exit_code == code, result.output
        return result

    return run


def objects(result: Result) -> list[dict[str, Any]]:
    """Return the JSON lines that a verb has printed."""
    return [orjson.loads(line) for line in result.stdout_bytes.splitlines()]
