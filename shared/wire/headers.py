"""Kafka headers: CloudEvents attributes in binary mode, the way back to the raw record, dead letters."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

import orjson

from shared.contract import Emit, Origin, Reject, Work
from shared.errors import DETAIL_LIMIT
from shared.wire import event_types, topics, traces
from shared.wire.traces import TraceSpan

Headers = Sequence[tuple[str, bytes]]
OURS = "khabar-"
ORIGIN = "khabar-origin"
"""Where the raw record lies: the thread of an article through all stages and runs."""

CAUSE = "khabar-cause"
"""Where the record lies that this one was made from."""

REDRIVEN = "khabar-redriven"
"""How often a record was sent back from the dead letters."""

EDITED = "khabar-edited"
"""SHA-256 of the bytes that a person changed before sending the record back."""

REASON = "khabar-reason"
HISTORY = "khabar-history"
"""What the earlier dead letters of the same record said."""

PASSED_ON = frozenset({ORIGIN, CAUSE, REDRIVEN, EDITED})
KAFKA_PREFIXES = ("__dlq.errors.", "__streams.errors.")
"""How Kafka itself begins the names of such headers: share groups (KIP-1191) and Streams (KIP-1034)."""

MOST_RETURNS = 3
"""What was sent back so often and died again is no longer sent back."""

ANYTHING = re.compile(rb".*", re.DOTALL)
PLACE = re.compile(rb"[^/]+/\d{1,9}/\d{1,18}/\d{1,18}")
HEADER_FORMS = {
    ORIGIN: PLACE,
    CAUSE: PLACE,
    REDRIVEN: re.compile(rb"\d{1,9}"),
    EDITED: re.compile(rb"[0-9a-f]{64}"),
    traces.PARENT: traces.FORM,
    traces.STATE: traces.STATE_FORM,
}
"""What the value of each header of ours must look like."""


def rfc3339(timestamp_ms: int) -> str:
    """Return milliseconds since 1970 as RFC 3339, UTC, with milliseconds."""
    moment = datetime.fromtimestamp(timestamp_ms / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{timestamp_ms % 1000:03d}Z"


def now() -> str:
    """Return this moment as records say it (`rfc3339`)."""
    return rfc3339(time.time_ns() // 1_000_000)


def get(headers: Headers, name: str) -> str | None:
    """Return the last header called *name*, or None."""
    for key, value in reversed(headers):
        if key == name:
            return value.decode("utf-8", "replace")
    return None


def event_id(parts: Iterable[str]) -> str:
    """Return the SHA-256 over *parts*.

    The same input and code give the same id, so every edge can drop repeats by it.
    """
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def well_formed(headers: Headers) -> list[tuple[str, bytes]]:
    """Return *headers* without malformed ones of ours: no header of a foreign producer may stop a lane."""
    return [
        (name, value)
        for name, value in headers
        if value is not None and HEADER_FORMS.get(name, ANYTHING).fullmatch(value)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordMaker:
    """Who makes a record: the stage, the run and the host."""

    stage: str
    version: str
    model_sha256: str
    run: str
    instance: str
    constant: tuple[tuple[str, bytes], ...] = field(init=False)
    who: bytes = field(init=False)

    def __post_init__(self) -> None:
        pairs = {
            "ce_specversion": "1.0",
            "content-type": "application/json",
            "ce_source": f"/stage/{self.stage}",
            "ce_runid": self.run,
            "ce_stagever": self.version,
            "ce_instance": self.instance,
        }
        object.__setattr__(self, "who", f"{self.stage}\x1f{self.run}".encode())
        object.__setattr__(self, "constant", tuple((name, value.encode()) for name, value in pairs.items()))

    @classmethod
    def of(cls, work: Work, *, run: str, instance: str) -> RecordMaker:
        """Return *work* as the maker of records in this process."""
        return cls(
            stage=work.name, version=work.version, model_sha256=work.model_sha256, run=run, instance=instance
        )


class Cause(NamedTuple):
    """The record something was made from: headers, place, milliseconds spent on it, and the time now."""

    headers: Headers
    origin: Origin
    took_ms: int
    now: str


def output_headers(emit: Emit, maker: RecordMaker, cause: Cause) -> list[tuple[str, bytes]]:
    """Return the headers of the record that *emit* becomes."""
    by_name = dict(cause.headers)
    place = str(cause.origin).encode()
    raw_place = by_name.get(ORIGIN, place)
    event = by_name.get("ce_id", place)  # a record from a foreign producer has its place instead
    parts = (
        maker.stage,
        emit.topic,
        emit.subject,
        emit.rev,
        event.decode("utf-8", "replace"),
        maker.version,
        maker.model_sha256,
    )
    return [
        *maker.constant,
        ("ce_type", emit.type.encode()),
        ("ce_id", event_id(parts).encode()),
        ("ce_subject", emit.subject.encode()),
        ("ce_time", cause.now.encode()),
        ("ce_dataschema", _schema(emit.type)),
        ("ce_partitionkey", emit.key),
        ("ce_causeid", event),
        ("ce_tookms", b"%d" % cause.took_ms),
        (ORIGIN, raw_place),
        (CAUSE, place),
        *_traced(maker, by_name, place),
    ]


@cache
def _schema(event_type: str) -> bytes:
    return event_types.schema_id(event_type).encode()


def _traced(maker: RecordMaker, by_name: dict[str, bytes], place: bytes) -> list[tuple[str, bytes]]:
    """Return the trace headers of what *maker* makes.

    The state that another system wrote is passed on only within that system's trace.
    """
    step, state = _span(maker, by_name, place), by_name.get(traces.STATE)
    trace = [(traces.PARENT, step.header)]
    return [*trace, (traces.STATE, state)] if state and step.parent_id else trace


def span(maker: RecordMaker, cause: Cause) -> TraceSpan:
    """Return the span of *maker* working on the record that *cause* is."""
    return _span(maker, dict(cause.headers), str(cause.origin).encode())


def _span(maker: RecordMaker, by_name: dict[str, bytes], place: bytes) -> TraceSpan:
    return traces.span(
        by_name.get(traces.PARENT), who=maker.who, place=place, first=by_name.get(ORIGIN, place)
    )


def dead_letter_headers(
    reject: Reject, maker: RecordMaker, cause: Cause, attempts: int
) -> list[tuple[str, bytes]]:
    """Return the headers of a dead letter: the original's, then who gave up, why and where it lay.

    Its trace names the step that failed: when the letter is sent back, what comes of it follows that step.
    """
    reject = _given_up_if_redriven(reject, times_redriven(cause.headers))
    pairs = [
        ("khabar-stage", maker.stage),
        ("khabar-version", maker.version),
        (REASON, reject.reason),
        ("khabar-detail", reject.detail),
        ("khabar-where", reject.where),
        ("khabar-topic", cause.origin.topic),
        ("khabar-partition", str(cause.origin.partition)),
        ("khabar-offset", str(cause.origin.offset)),
        ("khabar-timestamp", str(cause.origin.timestamp_ms)),
        ("khabar-attempts", str(attempts)),
    ]
    if history := _earlier(cause.headers):
        pairs.append((HISTORY, orjson.dumps(history).decode()))
    pairs += _in_kafkas_names(reject, maker, cause.origin, attempts)
    trace = _traced(maker, dict(cause.headers), str(cause.origin).encode())
    return [
        *_kept_by_letter(cause.headers),
        *trace,
        *((name, value.encode("utf-8", "replace")) for name, value in pairs),
    ]


def _given_up_if_redriven(reject: Reject, times: int) -> Reject:
    """Return *reject*; after `MOST_RETURNS` *times* ``redriven_too_often``, with the reason in the detail."""
    if times < MOST_RETURNS:
        return reject
    detail = f"came back {times} times, now as {reject.reason}{': ' * bool(reject.detail)}{reject.detail}"
    return replace(reject, reason="redriven_too_often", detail=detail[:DETAIL_LIMIT])


def _kept_by_letter(headers: Headers) -> list[tuple[str, bytes]]:
    """Return the headers that a letter keeps: not the trace, nor what an earlier letter said."""
    died_before = any(name == REASON for name, _ in headers)
    ours = (OURS, *KAFKA_PREFIXES) if died_before else OURS
    return [
        (name, value)
        for name, value in headers
        if (not name.startswith(ours) or name in PASSED_ON) and name not in (traces.PARENT, traces.STATE)
    ]


def _earlier(headers: Headers) -> list[object]:
    """Return what the earlier letters of a record said, the oldest first."""
    last = {
        name: value.decode("utf-8", "replace")
        for name, value in headers
        if name.startswith(OURS) and name not in PASSED_ON
    }
    history = _history(last.pop(HISTORY, "[]"))
    return [*history, last] if REASON in last else history


def _history(text: str) -> list[object]:
    try:
        letters = orjson.loads(text)
    except orjson.JSONDecodeError:
        return []
    return letters if isinstance(letters, list) else []


def _in_kafkas_names(
    reject: Reject, maker: RecordMaker, origin: Origin, attempts: int
) -> list[tuple[str, str]]:
    """Return what a letter says under the names of Kafka's own dead letters (the strings of Kafka 4.4.0)."""
    message = f"{reject.reason}: {reject.detail}" if reject.detail else reject.reason
    place = [("topic", origin.topic), ("partition", str(origin.partition)), ("offset", str(origin.offset))]
    share_groups = [
        *place,
        ("group", topics.group(maker.stage, maker.run)),
        ("delivery.count", str(attempts)),
        ("message", message),
    ]
    streams = [*place, ("exception", message), ("message", reject.detail), ("stacktrace", reject.where)]
    return [
        (begin + name, value)
        for begin, pairs in zip(KAFKA_PREFIXES, (share_groups, streams), strict=True)
        for name, value in pairs
        if value
    ]


def times_redriven(headers: Headers) -> int:
    """Return how often the record with *headers* was sent back from the dead letters."""
    counts = [
        value
        for name, value in headers
        if name == REDRIVEN and value and HEADER_FORMS[REDRIVEN].fullmatch(value)
    ]
    return int(counts[-1]) if counts else 0


def origins_of(headers: Headers) -> set[Origin]:
    """Return the places a record came from: its cause, its raw record, for a letter the record that died."""
    valid = well_formed(headers)
    died = "/".join(
        get(valid, f"khabar-{part}") or "" for part in ("topic", "partition", "offset", "timestamp")
    )
    places = (get(valid, CAUSE), get(valid, ORIGIN), died)
    return {Origin.parse(place) for place in places if place and PLACE.fullmatch(place.encode())}
