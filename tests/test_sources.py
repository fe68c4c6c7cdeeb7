"""Every file that is no code says where it comes from, and what is said of it is true."""

from __future__ import annotations

import re
import subprocess
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAME = "SOURCES.md"
TOLD_ELSEWHERE = re.compile(r"LICENSE\.|.*\.md$")
"""Licences and texts, which say themselves what they are."""


def listed(*where: str) -> list[Path]:
    found = subprocess.run(
        ["git", "ls-files", *where], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / name for name in found.splitlines() if (ROOT / name).is_file()]


def test_every_file_of_data_is_named_in_the_sources_beside_it() -> None:
    data = [
        path
        for path in listed("services", "shared")
        if path.suffix != ".py" and not TOLD_ELSEWHERE.match(path.name)
    ]
    assert data
    silent = [path for path in data if f"`{path.name}`" not in _text(path.with_name(NAME))]
    assert silent == [], f"name them, with origin and licence, in the {NAME} beside them"


def test_every_checksum_of_a_file_beside_is_true() -> None:
    checked = 0
    for sources in listed(f"**/{NAME}"):
        for name, digest in re.findall(
            r"^\| `([^`]+)` \| `([0-9a-f]{64})` \|$", _text(sources), re.MULTILINE
        ):
            assert sha256(sources.with_name(name).read_bytes()).hexdigest() == digest, sources.with_name(name)
            checked += 1
    assert checked > 10


def test_every_command_that_is_named_is_there() -> None:
    texts = [
        path
        for path in listed("services", "shared", "tests", "*.md")
        if path.suffix in {".py", ".md", ".yml", ".toml"} and path.name != "CHANGELOG.md"
    ]
    named = {
        (path, module)
        for path in texts
        for module in re.findall(r"python -m ((?:services|shared)[\w.]*\w)", _text(path))
    }
    assert len(named) > 10
    lost = [
        (path, module)
        for path, module in named
        if not any((ROOT / (module.replace(".", "/") + end)).is_file() for end in (".py", "/__main__.py"))
    ]
    assert lost == []


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
