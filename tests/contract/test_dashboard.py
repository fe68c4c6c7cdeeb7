"""The page for Grafana: as its code makes it, and held to the published rules of Grafana's own linter for
such pages.

The rules have the names of https://github.com/grafana/dashboard-linter (docs/rules). Its program is not used:
it cannot be installed from the module proxy. The two rules about Loki have nothing to judge here.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import promql_parser as grammar
import pytest
import yaml

from services.workshop.building.grafana import dashboard
from services.workshop.building.grafana.panels import PANELS, WHOLE_WIDTH
from tests.contract import promql

ROOT = Path(__file__).resolve().parents[2]
GRAFANA = ROOT / "deploy" / "grafana"
Page = dict[str, Any]
UNITS = {
    "none", "short", "percent", "percentunit", "bytes", "decbytes", "Bps", "s", "ms", "m", "h", "d", "dtdurations", "dateTimeAsIso",
    "dateTimeFromNow", "cps", "ops", "reqps", "rps", "cpm", "opm", "rpm", "bool", "string",
}  # fmt: skip
"""Those of Grafana's units that a page of ours could need (its valueFormats/categories.ts)."""

CHOSEN = "${datasource}"
RATES = ("rate", "irate", "increase")


def targets(page: Page) -> Iterator[tuple[str, Page]]:
    for panel in page["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target


def choices(page: Page) -> dict[str, Page]:
    return {one["name"]: one for one in page["templating"]["list"]}


def template_datasource_rule(page: Page) -> list[str]:
    sources = [one for one in page["templating"]["list"] if one["type"] == "datasource"]
    right = [(one["name"], one["label"], one["query"]) for one in sources] == [
        ("datasource", "Data source", "prometheus")
    ]
    return [] if right else ["the page needs one choice of the data source, called datasource"]


def template_choice(page: Page, name: str) -> list[str]:
    one = choices(page).get(name, {})
    wanted = {
        "type": "query",
        "label": name.title(),
        "multi": True,
        "allValue": ".+",
        "datasource": {"type": "prometheus", "uid": CHOSEN},
    }
    return [f"{name}: {key} is {one.get(key)!r}" for key, value in wanted.items() if one.get(key) != value]


def template_job_rule(page: Page) -> list[str]:
    return template_choice(page, "job")


def template_instance_rule(page: Page) -> list[str]:
    return template_choice(page, "instance")


def template_label_promql_rule(page: Page) -> list[str]:
    wrong = []
    for name, one in choices(page).items():
        if one["type"] == "query":
            asked = re.fullmatch(r"label_values\((.+), *\w+\)", one["query"])
            try:
                promql.parsed(asked[1] if asked else "")
            except ValueError as error:
                wrong.append(f"{name}: {error}")
    return wrong


def template_on_time_change_reload_rule(page: Page) -> list[str]:
    return [name for name, one in choices(page).items() if one["type"] == "query" and one["refresh"] != 2]


def panel_datasource_rule(page: Page) -> list[str]:
    asked = [(panel["title"], panel["datasource"]) for panel in page["panels"]]
    asked += [(title, target["datasource"]) for title, target in targets(page)]
    return [title for title, source in asked if source["uid"] != CHOSEN]


def panel_title_description_rule(page: Page) -> list[str]:
    return [str(panel["id"]) for panel in page["panels"] if not panel["title"] or not panel["description"]]


def panel_units_rule(page: Page) -> list[str]:
    wrong = []
    for panel in page["panels"]:
        config = panel["fieldConfig"]
        units = [config["defaults"].get("unit")]
        units += [
            item["value"] for one in config["overrides"] for item in one["properties"] if item["id"] == "unit"
        ]
        wrong += [f"{panel['title']}: {unit}" for unit in units if unit not in UNITS]
    return wrong


def panel_no_targets_rule(page: Page) -> list[str]:
    return [panel["title"] for panel in page["panels"] if not panel["targets"]]


def target_promql_rule(page: Page) -> list[str]:
    wrong = []
    for title, target in targets(page):
        try:
            promql.parsed(target["expr"])
        except ValueError as error:
            wrong.append(f"{title}: {error}")
    return wrong


def target_rate_interval_rule(page: Page) -> list[str]:
    """Every range of a rate is Grafana's own: long enough for two samples at any zoom."""
    return [
        title for title, target in targets(page) if re.search(r"\[(?!\$__rate_interval\])", target["expr"])
    ]


def matched(page: Page, label: str) -> list[str]:
    wanted = (grammar.MatchOp.Re, label, f"${label}")
    return [
        f"{title}: {selector}"
        for title, target in targets(page)
        for selector in promql.selectors(promql.parsed(target["expr"]))
        if wanted not in [(one.op, one.name, one.value) for one in selector.matchers.matchers]
    ]


def target_job_rule(page: Page) -> list[str]:
    return matched(page, "job")


def target_instance_rule(page: Page) -> list[str]:
    return matched(page, "instance")


def target_counter_agg_rule(page: Page) -> list[str]:
    """A counter is shown by its rate alone: its height says only when the worker started."""
    wrong = []
    for title, target in targets(page):
        rated: set[str] = set()

        def see(node: grammar.Expr, rated: set[str] = rated) -> None:
            if isinstance(node, grammar.Call) and node.func.name in RATES:
                rated.update(
                    str(one.vector_selector) for one in node.args if isinstance(one, grammar.MatrixSelector)
                )

        parsed = promql.parsed(target["expr"])
        grammar.walk(parsed, see)
        counted = [one for one in promql.selectors(parsed) if str(one.name).endswith("_total")]
        wrong += [f"{title}: {one.name}" for one in counted if str(one) not in rated]
    return wrong


def uneditable_dashboard(page: Page) -> list[str]:
    return ["the page can be edited in the browser, where no test sees it"] if page["editable"] else []


def put(page: Page, value: Any, *path: str | int) -> None:
    """Put *value* where *path* leads."""
    *way, last = path
    at: Any = page
    for step in way:
        at = at[step]
    at[last] = value


LINTED: dict[Callable[[Page], list[str]], tuple[Any, ...]] = {
    template_datasource_rule: ("prom", "templating", "list", 0, "name"),
    template_job_rule: (".*", "templating", "list", 1, "allValue"),
    template_instance_rule: (False, "templating", "list", 2, "multi"),
    template_label_promql_rule: ("label_values(khabar_build_info{, job)", "templating", "list", 1, "query"),
    template_on_time_change_reload_rule: (1, "templating", "list", 2, "refresh"),
    panel_datasource_rule: (
        {"type": "prometheus", "uid": "P1809F7CD0C75ACF3"},
        "panels",
        3,
        "targets",
        0,
        "datasource",
    ),
    panel_title_description_rule: ("", "panels", 5, "description"),
    panel_units_rule: ("seconds", "panels", 1, "fieldConfig", "defaults", "unit"),
    panel_no_targets_rule: ([], "panels", 2, "targets"),
    target_promql_rule: ("sum(rate(khabar_lanes)", "panels", 0, "targets", 0, "expr"),
    target_rate_interval_rule: ("rate(khabar_articles_total[5m])", "panels", 0, "targets", 0, "expr"),
    target_job_rule: ('khabar_lanes{job="$job",instance=~"$instance"}', "panels", 0, "targets", 0, "expr"),
    target_instance_rule: ('khabar_lanes{job=~"$job"}', "panels", 0, "targets", 0, "expr"),
    target_counter_agg_rule: ("sum(khabar_articles_total)", "panels", 0, "targets", 0, "expr"),
    uneditable_dashboard: (True, "editable"),
}
"""Every rule, with one thing that breaks it."""


@pytest.fixture
def page() -> Page:
    found: Page = orjson.loads(dashboard.FILE.read_bytes())
    return found


def test_the_file_is_what_the_code_makes() -> None:
    """When it differs: python -m services.workshop.building.grafana.dashboard."""
    assert dashboard.FILE.read_bytes() == dashboard.text()


@pytest.mark.parametrize("rule", LINTED, ids=lambda rule: rule.__name__)
def test_the_page_keeps_the_rule_and_the_rule_can_be_broken(
    rule: Callable[[Page], list[str]], page: Page
) -> None:
    assert rule(page) == []
    broken = copy.deepcopy(page)
    put(broken, *LINTED[rule])
    assert rule(broken) != []


def test_every_series_is_called_something_and_every_panel_has_its_place(page: Page) -> None:
    assert all(target["legendFormat"] for _, target in targets(page))
    assert (
        len({panel["title"] for panel in page["panels"]})
        == len({panel["id"] for panel in page["panels"]})
        == len(PANELS)
    )
    places = [tuple(panel["gridPos"][side] for side in "xywh") for panel in page["panels"]]
    cells = [(column, row) for x, y, w, h in places for column in range(x, x + w) for row in range(y, y + h)]
    assert len(set(cells)) == len(cells)
    assert all(column < WHOLE_WIDTH for column, _ in cells)


def test_grafana_finds_the_page_and_the_source_it_asks() -> None:
    source = yaml.safe_load(
        (GRAFANA / "provisioning" / "datasources" / "prometheus.yml").read_text(encoding="utf-8")
    )["datasources"][0]
    asking = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))[
        "global"
    ]["scrape_interval"]
    assert (source["type"], source["isDefault"], source["jsonData"]["timeInterval"]) == (
        "prometheus",
        True,
        asking,
    )
    provider = yaml.safe_load(
        (GRAFANA / "provisioning" / "dashboards" / "khabar.yml").read_text(encoding="utf-8")
    )["providers"][0]
    assert provider["allowUiUpdates"] is False
    assert Path(provider["options"]["path"]).name == dashboard.FILE.parent.name
