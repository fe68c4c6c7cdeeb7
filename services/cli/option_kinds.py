"""What options mean that many verbs have: moments, spans of time, rates."""

from __future__ import annotations

import re
from typing import Any, override

import click

from services.cli.speech import WRONG_USE, Failure
from shared.text.moments import milliseconds

UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


class Rate(click.ParamType):
    """So many a second: 200, or 200/s."""

    name = "N/s"

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        found = re.fullmatch(r"(\d{1,9}(?:\.\d+)?)(?:/s)?", str(value))
        if found is None or not float(found[1]) > 0:
            self.fail(f"{value!r} is no rate: write it as 200/s", param, ctx)
        return float(found[1])


def moment(text: str, now_ms: int) -> int:
    """Return the moment *text*, RFC 3339 or so long ago (3d, 12h), in ms since 1970; or raise Failure."""
    if (ago := span_ms(text)) is not None:
        return now_ms - ago
    try:
        return milliseconds(text)
    except ValueError as error:
        raise Failure(str(error), "or as 3d, 12h, 30m: so long ago", code=WRONG_USE) from None


def span_ms(text: str) -> int | None:
    """Return the span of time *text* (4d, 12h, 30m, 90s) in ms; None when it is none."""
    found = re.fullmatch(r"(\d{1,6})([smhd])", text)
    return int(found[1]) * UNITS_MS[found[2]] if found else None
