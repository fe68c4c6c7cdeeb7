"""A new operator's day with the command alone: an own Kafka, topics forgotten, all workers on fixed ports,
one killed, Kafka away and back.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest
from click.testing import CliRunner, Result

from services.cli import khabar
from services.stages import WORKERS
from shared.broker.installation import HOME, gather, quiet
from shared.kafka import clients
from shared.settings import Settings
from shared.wire import topics
from shared.wire.topics import STAGES
from shared.worker import health

SEEDS = Path(__file__).resolve().parents[2] / "tests" / "seeds"
AT_WORK = (*STAGES, "pulse", "ingest", "backfill")
NO_MODELS = {"KHABAR_TAGGER": "rules", "KHABAR_ENCODER": os.devnull, "KHABAR_DEGRADED": "yes"}
"""What is tried here are the processes, not what extract knows."""


@dataclass
class Operator:
    """Somebody at a terminal."""

    home: Path

    def say(self, *arguments: str, code: int = 0, **environment: str) -> Result:
        result = CliRunner(
            env=dict.fromkeys(ours(), None) | {"KHABAR_HOME": str(self.home)} | environment
        ).invoke(khabar, arguments)
        assert result.exit_code == code, f"{arguments}: {result.output} {result.exception!r}"
        return result

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.say("status", "--json").stdout_bytes)
        return found


def ours() -> list[str]:
    return [name for name in os.environ if name.startswith("KHABAR_")]


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    home, parts = tmp_path_factory.mktemp("home"), gather(HOME, quiet)
    (home / parts.folder.name).symlink_to(parts.folder)
    made = Operator(home)
    made.say("broker", "start")
    try:
        yield made
    finally:
        made.say("broker", "stop")


def waited(true: Callable[[], object], limit_s: float, what: str) -> None:
    deadline = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


@pytest.mark.parametrize(
    "arguments",
    [
        ["status"],
        ["story"],
        ["why", "abcdef12"],
        ["trace", "abcdef12"],
        ["dead", "list"],
        ["dead", "redrive", "--reason", "bug"],
        ["replay", "status"],
        ["feed", str(SEEDS)],
        ["run", "clean"],
        ["run", "pulse"],
        ["run", "ingest"],
        ["run", "all"],
    ],
    ids=" ".join,
)
def test_without_topics_every_verb_says_at_once_what_to_do(operator: Operator, arguments: list[str]) -> None:
    begun = time.monotonic()
    said = operator.say(*arguments, code=3).output
    assert "topics are missing (articles.raw, articles.clean, articles.detected and" in said
    assert "./khabar topics apply" in said
    assert time.monotonic() - begun < 3 or psutil.getloadavg()[0] > 4, (
        "at once, on a machine that is not too busy"
    )


@dataclass
class Running:
    """``khabar run all`` and what it says."""

    process: subprocess.Popen[bytes]
    log: Path
    listed: Path
    first: int

    def asked(self, worker: str, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.first + WORKERS.index(worker)}/{path}", timeout=5
            ) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def all_say(self, status: int) -> bool:
        return {self.asked(worker, "readyz")[0] for worker in AT_WORK} == {status}

    def become(self, status: int, limit_s: float) -> None:
        waited(
            lambda: self.all_say(status),
            limit_s,
            str({worker: self.asked(worker, "readyz") for worker in AT_WORK}),
        )

    def worker(self, stage: str) -> psutil.Process:
        (found,) = [
            one for one in psutil.Process(self.process.pid).children() if one.cmdline()[3:5] == ["run", stage]
        ]
        return found

    def events(self, name: str) -> list[dict[str, Any]]:
        lines = [orjson.loads(line) for line in self.log.read_bytes().splitlines() if line.startswith(b"{")]
        return [one for one in lines if one["event"] == name]


@pytest.fixture(scope="module")
def running(operator: Operator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    operator.say("topics", "apply")
    first, folder = _free_ports(), tmp_path_factory.mktemp("said")
    given = {name: value for name, value in os.environ.items() if name not in ours()} | NO_MODELS
    given |= {
        "KHABAR_HOME": str(operator.home),
        "KHABAR_INGEST_PORT": "0",
        "KHABAR_WEB_PORT": "0",
        "KHABAR_SESSION_MS": "6000",
        "KHABAR_HEARTBEAT_MS": "1000",
    }
    command = [sys.executable, "-m", "services.cli", "run", "all", "--metrics-port", str(first)]
    with (folder / "log").open("wb") as log, (folder / "listed").open("wb") as listed:
        made = Running(
            subprocess.Popen(command, env=given, stdout=listed, stderr=log),
            folder / "log",
            folder / "listed",
            first,
        )
    made.become(200, 90)
    yield made
    made.process.send_signal(signal.SIGTERM)
    assert made.process.wait(20) == 0, made.log.read_text()
    # their names wait a session for them
    waited(lambda: "Nobody runs clean" in str(operator.status()["todo"]), 20, str(operator.status()))


def _free_ports() -> int:
    """The first of as many free ports as there are workers."""
    while True:
        first = random.randrange(21_000, 31_000)
        try:
            for port in range(first, first + len(WORKERS)):
                health.require_free(port)
        except OSError:
            continue
        return first


def test_every_worker_is_where_it_was_said_to_be(operator: Operator, running: Running) -> None:
    listed = running.listed.read_text()
    for worker in AT_WORK:
        assert re.search(
            rf"{worker} +http://127\.0\.0\.1:{running.first + WORKERS.index(worker)}/metrics", listed
        )
    assert "# HELP khabar_build_info The running version" in running.asked("link", "metrics")[1]
    rows = operator.status()
    at_work = {
        row.get("stage") or row["worker"]: row["workers"] for row in [*rows["stages"], *rows["others"]]
    }
    assert at_work == {**dict.fromkeys((*AT_WORK, "archive"), 1), "feeds": 0}
    said = operator.say("run", "clean", "--metrics-port", str(running.first), code=1)
    assert f"port {running.first} is taken: end what has it, or set another" in str(said.exception)


def test_degraded_extraction_is_counted_and_all_is_well(operator: Operator, running: Running) -> None:
    operator.say("feed", str(SEEDS))
    counted = 'khabar_warnings_total{code="encoder_missing",stage="extract"} 2.0'
    waited(
        lambda: counted in running.asked("extract", "metrics")[1], 30, running.asked("extract", "metrics")[1]
    )
    waited(lambda: str(operator.status()["todo"]).startswith("All is well"), 30, str(operator.status()))


def test_a_killed_worker_comes_back_and_a_silent_one_is_missed(operator: Operator, running: Running) -> None:
    pulse, link = running.worker("pulse"), running.worker("link")
    pulse.suspend()
    link.kill()
    waited(lambda: running.events("worker-started-again"), 20, running.log.read_text())
    (said,) = running.events("worker-ended")
    assert said["why"] == "link was killed by SIGKILL: by hand, or by the system because memory ran out"
    waited(lambda: "Nobody runs pulse" in str(operator.status()["todo"]), 40, str(operator.status()))
    pulse.resume()
    running.become(200, 60)
    assert running.worker("link").pid != link.pid


def test_workers_tell_of_a_kafka_that_is_gone_and_come_back_to_it(
    operator: Operator, running: Running
) -> None:
    before = orjson.loads(operator.say("broker", "status", "--json").stdout_bytes)
    operator.say("broker", "stop")
    running.become(503, 40)
    assert {running.asked(worker, "livez") for worker in STAGES} == {(200, "ok\n")}, (
        "nobody needs to start them again"
    )
    assert "Kafka has not answered for" in running.asked("clean", "readyz")[1]
    assert "./khabar broker start" in operator.say("status", code=3).output
    operator.say("broker", "start")
    assert orjson.loads(operator.say("broker", "status", "--json").stdout_bytes) == before, (
        "at the port it had"
    )
    assert "does not answer" in operator.say("broker", "status", KHABAR_KAFKA="127.0.0.1:9").stdout
    running.become(200, 60)
    operator.say("feed", str(SEEDS), "--source", "elsewhere")
    waited(
        lambda: (
            len(asyncio.run(clients.read_all(Settings(kafka=before["kafka"]), [topics.LINKED.name]))) == 4
        ),
        30,
        "not linked",
    )
