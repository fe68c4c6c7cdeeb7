"""The launcher ``./khabar``: from any folder, and through links."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_it_works_through_a_chain_of_links(tmp_path: Path) -> None:
    if Path(sys.prefix).resolve() != (ROOT / ".venv").resolve():
        pytest.skip(
            "SKIPPED LOUDLY: these tests do not run in the launcher's own .venv, and it would make one now"
        )
    (tmp_path / "bin").mkdir()
    (tmp_path / "first").symlink_to(ROOT / "khabar")
    (tmp_path / "bin" / "khabar").symlink_to(Path("..") / "first")
    done = subprocess.run(
        [tmp_path / "bin" / "khabar", "run", "--help"], cwd="/", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage: khabar run ")
