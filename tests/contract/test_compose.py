"""docker-compose.yml: a real compose parser takes it, and every service is held as tight as it says."""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.stages import VIEWS
from shared.broker.jars import KAFKA
from shared.settings import Settings
from shared.version import VERSION
from shared.wire.topics import STAGES

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"
PARSER = "github.com/compose-spec/compose-go/v2/cmd@v2.16.2"
"""The parser that «docker compose» itself is made with."""


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["services"]
    return found


def test_a_real_compose_parser_takes_it() -> None:
    if (
        shutil.which("docker")
        and subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0
    ):
        command = ["docker", "compose", "-f", str(FILE), "config", "--quiet"]
    elif shutil.which("go"):
        command = ["go", "run", PARSER, str(FILE)]
    else:
        pytest.skip(
            "SKIPPED LOUDLY: neither «docker compose» nor Go is here, so no real compose parser read docker-compose.yml"
        )
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"GOFLAGS": "-mod=mod"}
    )
    assert done.returncode == 0, done.stderr


def test_every_worker_has_a_service_and_waits_for_the_topics(services: dict[str, Any]) -> None:
    for name in (*STAGES, *VIEWS, "feeds", "ingest", "backfill", "lag", "archive", "web"):
        assert services[name]["command"] == ["run", name, "--metrics-port", "9108"], (
            "where Prometheus and the health check ask"
        )
        assert services[name]["depends_on"]["topics"]["condition"] == "service_completed_successfully"
        assert "/readyz" in services[name]["healthcheck"]["test"][-1]
        grace = float(services[name]["stop_grace_period"].removesuffix("s"))
        assert grace > Settings().drain_seconds, "killed before it has drained"


MEGABYTES = {"m": 1, "g": 1024}


def megabytes(size: str) -> int:
    return int(size[:-1]) * MEGABYTES[size[-1].lower()]


def test_everything_is_hardened_and_comes_back(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert service["logging"] == {"driver": "local"}, f"{name}: its log would grow for ever"
        assert megabytes(service["mem_limit"]) >= 512, name
        assert "pids_limit" in service, name
        assert "container_name" not in service, name
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), f"{name} is open to the network"
        if name != "kafka":
            assert service["read_only"] is True, name
            assert int(service["user"].partition(":")[0]) > 0, name
        if name not in ("topics", "feed", "status"):
            assert service["restart"] == "unless-stopped", name
            assert service["healthcheck"]["test"][0] == "CMD", name


def test_every_image_is_ours_or_pinned(services: dict[str, Any]) -> None:
    for name, service in services.items():
        image = service["image"]
        assert (
            image == f"khabar:{VERSION}"
            or name == "kafka"
            or re.search(r":v?\d[\d.]+@sha256:[0-9a-f]{64}$", image)
        ), name
    assert services["kafka"]["image"] == f"${{KAFKA_IMAGE:-apache/kafka:{KAFKA}}}", (
        "the release that the tests run"
    )


def test_kafka_keeps_its_data_and_fits_its_limit(services: dict[str, Any]) -> None:
    kafka = services["kafka"]
    given = kafka["environment"]
    mounted = {volume.partition(":")[2] for volume in kafka["volumes"]}
    assert given["KAFKA_LOG_DIRS"] in mounted, "the volume stays empty, and the data go with the container"
    heap = re.search(r"-Xmx(\d+[mg])", given["KAFKA_HEAP_OPTS"])
    assert heap is not None
    assert megabytes(heap[1]) * 2 <= megabytes(kafka["mem_limit"]), (
        "a JVM needs as much again beside its heap"
    )
    assert ".sh" not in " ".join(kafka["healthcheck"]["test"]), "each of Kafka's commands is a JVM"


def test_the_monitoring_profile_reads_what_the_repository_holds(services: dict[str, Any]) -> None:
    started = {name for name, service in services.items() if service.get("profiles") == ["monitoring"]}
    assert started == {"prometheus", "grafana"}
    assert "--config.file=/etc/prometheus/prometheus.yml" in services["prometheus"]["command"]
    mounts = dict(
        volume.removesuffix(":ro").split(":")
        for name in started
        for volume in services[name]["volumes"]
        if volume.startswith("./")
    )
    assert mounts == {
        "./deploy/prometheus": "/etc/prometheus",
        "./deploy/grafana/provisioning": "/etc/grafana/provisioning",
        "./deploy/grafana/dashboards": "/etc/grafana/dashboards",
    }
    assert set(services["grafana"]["depends_on"]) <= started, "partners share a profile"
    if (ROOT / "deploy" / "RUNBOOK.md").exists():  # it comes with the rules and the page
        for folder in mounts:
            assert any((ROOT / folder).iterdir()), folder


def test_settings_are_known_ones(services: dict[str, Any]) -> None:
    for service in services.values():
        given = {
            key: str(value)
            for key, value in service.get("environment", {}).items()
            if key.startswith("KHABAR_")
        }
        secrets = {f"/run/secrets/{name}" for name in service.get("secrets", [])}
        files = {key: given.pop(key) for key in list(given) if key.endswith("_FILE")}
        assert set(files.values()) <= secrets, "a file that nobody mounts"
        Settings.from_env(given | {key.removesuffix("_FILE"): "what the file holds" for key in files})


def test_the_door_for_http_is_open_to_its_neighbours_and_guarded_by_a_token(services: dict[str, Any]) -> None:
    ingest, whole = services["ingest"], yaml.safe_load(FILE.read_text(encoding="utf-8"))
    given, port = ingest["environment"], Settings().ingest_port
    assert ipaddress.ip_address(given["KHABAR_INGEST_HOST"]).is_unspecified
    assert given["KHABAR_INGEST_TOKEN_FILE"].removeprefix("/run/secrets/") in ingest["secrets"]
    assert whole["secrets"]["ingest_token"] == {"environment": "KHABAR_INGEST_TOKEN"}
    assert ingest["ports"] == [f"127.0.0.1:{port}:{port}"]
