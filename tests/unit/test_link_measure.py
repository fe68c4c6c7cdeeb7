"""A measure in link as CONTRIBUTING says it is added: three edits, done to a copy of link and taken back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.link_articles import Lane, Page

ROOT = Path(__file__).resolve().parents[2]
FIELD = '    loud: float = float("nan")\n'
MEASURE = """    Measure(
        "loud",
        read=lambda article, letters: article.clean.text.count("!") / max(len(letters), 1),
        compared=lambda a, b: -abs(a - b),
    ),
"""
WEIGHTS = {"loud": 1000.0}
PAGES = {
    "calm": Page(
        "calm",
        "en",
        "Dockers in the harbour of Kadura stopped work this morning over the loss of all night shifts.",
        at="2024-05-01T08:00:00.000Z",
    ),
    "loud": Page(
        "loud",
        "en",
        "Night shifts lost! All dockers stopped work! The harbour of Kadura is still this morning!",
        at="2024-05-01T08:10:00.000Z",
    ),
}
PROBE = "import sys; from tests.unit.test_link_measure import answer; answer(sys.stdin.read())"

type Told = dict[str, Any]


def told(changelog: dict[str, str], doc_id: str) -> Told:
    """Let a lane restored from *changelog* take a page: where it goes, what is remembered then, and what
    number of each measure the window holds.
    """
    before = Lane()
    before.changelog = {bytes.fromhex(key): bytes.fromhex(value) for key, value in changelog.items()}
    lane = before.restored()
    linked = lane.take(PAGES[doc_id])
    window = lane.restored().state.window
    return {
        "decision": linked["decision"],
        "changelog": {key.hex(): value.hex() for key, value in lane.changelog.items()},
        "measured": {name: column[window.live()].tolist() for name, column in window.measured.items()},
    }


def answer(asked: str) -> None:
    print(json.dumps(told(*json.loads(asked))))


def put_after(file: Path, line: str, more: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(line) == 1, f"{line!r} in {file.name}"
    file.write_text(text.replace(line, line + more), encoding="utf-8")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A checkout whose link has the measure; every other service is the one that is here."""
    services = tmp_path / "services"
    services.mkdir()
    for entry in (ROOT / "services").iterdir():
        if entry.name not in {"link", "__pycache__"}:
            (services / entry.name).symlink_to(entry)
    link = services / "link"
    shutil.copytree(ROOT / "services" / "link", link, ignore=shutil.ignore_patterns("__pycache__"))
    items = link / "memory" / "items.py"
    row, rest = items.read_text(encoding="utf-8").split("\n\n\nclass Aside(", 1)
    items.write_text(f"{row}\n{FIELD}\n\nclass Aside({rest}", encoding="utf-8")
    put_after(link / "reading" / "measured.py", "        compared=np.minimum,\n    ),\n", MEASURE)
    model = link / "data" / "model.json"
    model.write_text(json.dumps(json.loads(model.read_bytes()) | {"measures": WEIGHTS}), encoding="utf-8")
    return tmp_path


def told_by(checkout: Path, changelog: dict[str, str], doc_id: str) -> Told:
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        input=json.dumps([changelog, doc_id]),
        cwd=checkout,
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(checkout), str(ROOT)))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: Told = json.loads(done.stdout)
    return found


def test_two_articles_are_compared_by_a_measure_that_three_edits_add(copy: Path) -> None:
    calm, measured = told({}, "calm"), told_by(copy, {}, "calm")
    assert measured["measured"].keys() - calm["measured"].keys() == {"loud"}
    apart = told_by(copy, measured["changelog"], "loud")
    assert apart["decision"] == "opened", "restored, the first is not as loud as the second"
    assert apart["measured"]["loud"] == [0.0, pytest.approx(3 / 73, abs=0.005)]
    assert told_by(copy, calm["changelog"], "loud")["decision"] == "joined", (
        "kept before the measure was there"
    )
    assert told(measured["changelog"], "loud")["decision"] == "joined", "without the measure, as ever"
