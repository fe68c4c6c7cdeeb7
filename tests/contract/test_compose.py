"""docker-compose.yml: a real compose parser takes it, and every service is held as tight as it says."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.stages import STAGES, VIEWS
from shared.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"
PARSER = "github.com/compose-spec/compose-go/v2/cmd@v2.16.2"
"""The parser that «docker compose» itself is made with."""


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["services"]
    return found


def test_a_real_compose_parser_takes_it() -> None:
    if shutil.which("docker") and subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0:
        command = ["docker", "compose", "-f", str(FILE), "config", "--quiet"]
    elif shutil.which("go"):
        command = ["go", "run", PARSER, str(FILE)]
    else:
        pytest.skip("SKIPPED LOUDLY: neither «docker compose» nor Go is here, so no real compose parser read docker-compose.yml")
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"GOFLAGS": "-mod=mod"})
    assert done.returncode == 0, done.stderr


def test_every_worker_has_a_service_and_waits_for_the_topics(services: dict[str, Any]) -> None:
    for name in (*STAGES, *VIEWS):
        assert services[name]["command"][:2] == ["run", name]
        assert services[name]["depends_on"]["topics"]["condition"] == "service_completed_successfully"
        grace = float(services[name]["stop_grace_period"].removesuffix("s"))
        assert grace > Settings().drain_seconds, "killed before it has drained"


def test_everything_of_ours_is_hardened(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert "mem_limit" in service, name
        assert "pids_limit" in service, name
        assert "container_name" not in service, name
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), f"{name} is open to the network"
        if name != "kafka":
            assert service["read_only"] is True, name
            assert service["user"] == "10001", name


def test_settings_are_known_ones(services: dict[str, Any]) -> None:
    for service in services.values():
        given = {key: str(value) for key, value in service["environment"].items() if key.startswith("KHABAR_")}
        Settings.from_env(given)
