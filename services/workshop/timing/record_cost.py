"""``bench runner``: what the lane costs a record, beside plain clients in the same run."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import orjson

from services.cli.worker_processes import environment
from services.workshop.timing.made_articles import article, fill, topic
from services.workshop.timing.noop import SINK, SOURCE
from shared.settings import Settings

RECORDS = 20_000
PARTITIONS = 16


def bench(settings: Settings, records: int = RECORDS) -> dict[str, Any]:
    """Return us CPU per record of the runner (main process and slot) and of the yardsticks, and the
    ratios.
    """
    made = [article(number) for number in range(200)]
    values = (made[number % len(made)] for number in range(records))
    asyncio.run(fill(settings, [topic(SOURCE, PARTITIONS), topic(SINK, PARTITIONS)], values))
    found = {
        "khabar": _run([sys.executable, "-m", "services.workshop.timing.noop", str(records)], settings),
        "aiokafka": _run(
            [
                sys.executable,
                "-m",
                "services.workshop.timing.yardsticks",
                "aiokafka",
                settings.kafka,
                str(records),
            ],
            settings,
        ),
        "confluent": _run(
            [
                sys.executable,
                "-m",
                "services.workshop.timing.yardsticks",
                "confluent",
                settings.kafka,
                str(records),
            ],
            settings,
        ),
    }
    costs = {name: round(one["cpu_s"] / one["records"] * 1e6, 1) for name, one in found.items()}
    return {
        "records": records,
        "bytes": round(sum(map(len, made)) / len(made)),
        "partitions": PARTITIONS,
        "us_cpu_per_record": costs,
        "times_aiokafka": round(costs["khabar"] / costs["aiokafka"], 2),
        "times_confluent": round(costs["khabar"] / costs["confluent"], 2),
        "rss_mb": round(found["khabar"]["rss_mb"]),
    }


def _run(command: list[str], settings: Settings) -> dict[str, Any]:
    done = subprocess.run(command, env=environment(settings), stdout=subprocess.PIPE, check=True, timeout=300)  # noqa: S603 - our own
    found: dict[str, Any] = orjson.loads(done.stdout)
    return found
