"""``khabar test``: every check and test that CI runs."""

from __future__ import annotations

import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import click

from services.checkout import ROOT
from services.cli import speech

CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("style", ("ruff", "check", "--quiet", ".")),
    ("format", ("ruff", "format", "--check", "--quiet", ".")),
    ("types", ("mypy",)),
    ("contracts", ("importlinter.cli", "lint_imports_command")),
)

SIDE_BY_SIDE = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
"""Most tests wait for a broker or a process: two files at a time take little more than half of the time, those with a broker first."""


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def command(pytest_arguments: tuple[str, ...]) -> None:
    """Run every check and test that CI runs; with arguments, only pytest with them.

    Example: khabar test tests/unit
    """
    if find_spec("pytest") is None:
        raise speech.Failure(
            "the tests are not part of this installation", "run them in a checkout of the project", code=speech.OUTSIDE_FAILED
        )
    if not pytest_arguments:
        for name, arguments in CHECKS:
            _run(name, _tool(*arguments))
    _run("tests", [sys.executable, "-m", "pytest", *(pytest_arguments or SIDE_BY_SIDE)])


def _tool(name: str, *arguments: str) -> list[str]:
    if name == "importlinter.cli":
        return [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return [sys.executable, "-m", name, *arguments]


def _run(name: str, command_line: list[str]) -> None:
    begun = time.monotonic()
    status = subprocess.run(command_line, cwd=ROOT, check=False).returncode  # noqa: S603 - our own tools
    speech.line(f"{name}: {'ok' if status == 0 else 'failed'} ({time.monotonic() - begun:.0f} s)")
    if status:
        raise speech.Failure(f"{name} failed", f"run it alone with: {' '.join(word.removeprefix(f'{ROOT}/') for word in command_line)}")
