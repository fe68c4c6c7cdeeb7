"""Nothing drifts: whatever a rule, a panel or a trigger asks for is exported, and whatever is exported is
looked at somewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest
import yaml

from tests.contract import promql
from tests.contract.exported_metrics import BY_PROMETHEUS, Series, exported, families_in_the_code

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "deploy" / "grafana" / "dashboards" / "khabar.json"
REFERENCE = ROOT / "deploy" / "METRICS.md"
TEMPLATE = re.compile(r"\$labels\.(\w+)|\{\{\s*(\w+)\s*\}\}")


class Asked(NamedTuple):
    """An expression, where it stands, and the text beside it that names labels of its answer."""

    where: str
    expr: str
    text: str = ""
    records: str = ""


def rules() -> Iterator[Asked]:
    for path in sorted((ROOT / "deploy" / "prometheus").glob("*.yml")):
        for group in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("groups", []):
            for rule in group["rules"]:
                name = rule.get("record") or rule["alert"]
                yield Asked(
                    f"{path.name}: {name}",
                    rule["expr"],
                    str(rule.get("annotations", "")),
                    rule.get("record", ""),
                )


def panels() -> Iterator[Asked]:
    for panel in orjson.loads(PAGE.read_bytes())["panels"]:
        for target in panel["targets"]:
            yield Asked(f"panel «{panel['title']}»", target["expr"], target["legendFormat"])


def dicts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from dicts(inner)


def triggers() -> Iterator[Asked]:
    """What KEDA asks Prometheus before it adds or takes away a worker."""
    for path in sorted((ROOT / "deploy").glob("kubernetes/**/*.y*ml")):
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            for one in dicts(document):
                if one.get("type") == "prometheus" and "query" in one.get("metadata", {}):
                    yield Asked(f"trigger in {path.name}", one["metadata"]["query"])


def variables() -> Iterator[Asked]:
    """What fills the choices at the top of the page."""
    for one in orjson.loads(PAGE.read_bytes())["templating"]["list"]:
        if one["type"] == "query":
            selector, _, label = re.fullmatch(r"label_values\((.+?)(, *)(\w+)\)", one["query"]).groups()  # type: ignore[union-attr]
            yield Asked(f"choice {one['name']}", f"count by ({label}) ({selector})")


def everything() -> list[Asked]:
    return [*rules(), *panels(), *triggers(), *variables()]


@pytest.fixture(scope="module")
def series() -> Series:
    """All that can be asked for: what the workers export, and what the rules record, in their order."""
    found = exported()
    for rule in rules():
        if rule.records:
            answer = promql.labels(promql.parsed(rule.expr), found)
            found[rule.records] = {label: set() for label in answer}
    return found


def judged(asked: Asked, series: Series) -> str:
    """Return what is wrong with it, or nothing."""
    try:
        answer = promql.labels(promql.parsed(asked.expr), series)
    except (promql.NotExported, ValueError) as error:
        return f"{asked.where}: {error}"
    named = {
        one or other
        for one, other in TEMPLATE.findall(asked.text)
        if (one or other) not in ("value", "humanizeDuration")
    }
    return (
        f"{asked.where}: its text names {sorted(named - answer)}, which its answer has not"
        if named - answer
        else ""
    )


def test_whatever_is_asked_for_is_exported(series: Series) -> None:
    asked = everything()
    assert len(asked) > 80
    assert [wrong for one in asked if (wrong := judged(one, series))] == []


def test_the_inventory_has_every_metric_of_the_code(series: Series) -> None:
    families = families_in_the_code()
    assert len(families) >= 30
    assert [name for name in families if not {name, f"{name}_total", f"{name}_bucket"} & set(series)] == []


def looked_at() -> set[str]:
    """The family of every series that is asked for."""
    return {
        family(str(selector.name))
        for one in everything()
        for selector in promql.selectors(promql.parsed(one.expr))
    }


def family(name: str) -> str:
    return re.sub(r"_(total|bucket|count|sum)$", "", name)


def test_whatever_is_exported_is_looked_at(series: Series) -> None:
    ours = {family(name) for name in series if name.startswith("khabar_")}
    assert ours - looked_at() == set(), (
        "give it a place on the page (services/workshop/building/grafana/panels.py), or a rule"
    )
    named = set(re.findall(r"`(khabar_\w+)`", REFERENCE.read_text(encoding="utf-8")))
    assert ours == {family(name) for name in named}, "deploy/METRICS.md"


def test_whatever_is_recorded_is_asked_for() -> None:
    recorded = {rule.records for rule in rules() if rule.records}
    assert (
        recorded
        - {selector.name for one in everything() for selector in promql.selectors(promql.parsed(one.expr))}
        == set()
    )


def spoiled(series: Series) -> Iterator[tuple[str, Series]]:
    """What is exported after one change of a name: every metric that something asks for, and every label that
    something names.
    """
    asked = {selector.name for one in everything() for selector in promql.selectors(promql.parsed(one.expr))}
    for name in sorted(asked & {name for name in series if not name.startswith(("stage:", "khabar:"))}):
        yield name, {f"{one}_renamed" if one == name else one: found for one, found in series.items()}
    for label in ("stage", "reason", "outcome", "run", "state", "source", "le", "lang", "kind"):
        yield (
            label,
            {
                name: {f"{one}_renamed" if one == label else one: values for one, values in found.items()}
                for name, found in series.items()
            },
        )


def test_a_name_that_is_changed_in_the_code_alone_is_noticed(series: Series) -> None:
    asked = everything()
    tried = [(name, any(judged(one, changed) for one in asked)) for name, changed in spoiled(series)]
    assert len(tried) > 35
    assert [name for name, noticed in tried if not noticed] == []


@pytest.mark.parametrize(
    ("expr", "wrong"),
    [
        ("khabar_records_read_total", "exported by nobody"),
        ('khabar_lanes{phase="owned"}', "no label phase"),
        ('khabar_lanes{state="sleeping"}', "has never state='sleeping'"),
        ('rate(khabar_record_age_seconds_bucket{le="60"}[5m])', "has never le='60'"),
        ("sum by (reason) (khabar_lanes)", "no label"),
        ("khabar_stories_open > on (stage) khabar_lanes", "both sides must have"),
        ("sum(khabar_lanes", "unclosed left parenthesis"),
    ],
)
def test_what_is_wrong_is_named(expr: str, wrong: str, series: Series) -> None:
    assert wrong in judged(Asked("here", expr), series)


def test_labels_of_an_answer_are_those_that_prometheus_gives(series: Series) -> None:
    cases = {
        "khabar_lanes": {"stage", "state", *BY_PROMETHEUS},
        "sum(khabar_lanes)": set(),
        "sum without (state) (khabar_lanes)": {"stage", *BY_PROMETHEUS},
        "histogram_quantile(0.9, sum by (stage, le) (rate(khabar_record_duration_seconds_bucket[5m])))": {
            "stage"
        },
        "topk(3, sum by (stage) (khabar_lanes))": {"stage"},
    }
    assert {expr: promql.labels(promql.parsed(expr), series) for expr in cases} == cases
