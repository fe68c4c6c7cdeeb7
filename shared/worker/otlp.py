"""Spans to an OpenTelemetry collector (OTLP over HTTP).

Imported by ``spans`` alone, and only where a collector is named.

A span is made when its transaction is committed, with the ids that its record carries: nothing is in flight
here while a record is worked on, and what was taken back leaves no span. The library's own thread sends them;
when the collector is away or too slow the oldest are dropped, and no lane waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from shared.version import VERSION
from shared.wire.traces import TraceSpan

TRACES_PATH = "/v1/traces"
MOST_WAITING = 16_384
"""Spans that may wait for the collector, about 1.5 kB each."""

EVERY_MS = 1_000
"""How often waiting spans are sent."""

PATIENCE_S = 5
"""How long the collector may take to answer."""


class Collector:
    """Sends the spans of the worker *service* to the collector at *address*; tests give an *exporter*."""

    def __init__(
        self, address: str, service: str, instance: str, exporter: SpanExporter | None = None
    ) -> None:
        endpoint = address if urlsplit(address).path.strip("/") else address.rstrip("/") + TRACES_PATH
        attributes = {
            "service.namespace": "khabar",
            "service.name": service,
            "service.version": VERSION,
            "service.instance.id": instance,
        }
        self._resource = Resource.create(attributes)
        self._scope = InstrumentationScope("khabar", VERSION)
        exporter = exporter or OTLPSpanExporter(endpoint=endpoint, timeout=PATIENCE_S)
        self._processor = BatchSpanProcessor(
            exporter, max_queue_size=MOST_WAITING, schedule_delay_millis=EVERY_MS
        )

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
        trace_id, flags = int(span.trace_id, 16), TraceFlags(int(span.flags, 16))
        parent = (
            SpanContext(trace_id, int(span.parent_id, 16), is_remote=True, trace_flags=flags)
            if span.parent_id
            else None
        )
        self._processor.on_end(
            ReadableSpan(
                name=name,
                context=SpanContext(trace_id, int(span.span_id, 16), is_remote=False, trace_flags=flags),
                parent=parent,
                resource=self._resource,
                attributes=attributes,
                kind=SpanKind.PRODUCER
                if attributes["messaging.operation.type"] == "send"
                else SpanKind.CONSUMER,
                status=Status(StatusCode.ERROR, error) if error else Status(StatusCode.UNSET),
                start_time=begun_ns,
                end_time=ended_ns,
                instrumentation_scope=self._scope,
            )
        )

    def close(self) -> None:
        """Send what waits, and let go; may take as long as the collector does."""
        self._processor.shutdown()  # type: ignore[no-untyped-call]  # the library says nothing of it
