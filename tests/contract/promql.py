"""What an expression in PromQL asks for: which series, by which labels with which values, and which labels
its answer has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import promql_parser as grammar

from tests.contract.exported_metrics import Series

ONE_RANGE = "5m"
"""What stands for Grafana's own range where an expression is parsed."""


class NotExported(AssertionError):
    """An expression asks for a series, a label or a value that nobody exports."""


def parsed(expr: str) -> grammar.Expr:
    """Parse *expr*, with the variables of the page in it; raises ValueError."""
    return grammar.parse(expr.replace("$__rate_interval", ONE_RANGE).replace("$__range", ONE_RANGE))


def selectors(expr: grammar.Expr) -> Iterator[grammar.VectorSelector]:
    """Every selector of *expr*."""
    found: list[grammar.VectorSelector] = []

    def see(node: grammar.Expr) -> None:
        if isinstance(node, grammar.VectorSelector):
            found.append(node)
        elif isinstance(node, grammar.MatrixSelector):
            found.append(node.vector_selector)

    grammar.walk(expr, see)
    return iter({str(one): one for one in found}.values())


def labels(expr: grammar.Expr, series: Series) -> set[str]:
    """Return the labels that the answer of *expr* may have; raises NotExported, naming what is not in
    *series*.
    """
    match expr:
        case grammar.VectorSelector():
            answer = _selected(expr, series)
        case grammar.MatrixSelector():
            answer = _selected(expr.vector_selector, series)
        case grammar.AggregateExpr():
            answer = _aggregated(expr, series)
        case grammar.Call():
            inner = set[str]().union(*(labels(one, series) for one in expr.args))
            answer = inner - {"le"} if expr.func.name == "histogram_quantile" else inner
        case grammar.BinaryExpr():
            answer = _joined(expr, series)
        case grammar.ParenExpr() | grammar.UnaryExpr() | grammar.SubqueryExpr():
            answer = labels(expr.expr, series)
        case _:  # a number or a text
            answer = set()
    return answer


def _selected(selector: grammar.VectorSelector, series: Series) -> set[str]:
    if selector.name not in series:
        raise NotExported(f"{selector.name} is exported by nobody")
    there = series[selector.name]
    for matcher in selector.matchers.matchers:
        if matcher.name not in there:
            raise NotExported(f"{selector.name} has no label {matcher.name}")
        values = there[matcher.name]
        wanted = (
            re.escape(matcher.value)
            if matcher.op in (grammar.MatchOp.Equal, grammar.MatchOp.NotEqual)
            else matcher.value
        )
        if (
            values
            and not matcher.value.startswith("$")
            and not any(re.fullmatch(wanted, value) for value in values)
        ):
            raise NotExported(
                f"{selector.name} has never {matcher.name}={matcher.value!r}, only {sorted(values)}"
            )
    return set(there)


def _aggregated(expr: grammar.AggregateExpr, series: Series) -> set[str]:
    inner = labels(expr.expr, series)
    if str(expr.op) in ("topk", "bottomk"):
        return inner
    named = set(expr.modifier.labels) if expr.modifier else set[str]()
    if named - inner:
        raise NotExported(f"{expr.prettify()}: no label {sorted(named - inner)}")
    return inner - named if expr.modifier and expr.modifier.type == grammar.AggModifierType.Without else named


def _joined(expr: grammar.BinaryExpr, series: Series) -> set[str]:
    left, right = labels(expr.lhs, series), labels(expr.rhs, series)
    matching = expr.modifier.matching if expr.modifier else None
    if matching is None or matching.type != grammar.LabelModifierType.Include:
        return left | right
    on = set(matching.labels)
    if on - left or on - right:
        raise NotExported(f"{expr.prettify()}: both sides must have {sorted(on)}")
    return left
