"""The first minute: ``khabar demo`` as a newcomer runs it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import orjson
import psutil
import pytest

from services.stages import LOOKOUTS
from shared.wire.topics import STAGES

COMMAND = [sys.executable, "-m", "services.cli", "demo"]


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("KHABAR_")}


def test_once_ends_with_both_articles_in_one_story_and_the_reasons() -> None:
    done = subprocess.run(
        [*COMMAND, "--once", "--json"], capture_output=True, check=False, timeout=120, env=environment()
    )
    assert done.returncode == 0, done.stderr.decode()
    found = orjson.loads(done.stdout)
    assert found["together"] is True
    assert sorted(found["doc_ids"]) == ["ar", "fa"]
    assert sorted(doc for docs in found["doc_ids"].values() for doc in docs) == sorted(
        found["story"]["doc_ids"]
    )
    reasons = [
        one
        for one in found["linked"]["evidence"]
        if one["weight"] > 0 and one["text"] and one["other"]["text"]
    ]
    assert len({one["kind"] for one in reasons}) >= 4
    assert len(reasons) >= 5
    assert found["times"]["seconds_in_all"] > 0


def test_the_readme_shows_what_is_shown() -> None:
    """Refresh the block from the command when the output changes; times are another matter every time."""
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^\$ \./khabar demo --once[^\n]*\n(.*?)```", readme, re.DOTALL | re.MULTILINE)
    done = subprocess.run(
        [*COMMAND, "--once"], capture_output=True, check=False, timeout=120, env=environment()
    )
    timeless = [
        line
        for line in "".join(blocks).splitlines()
        if line.strip(" …") and "fetched first" not in line and " s in all" not in line
    ]
    assert len(timeless) > 40
    assert [line for line in timeless if line not in done.stdout.decode().splitlines()] == []


def up(address: str) -> set[str]:
    """The workers that Prometheus has asked and that answered, within the first round of ten seconds; its
    rules are the project's.
    """
    deadline = time.monotonic() + 60
    while True:
        targets = orjson.loads(urllib.request.urlopen(f"{address}/api/v1/targets").read())["data"][  # noqa: S310 - our own
            "activeTargets"
        ]
        answered = {one["labels"]["instance"] for one in targets if one["health"] == "up"}
        if (targets and len(answered) == len(targets)) or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    assert b"KhabarStageStalled" in urllib.request.urlopen(f"{address}/api/v1/rules").read()  # noqa: S310 - our own
    return answered


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_ended_by_force_it_leaves_no_process(how: signal.Signals, tmp_path: Path) -> None:
    beside = ["--with", "prometheus"] if shutil.which("prometheus") else []
    with (tmp_path / "out").open("wb") as out:
        demo = subprocess.Popen(
            [*COMMAND, *beside], stdout=out, stderr=out, env=environment(), start_new_session=True
        )
    deadline = time.monotonic() + 90
    while b"The engine runs" not in (tmp_path / "out").read_bytes():
        assert demo.poll() is None, (tmp_path / "out").read_text()
        assert time.monotonic() < deadline, (tmp_path / "out").read_text()
        time.sleep(0.2)
    family = psutil.Process(demo.pid).children(recursive=True)
    assert len(family) >= 8, "a broker with its guard, and workers with their slots"
    try:
        if beside and how == signal.SIGINT:
            address = re.search(rb"Prometheus: (http://[^/]+)/alerts", (tmp_path / "out").read_bytes())
            assert address is not None
            assert up(address[1].decode()) >= {*STAGES, *LOOKOUTS}
    finally:
        demo.send_signal(how)
        demo.wait(30)
    _, alive = psutil.wait_procs(family, timeout=3)
    for process in alive:
        process.kill()
    assert alive == []
