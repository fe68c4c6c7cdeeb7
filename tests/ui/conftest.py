"""A real Chromium, and the page as a worker of its own over an archive that holds the seeds and a few pages
of ours.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

import orjson
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.ui.shown_news import BAD, OURS, compared, filled, refused
from tests.unit.archive_shelf import Shelf

CACHE = Path("~/.cache/khabar").expanduser()
UNPACKED = CACHE / "chromium" / "usr"
LIBRARIES = UNPACKED / "lib" / "x86_64-linux-gnu"
AXE = CACHE / "axe" / "package" / "axe.min.js"


class Served(NamedTuple):
    """The page: its address, its archive, and its process."""

    base: str
    shelf: Shelf
    worker: subprocess.Popen[bytes]

    def json(self, path: str) -> dict[str, object]:
        with urlopen(self.base + path, timeout=20) as answer:  # noqa: S310 - our own address
            found: dict[str, object] = orjson.loads(answer.read())
        return found

    def story(self, lang_count: int) -> str:
        """The id of the story of so many languages."""
        return str(
            next(one for one in self.json("/index.json")["stories"] if len(one["by_lang"]) == lang_count)[
                "story_id"
            ]
        )  # type: ignore[attr-defined]

    def articles(self, story: str) -> list[str]:
        return [str(one["doc_id"]) for one in self.json(f"/story/{story}.json")["members"]]  # type: ignore[attr-defined]

    def first_article(self, story: str) -> str:
        return str(self.json(f"/story/{story}.json")["members"][0]["doc_id"])  # type: ignore[index]


def executable() -> tuple[str, dict[str, str]] | None:
    """Chromium and what it needs in its environment: the installed one, else the one that .ci/run has
    unpacked.
    """
    if installed := shutil.which("chromium"):
        return installed, {}
    unpacked = UNPACKED / "lib" / "chromium" / "chromium"
    return (
        (str(unpacked), {"LD_LIBRARY_PATH": f"{LIBRARIES}:{LIBRARIES / 'pulseaudio'}"})
        if unpacked.exists()
        else None
    )


# Playwright keeps a loop while it runs, which asynchronous tests of other modules must not meet
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = executable()
    if found is None:
        pytest.skip(
            "SKIPPED LOUDLY: there is no Chromium, so nobody looked at the pages (Debian: apt install chromium, or .ci/run)"
        )
    path, more = found
    with sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=path, env={**os.environ, **more}, args=["--no-sandbox"])
        yield made
        made.close()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def start(shelf: Shelf) -> Served:
    """Start the worker and wait until it answers."""
    port = free_port()
    env = {key: value for key, value in os.environ.items() if not key.startswith("KHABAR_")}
    env |= {
        "KHABAR_HOME": str(shelf.settings.home),
        "KHABAR_WEB_PORT": str(port),
        "KHABAR_WEB_TOKEN": "guess-me",
        "KHABAR_KAFKA": "127.0.0.1:1",
    }
    worker = subprocess.Popen(
        [sys.executable, "-m", "services.cli", "run", "web"], env=env, stderr=subprocess.DEVNULL
    )
    base, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 60
    while True:
        try:
            with urlopen(f"{base}/ops.json", timeout=5):  # noqa: S310 - our own address
                return Served(base, shelf, worker)
        except OSError:
            assert worker.poll() is None, "the worker has ended"
            assert time.monotonic() < deadline, "the worker does not answer"
            time.sleep(0.2)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    _, shelf = filled(tmp_path_factory.mktemp("home"), (*OURS, BAD))
    compared(shelf)
    made = start(shelf)
    refused(shelf, made.story(2))
    yield made
    made.worker.send_signal(signal.SIGTERM)
    made.worker.wait(20)
    shelf.close()
