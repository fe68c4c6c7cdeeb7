"""What the code exports, asked of the code itself: the series of every worker with their labels, and the
values these have from the start.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, Metric, ProcessCollector

from services.workshop.building import metrics_page

ROOT = Path(__file__).resolve().parents[2]
KINDS = {
    "counter", "gauge", "histogram", "summary", "info", "enum",
    "gaugemetricfamily", "countermetricfamily", "histogrammetricfamily",
}  # fmt: skip
"""In small letters: a module that makes many calls its ``partial(Counter, …)`` by the small name."""
BY_PROMETHEUS = ("job", "instance")
"""Labels that every series gets when it is asked for."""

Labels = dict[str, set[str]]
Series = dict[str, Labels]


def registries() -> Iterator[CollectorRegistry]:
    """What each worker of the engine has registered when it starts, and what every process adds."""
    for register in metrics_page.EXPORTERS.values():
        registry = CollectorRegistry()
        register(registry)
        yield registry
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    yield registry


def series_of(family: Metric) -> set[str]:
    """The names under which Prometheus will know *family*, whether it has values yet or not."""
    endings = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}
    return {family.name + ending for ending in endings.get(family.type, [""])}


def exported() -> Series:
    """Every series by its name: its labels, each with the values that it has from the start."""
    found: Series = {}
    for registry in registries():
        for family in registry.collect():
            labels = getattr(registry._names_to_collectors.get(family.name), "_labelnames", ())
            for name in {sample.name for sample in family.samples} or series_of(family):
                known = found.setdefault(name, {label: set() for label in BY_PROMETHEUS})
                for label in (*labels, *(["le"] if name.endswith("_bucket") else [])):
                    known.setdefault(label, set())
            for sample in family.samples:
                for label, value in sample.labels.items():
                    found[sample.name].setdefault(label, set()).add(value)
    return found


def families_in_the_code() -> set[str]:
    """The first word of every metric that is made anywhere, read off the source: none may be missing in
    ``exported``.
    """
    found = set()
    for folder in ("services", "shared"):
        for path in (ROOT / folder).rglob("*.py"):
            if '"khabar_' not in (text := path.read_text(encoding="utf-8")):
                continue
            for node in ast.walk(ast.parse(text)):
                if (
                    isinstance(node, ast.Call)
                    and getattr(node.func, "id", getattr(node.func, "attr", "")).lower() in KINDS
                    and node.args
                ):
                    name = node.args[0]
                    if (
                        isinstance(name, ast.Constant)
                        and isinstance(name.value, str)
                        and name.value.startswith("khabar_")
                    ):
                        found.add(name.value)
    return found
