"""Passes finished steps on to an OpenTelemetry collector, when one is named and its library is there."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping
from importlib import import_module
from typing import Protocol

from shared.logs import warn
from shared.settings import BadSetting, Settings
from shared.wire.traces import TraceSpan

LIBRARY = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
LAST_WORD_S = 2.0
"""How long a worker that ends waits for the collector to take what it has left."""


class Spans(Protocol):
    """What takes finished steps; ``otlp.Collector`` is the one there is."""

    def take(
        self,
        span: TraceSpan,
        name: str,
        *,
        begun_ns: int,
        ended_ns: int,
        attributes: Mapping[str, str | int],
        error: str = "",
    ) -> None:
        """Take a finished step: when it began and ended (ns since 1970), and what it failed of."""

    def close(self) -> None:
        """Send what waits, and let go."""


def require(settings: Settings) -> None:
    """Raise BadSetting when a collector is named and the library is missing."""
    if not settings.otlp:
        return
    try:
        import_module(LIBRARY)
    except ModuleNotFoundError as error:
        raise BadSetting(
            f"KHABAR_OTLP={settings.otlp} needs OpenTelemetry, and {error.name} is not installed: install the extra otel, or unset KHABAR_OTLP"
        ) from None


def spans(settings: Settings, service: str) -> Spans | None:
    """Return what takes the spans of the worker *service*; None when no collector is named.

    Raises BadSetting as ``require`` does.
    """
    if not settings.otlp:
        return None
    require(settings)
    from shared.worker.otlp import Collector  # noqa: PLC0415 - an extra, and 0.1 s that nobody pays who names no collector

    return Collector(settings.otlp, service, settings.instance)


async def close(collector: Spans | None) -> None:
    """Let go of *collector*, and wait at most `LAST_WORD_S` for one that does not answer."""
    if collector is None:
        return
    # none of the loop's own: its end would wait for that
    closing = threading.Thread(target=collector.close, daemon=True)
    closing.start()
    last = time.monotonic() + LAST_WORD_S
    while closing.is_alive() and time.monotonic() < last:  # noqa: ASYNC110 - a thread sends no event of asyncio's
        await asyncio.sleep(0.01)
    if closing.is_alive():
        warn("spans-left", why="the collector does not answer")
