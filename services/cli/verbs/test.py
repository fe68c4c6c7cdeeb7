"""``khabar test``: the checks and tests; with ``--all`` every one, as CI runs them."""

from __future__ import annotations

import json
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
"""Most tests wait for a broker or a process: two files at a time, those with a broker first.

Three take as long (20 min 32 s, two 20 min 24 s): two cores are at work by then.
"""

LEFT_OUT = ("-m", "not slow")

SOME_FAILED = 1
"""pytest's exit code for a run that came to its end with failures."""

AT_MOST_AGAIN = 5
"""More failures than these are no matter of a busy machine."""


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--all", "everything", is_flag=True, help="Also what is slow and rarely fails, as CI does.")
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def command(pytest_arguments: tuple[str, ...], *, everything: bool) -> None:
    """Run every check and test but the slow ones; with arguments, only pytest with them.

    Example: khabar test tests/unit
    """
    if find_spec("pytest") is None:
        raise speech.Failure(
            "the tests are not part of this installation",
            "run them in a checkout of the project",
            code=speech.OUTSIDE_FAILED,
        )
    if not pytest_arguments:
        for name, arguments in CHECKS:
            _run(name, _tool(*arguments))
    tests = [sys.executable, "-m", "pytest", *(pytest_arguments or SIDE_BY_SIDE)]
    if pytest_arguments:
        _run("tests", tests)
        return
    if not everything:
        tests += LEFT_OUT
        speech.line("left out: the tests that are slow and rarely fail; khabar test --all runs them too")
    status = _status_of("tests", tests)
    if status == SOME_FAILED:
        _run_once_more()
    elif status:
        raise speech.Failure("the tests did not run to their end", "the lines above say why")


def _run_once_more() -> None:
    """Let few failed tests run again, alone.

    Some hold a real broker or browser to a time, on cores that the rest of the suite kept busy. A test that
    then passes is named as one to mend; a wrong result fails twice.
    """
    failed = json.loads((ROOT / ".pytest_cache/v/cache/lastfailed").read_text())
    if not 0 < len(failed) <= AT_MOST_AGAIN:
        raise speech.Failure(
            f"{len(failed)} tests failed", "their names stand above; run them with: khabar test --last-failed"
        )
    for name in failed:
        speech.line(f"FAILED beside the others, runs once more alone: {name}")
    _run("tests once more", [sys.executable, "-m", "pytest", *failed])
    speech.line(
        f"tests: {len(failed)} passed only when run alone: what they wait for is too short for a busy machine, mend them"
    )


def _tool(name: str, *arguments: str) -> list[str]:
    if name == "importlinter.cli":
        return [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return [sys.executable, "-m", name, *arguments]


def _run(name: str, command_line: list[str]) -> None:
    if _status_of(name, command_line):
        raise speech.Failure(
            f"{name} failed",
            f"run it alone with: {' '.join(word.removeprefix(f'{ROOT}/') for word in command_line)}",
        )


def _status_of(name: str, command_line: list[str]) -> int:
    begun = time.monotonic()
    status = subprocess.run(command_line, cwd=ROOT, check=False).returncode  # noqa: S603 - our own tools
    speech.line(f"{name}: {'ok' if status == 0 else 'failed'} ({time.monotonic() - begun:.0f} s)")
    return status
