"""A real Prometheus over real workers: a stage that stands still is seen, named and forgotten; every rule and
every panel is answered.
"""

from __future__ import annotations

import asyncio
import dataclasses
import re
import shutil
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest
import yaml

from services.checkout import SEEDS
from services.cli.verbs.demo_monitoring import RULES, prometheus
from services.cli.worker_processes import environment
from services.feed.feeding import feed
from services.feed.reading import named
from services.feed.reading.job import Job
from shared.broker.config import choose_port
from shared.broker.node import Broker
from shared.kafka import declare
from shared.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "deploy" / "grafana" / "dashboards" / "khabar.json"
QUICKER = 60
"""So many times shorter are the windows of the rules here: an hour is a minute."""

UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}
LAG = "from services.lag import worker; from shared.settings import Settings; worker.EVERY_S = 0.5; worker.main(Settings.from_env())"
"""The exporter of lag, which looks every half second instead of every 15."""

pytestmark = pytest.mark.skipif(
    shutil.which("prometheus") is None,
    reason="SKIPPED LOUDLY: prometheus is not here, so none ran the rules (Debian: apt install prometheus)",
)


def hurried(folder: Path) -> Path:
    """Copy the configuration and the rules into *folder*, with every time in them QUICKER times shorter, and
    return it.
    """

    def shorter(found: re.Match[str]) -> str:
        return f"{found[1]}{int(found[2]) * UNITS_S[found[3]] * 1000 // QUICKER}ms"

    folder.mkdir()
    for name in ("rules.yml", "budgets.yml"):
        rules = re.sub(r"(\[|for: )(\d+)([smhd])\b", shorter, (RULES / name).read_text(encoding="utf-8"))
        (folder / name).write_text(
            rules.replace("> 300", "> 5").replace(", 1800)", ", 30)"), encoding="utf-8"
        )
    ours = yaml.safe_load((RULES / "prometheus.yml").read_text(encoding="utf-8"))
    ours["global"] = {"scrape_interval": "1s", "evaluation_interval": "500ms"}
    ours["scrape_configs"][0]["scrape_timeout"] = "1s"
    (folder / "prometheus.yml").write_text(yaml.safe_dump(ours), encoding="utf-8")
    return folder


@contextmanager
def process(settings: Settings, log: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker of ours; whatever it started is gone with it."""
    with log.open("ab") as out:
        running = subprocess.Popen(
            [sys.executable, *arguments], env=environment(settings), stdout=out, stderr=out
        )
    try:
        yield running
    finally:
        family = [*psutil.Process(running.pid).children(recursive=True)] if running.poll() is None else []
        for one in (running, *family):
            one.kill()
        running.wait()


def ask(address: str, path: str, **parameters: str) -> Any:
    with urllib.request.urlopen(  # noqa: S310 - our own server
        f"{address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}", timeout=10
    ) as answer:
        found = orjson.loads(answer.read())
    assert found["status"] == "success", found
    return found["data"]


def value(address: str, query: str) -> float | None:
    result = ask(address, "query", query=query)["result"]
    return float(result[0]["value"][1]) if result else None


def firing(address: str) -> dict[str, dict[str, Any]]:
    """The alerts about clean that fire, by name."""
    alerts = ask(address, "alerts")["alerts"]
    return {
        one["labels"]["alertname"]: one
        for one in alerts
        if one["state"] == "firing" and one["labels"].get("stage") == "clean"
    }


def wait(what: str, condition: Callable[[], bool], limit: float = 40) -> float:
    """Wait until *condition* holds; returns the seconds it took."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < limit, what
        time.sleep(0.3)
    return time.monotonic() - begun


async def fed(settings: Settings, source: str) -> None:
    await declare.apply(settings)
    await feed(
        settings, named.submissions([str(path) for path in sorted(SEEDS.glob("*.txt"))], Job(source=source))
    )


def test_a_stage_that_stands_still_fires_and_is_forgotten_when_it_goes_on(
    own_broker: Broker, tmp_path: Path
) -> None:
    settings = Settings(kafka=own_broker.bootstrap)
    ports = {name: choose_port() for name in ("clean", "lag")}
    targets = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
    clean = ("-m", "services.cli", "run", "clean", "--metrics-port", str(ports["clean"]))
    asyncio.run(fed(settings, "first"))
    with (
        process(dataclasses.replace(settings, metrics_port=ports["lag"]), tmp_path / "lag.log", "-c", LAG),
        prometheus(tmp_path / "prometheus", targets, rules=hurried(tmp_path / "rules")) as address,
    ):
        with process(settings, tmp_path / "clean.log", *clean) as worker:
            wait(
                "both articles finished",
                lambda: value(address, 'sum(khabar_records_finished_total{stage="clean"})') == 2,
            )
            wait(
                "nothing waits",
                lambda: value(address, 'stage:khabar_consumer_lag_records:sum{stage="clean"}') == 0,
            )
            wait("no alert about clean", lambda: firing(address) == {})
            wait(
                "the sums add up",
                lambda: value(address, 'stage:khabar_records_unaccounted:sum{stage="clean"}') == 0,
            )
            wait("the page is answered for a stage that runs", lambda: answered(address) >= PANELS)
            worker.kill()
            worker.wait()
        asyncio.run(fed(settings, "second"))
        gone = wait("the worker is missed", lambda: "KhabarWorkerGone" in firing(address))
        stalled = wait("the stage is seen to stand still", lambda: "KhabarStageStalled" in firing(address))
        assert (
            firing(address)["KhabarStageStalled"]["annotations"]["summary"]
            == "clean has records waiting and finishes none"
        )
        assert (value(address, 'max(khabar_consumer_lag_seconds{stage="clean",run="live"})') or 0) > 0
        with process(settings, tmp_path / "clean.log", *clean):
            over = wait("all is forgotten", lambda: firing(address) == {})
            wait(
                "all is finished",
                lambda: value(address, 'stage:khabar_consumer_lag_records:sum{stage="clean"}') == 0,
            )
        for group in ask(address, "rules")["groups"]:
            assert [rule["name"] for rule in group["rules"] if rule["health"] != "ok"] == []
    print(f"missed after {gone:.1f} s, stalled {stalled:.1f} s later, forgotten {over:.1f} s after the start")


PANELS = {
    "Stages",
    "Lag",
    "How records end",
    "Sums that do not add up",
    "Transactions",
    "Lanes",
    "Memory",
    "CPU",
    "What runs",
}


def answered(address: str) -> set[str]:
    """Return the panels of the page that Prometheus has an answer for; it takes the questions of all."""
    found = set()
    for panel in orjson.loads(PAGE.read_bytes())["panels"]:
        for target in panel["targets"]:
            query = (
                target["expr"]
                .replace("$__rate_interval", "10s")
                .replace("$job", ".+")
                .replace("$instance", ".+")
            )
            if ask(address, "query", query=query)["result"]:
                found.add(panel["title"])
    return found
