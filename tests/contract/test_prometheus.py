"""The rules for Prometheus: its own tool takes them, they say what they should and no more, and every alert
has a section to read.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
import yaml

from services.cli import khabar
from shared.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy" / "prometheus"
RUNBOOK = ROOT / "deploy" / "RUNBOOK.md"
TESTED = {"rules.yml": "rules_test.yml", "budgets.yml": "budgets_test.yml"}

needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None,
    reason="SKIPPED LOUDLY: promtool is not here, so nobody tried the rules (Debian: apt install prometheus)",
)


def promtool(*arguments: object, folder: Path = RULES) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["promtool", *map(str, arguments)], cwd=folder, capture_output=True, text=True, check=False
    )


@needs_promtool
def test_promtool_takes_the_configuration_and_the_rules() -> None:
    done = promtool("check", "config", "prometheus.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 rule files found" in done.stdout


@needs_promtool
@pytest.mark.parametrize("tests", TESTED.values())
def test_every_alert_fires_when_it_should_and_only_then(tests: str) -> None:
    done = promtool("test", "rules", tests)
    assert done.returncode == 0, done.stdout + done.stderr


class Mutant(NamedTuple):
    """A mistake somebody may make: *old* becomes *new* in *file*, and a test about *alert* must notice."""

    name: str
    old: str
    new: str
    alert: str
    file: str = "rules.yml"


FINISHED = (
    "(sum by (stage) (khabar_records_finished_total) or sum by (stage) (khabar_records_consumed_total) * 0)"
)
MUTANTS = (
    Mutant("stale without asking whether it drains", r"\n *and on \(stage\) predict_linear.*", "", "KhabarStale"),
    Mutant("lag of every run", r'(khabar_consumer_lag_\w+)\{run="live"\}', r"\1", "KhabarStale"),
    Mutant("ages of every run", r'(khabar_record_age_seconds_\w+\{)run="live",?(.*)\[10m\]', r"\1\2[10m]", "KhabarFreshnessMissed"),
    Mutant("«and == 0» for «unless > 0»", r"unless on \(stage\) (\(sum.*\[5m\]\)\)) > 0\)", r"and on (stage) \1 == 0)", "KhabarStageStalled"),
    Mutant("a bare minus", re.escape(FINISHED), "sum by (stage) (khabar_records_finished_total)", "KhabarRecordsLost"),
    Mutant(
        "a number of records for 10 s",
        r"max by \(stage\) \(khabar_consumer_lag_seconds.*\n.*\n *for: 10m",
        "max by (stage) (khabar_consumer_lag_records) > 1000\n        for: 10s",
        "KhabarStale",
    ),
    Mutant("what is in flight counted as lost", r"\n *- \(sum by \(stage\) \(khabar_records_in_flight\).*", "", "KhabarRecordsLost"),
    Mutant("the edge without its decimal", 'le="60.0"', 'le="60"', "KhabarFreshnessMissed"),
    Mutant("a restart is news", "for: 30s", "for: 0s", "KhabarWorkerGone"),
    Mutant("a restart counted as found", r"increase\(khabar_identity_gap_records", "delta(khabar_identity_gap_records", "stage:khabar_lost", "budgets.yml"),
)  # fmt: skip


def judged(mutant: Mutant, folder: Path) -> str:
    """Return what promtool says of a copy of the rules with the mistake in it, tried by the tests that speak
    of the alert.
    """
    folder.mkdir()
    right = (RULES / mutant.file).read_text(encoding="utf-8")
    wrong = re.sub(mutant.old, mutant.new, right)
    assert wrong != right, mutant.name
    (folder / mutant.file).write_text(wrong, encoding="utf-8")
    tests = yaml.safe_load((RULES / TESTED[mutant.file]).read_text(encoding="utf-8"))
    tests["tests"] = [
        one
        for one in tests["tests"]
        if mutant.alert in str(one.get("promql_expr_test", "")) + str(one["alert_rule_test"])
    ]
    (folder / TESTED[mutant.file]).write_text(yaml.safe_dump(tests), encoding="utf-8")
    checked = promtool("check", "rules", mutant.file, folder=folder)
    assert checked.returncode == 0, f"{mutant.name}: {checked.stderr}"
    done = promtool("test", "rules", TESTED[mutant.file], folder=folder)
    return done.stdout + done.stderr if done.returncode else ""


@needs_promtool
def test_every_mistake_in_a_rule_is_noticed(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        words = list(pool.map(judged, MUTANTS, [tmp_path / str(n) for n in range(len(MUTANTS))]))
    assert [
        mutant.name for mutant, said in zip(MUTANTS, words, strict=True) if mutant.alert not in said
    ] == []


def alerts() -> list[dict[str, Any]]:
    groups = [
        group
        for name in TESTED
        for group in yaml.safe_load((RULES / name).read_text(encoding="utf-8"))["groups"]
    ]
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


def test_every_alert_has_a_story_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    tried = {
        (case["alertname"], bool(case["exp_alerts"]))
        for name in TESTED.values()
        for story in yaml.safe_load((RULES / name).read_text(encoding="utf-8"))["tests"]
        for case in story.get("alert_rule_test", ())
    }
    assert tried == {(rule["alert"], fires) for rule in alerts() for fires in (True, False)}


def test_every_alert_has_a_section_and_every_section_an_alert() -> None:
    page = RUNBOOK.read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    assert set(sections) == {rule["alert"] for rule in alerts()}
    for name, text in sections.items():
        for part in ("Means", "Look", "Do"):
            assert f"- **{part}.** " in text, name
        assert "`./khabar " in text or "](#" in text, f"{name} names no command, and leads to no section"
        assert {link.removeprefix("#") for link in re.findall(r"\]\(([^)]+)\)", text)} <= {
            other.lower() for other in sections
        }, name
    for rule in alerts():
        assert rule["annotations"]["runbook"] == f"deploy/RUNBOOK.md#{rule['alert'].lower()}"
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert f"({rule['labels']['severity']})" in sections[rule["alert"]], rule["alert"]
        assert rule["annotations"]["summary"]


def commands() -> Iterator[list[str]]:
    """Every ``./khabar …`` on the page, as words."""
    for span in re.findall(r"`\./khabar ([^`]+)`", RUNBOOK.read_text(encoding="utf-8")):
        yield span.split()


def parsed(command: click.Command, arguments: list[str], parent: click.Context | None = None) -> None:
    """Parse *arguments* as the command line would; raises UsageError where it would."""
    if not isinstance(command, click.Group):
        command.make_context(command.name, arguments, parent=parent)
        return
    context = click.Context(command, parent=parent, info_name=command.name)
    _, verb, rest = command.resolve_command(context, arguments)
    assert verb is not None
    parsed(verb, rest, context)


def test_every_command_of_the_runbook_is_one() -> None:
    """Parsed as the command line would be, without running it; words in capitals stand for what only the
    reader knows.
    """
    stand_ins = {
        "STAGE": "clean",
        "STAGE/OFFSET": "clean/7",
        "NAME": "example.org",
        "RUN": "again",
        "DOC": "3eb1ae8f",
        "WHY": "because",
    }
    tried = 0
    for words in commands():
        parsed(khabar, [stand_ins.get(word, word) for word in words])
        tried += 1
    assert tried > 20


def test_every_setting_of_the_runbook_is_one() -> None:
    named = set(re.findall(rf"`{PREFIX}(\w+)`", RUNBOOK.read_text(encoding="utf-8")))
    assert len(named) >= 3
    assert {name.lower() for name in named} <= set(Settings.__dataclass_fields__)


def test_prometheus_asks_every_worker_of_compose_and_nobody_else() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    port = "9108"
    workers = {
        name
        for name, service in compose.items()
        if "--metrics-port" in service.get("command", ()) and port in service["command"]
    }
    jobs = yaml.safe_load((RULES / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]
    asked = {
        (name, str(found["port"]))
        for job in jobs
        for found in job["dns_sd_configs"]
        for name in found["names"]
    }
    assert workers >= {"clean", "detect", "extract", "link", "pulse"}
    assert asked == {(name, port) for name in workers}
