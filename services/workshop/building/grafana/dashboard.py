"""Writes the page for Grafana: ``python -m services.workshop.building.grafana.dashboard``.

A test fails when the file differs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from services.checkout import ROOT
from services.workshop.building.grafana.panels import PANELS, WHOLE_WIDTH, Panel, Query

FILE = ROOT / "deploy" / "grafana" / "dashboards" / "khabar.json"
HERE = 'job=~"$job",instance=~"$instance"'
"""What the word HERE in a question becomes: the choices that a reader makes at the top of the page."""

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
HEIGHT = 8


def page() -> dict[str, Any]:
    """Return the page as Grafana reads it."""
    return {
        "uid": "khabar",
        "title": "Khabar",
        "description": "Stories linked across languages: how many, how fresh, and what is in the way.",
        "tags": ["khabar"],
        "schemaVersion": 39,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "utc",
        "templating": {
            "list": [
                {
                    "name": "datasource",
                    "label": "Data source",
                    "type": "datasource",
                    "query": "prometheus",
                    "refresh": 1,
                },
                _choice("job", "label_values(khabar_build_info, job)"),
                _choice("instance", 'label_values(khabar_build_info{job=~"$job"}, instance)'),
            ]
        },
        "panels": list(_panels()),
    }


def _choice(name: str, query: str) -> dict[str, Any]:
    return {
        "name": name,
        "label": name.title(),
        "type": "query",
        "datasource": SOURCE,
        "query": query,
        "definition": query,
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".+",
        "current": {"text": ["All"], "value": ["$__all"]},
    }


def _panels() -> Iterator[dict[str, Any]]:
    x = y = 0
    for number, panel in enumerate(PANELS, 1):
        if x + panel.width > WHOLE_WIDTH:
            x, y = 0, y + HEIGHT
        place = {"h": HEIGHT, "w": panel.width, "x": x, "y": y}
        x += panel.width
        yield {
            "id": number,
            "type": panel.kind,
            "title": panel.title,
            "description": panel.about,
            "datasource": SOURCE,
            "gridPos": place,
            "targets": [_target(panel, query, chr(ord("A") + at)) for at, query in enumerate(panel.queries)],
        } | (_table(panel) if panel.kind == "table" else _timeseries(panel))


def _target(panel: Panel, query: Query, ref: str) -> dict[str, Any]:
    asked = {
        "refId": ref,
        "datasource": SOURCE,
        "expr": query.expr.replace("HERE", HERE),
        "legendFormat": query.legend,
    }
    return asked | (
        {"instant": True, "range": False, "format": "table"} if panel.kind == "table" else {"range": True}
    )


def _timeseries(panel: Panel) -> dict[str, Any]:
    drawn: dict[str, Any] = {
        "unit": panel.unit,
        "min": 0,
        "custom": {"showPoints": "never", "fillOpacity": 10},
    }
    if panel.stacked:
        drawn["custom"] |= {"stacking": {"mode": "normal", "group": "A"}, "fillOpacity": 40}
    if panel.limit is not None:
        drawn["custom"]["thresholdsStyle"] = {"mode": "line"}
        drawn["thresholds"] = {
            "mode": "absolute",
            "steps": [{"color": "green", "value": None}, {"color": "red", "value": panel.limit}],
        }
    return {
        "fieldConfig": {"defaults": drawn, "overrides": []},
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom"},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
    }


def _table(panel: Panel) -> dict[str, Any]:
    """Join the answers by their labels into one row each; a column is called as its question is, and has its
    unit.
    """
    refs = [chr(ord("A") + at) for at in range(len(panel.queries))]
    columns = ["Value"] if len(refs) == 1 else [f"Value #{ref}" for ref in refs]
    return {
        "fieldConfig": {
            "defaults": {"unit": panel.unit},
            "overrides": [
                {
                    "matcher": {"id": "byName", "options": query.legend},
                    "properties": [{"id": "unit", "value": query.unit}],
                }
                for query in panel.queries
            ],
        },
        "options": {"showHeader": True, "cellHeight": "sm"},
        "transformations": [
            {"id": "merge", "options": {}},
            {
                "id": "organize",
                "options": {
                    "excludeByName": {"Time": True},
                    "renameByName": dict(
                        zip(columns, (query.legend for query in panel.queries), strict=True)
                    ),
                },
            },
        ],
    }


def text() -> bytes:
    """Return the file's content."""
    return orjson.dumps(page(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


if __name__ == "__main__":
    FILE.write_bytes(text())
