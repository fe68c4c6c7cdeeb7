"""``khabar demo --with prometheus``: Prometheus beside the demo on a free port, with the project's rules."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import yaml

from services.checkout import ROOT
from services.cli.speech import OUTSIDE_FAILED, Failure, notice
from shared.broker import jvm_guard
from shared.broker.config import HOST, choose_port

RULES = ROOT / "deploy" / "prometheus"
STARTS_WITHIN_S = 30.0
SAYS_WITHIN_S = 10.0
ENDS_WITHIN_S = 10.0
POLL_S = 0.1


def installed() -> str:
    """Return the program; raises Failure where there is none."""
    if (program := shutil.which("prometheus")) is None:
        raise Failure(
            "Prometheus is not installed",
            "Debian and Ubuntu: apt install prometheus; or see prometheus.io",
            code=OUTSIDE_FAILED,
        )
    return program


def addresses(logs: Path, workers: Iterable[str]) -> dict[str, str]:
    """Return where each of *workers* serves its metrics, as host:port, once its log has said so.

    A worker that does not say it is named and left out.
    """
    waiting, found = set(workers), dict[str, str]()
    deadline = time.monotonic() + SAYS_WITHIN_S
    while waiting and time.monotonic() < deadline:
        for name in sorted(waiting):
            if said := re.findall(
                r'"health":"http://([^"]+)"', (logs / f"{name}.log").read_text(encoding="utf-8")
            ):
                found[name] = said[-1]
                waiting.remove(name)
        time.sleep(POLL_S)
    if waiting:
        notice(
            f"{', '.join(sorted(waiting))} did not say where the metrics are: Prometheus does not ask there"
        )
    return found


@contextmanager
def prometheus(folder: Path, workers: Mapping[str, str], *, rules: Path = RULES) -> Iterator[str]:
    """Run Prometheus in *folder* over *workers* (name → host:port), configured by *rules*.

    It gives its address.

    It ends with this block, and with this process however that ends. Raises Failure when it does not start.
    """
    program, log = installed(), folder / "prometheus.log"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "prometheus.yml").write_text(json.dumps(_configuration(workers, rules)), encoding="utf-8")
    address = f"{HOST}:{choose_port()}"
    kept = [f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}"]
    guard = [sys.executable, "-IS", jvm_guard.__file__, str(os.getpid()), str(folder / "lock"), str(log)]
    running = subprocess.Popen(  # noqa: S603 - our own guard, which ends what it guards with us, and an installed program
        [*guard, program, *kept, f"--web.listen-address={address}", "--log.level=warn"],
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_until_ready(running, address, log)
        yield f"http://{address}"
    finally:
        running.terminate()
        try:
            running.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, 9)
            running.wait()


def _configuration(workers: Mapping[str, str], rules: Path) -> dict[str, object]:
    """Return the project's configuration with *workers* for compose's; all else in it stays."""
    ours = yaml.safe_load((rules / "prometheus.yml").read_text(encoding="utf-8"))
    (job,) = ours["scrape_configs"]
    targets = [{"targets": [address], "labels": {"instance": name}} for name, address in workers.items()]
    return {
        "global": ours["global"],
        "rule_files": [str(rules / name) for name in ours["rule_files"]],
        "scrape_configs": [
            {"job_name": job["job_name"], "scrape_timeout": job["scrape_timeout"], "static_configs": targets}
        ],
    }


def _wait_until_ready(running: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while running.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://{address}/-/ready", timeout=1):
                return
        except OSError:
            time.sleep(POLL_S)
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    raise Failure("Prometheus did not start", lines[-1] if lines else f"its log: {log}", code=OUTSIDE_FAILED)
