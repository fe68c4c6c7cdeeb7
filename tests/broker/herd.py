"""Worker processes of a test, and what can be done to them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from services.workshop.chaos.crew import end_all

HERE = Path(__file__).parent


class Herd:
    """Workers of one stage; their logs go to one file a worker."""

    def __init__(self, command: list[str], environment: dict[str, str], folder: Path) -> None:
        self.command, self.folder = command, folder
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("KHABAR_")
        } | environment
        self.workers: list[subprocess.Popen[bytes]] = []
        self.groups: list[int] = []

    def add(self) -> subprocess.Popen[bytes]:
        with (self.folder / f"worker-{len(self.groups)}.log").open("wb") as log:
            worker = subprocess.Popen(
                self.command, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        self.workers.append(worker)
        self.groups.append(worker.pid)
        return worker

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        worker.kill()
        worker.wait()
        self.workers.remove(worker)

    def term(self, worker: subprocess.Popen[bytes], limit: float = 30) -> tuple[float, int]:
        begun = time.monotonic()
        worker.terminate()
        code = worker.wait(limit)
        self.workers.remove(worker)
        return time.monotonic() - begun, code

    def close(self) -> None:
        for worker in list(self.workers):
            self.kill(worker)

    def logs(self) -> str:
        return "".join(path.read_text(encoding="utf-8") for path in sorted(self.folder.glob("worker-*.log")))

    def orphans(self, within: float = 2.0) -> list[int]:
        """Return the process groups still alive *within* seconds, and kill them."""
        return end_all(self.groups, within_s=within)


def shakers(environment: dict[str, str], folder: Path) -> Herd:
    """Return a herd of the stage to shake."""
    return Herd([sys.executable, str(HERE / "shake.py")], environment, folder)
