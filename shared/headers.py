"""Kafka headers: CloudEvents attributes in binary mode, the thread back to the raw record, and what a dead letter says."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from shared.contract import Emit, Origin, Reject, Work

Headers = Sequence[tuple[str, bytes]]
OURS = "khabar-"
ORIGIN = "khabar-origin"
REDRIVEN = "khabar-redriven"
REASON = "khabar-reason"
HISTORY = "khabar-history"
PASSED_ON = frozenset({ORIGIN, REDRIVEN})


def rfc3339(timestamp_ms: int) -> str:
    """Return milliseconds since 1970 as RFC 3339, UTC, with milliseconds."""
    moment = datetime.fromtimestamp(timestamp_ms / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{timestamp_ms % 1000:03d}Z"


def get(headers: Headers, name: str) -> str | None:
    """Return the last header called *name*, or None."""
    for key, value in reversed(headers):
        if key == name:
            return value.decode("utf-8", "replace")
    return None


def event_id(parts: Iterable[str]) -> str:
    """Return the SHA-256 over *parts*: the same input and code give the same id, so every edge can drop repeats by it."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Who makes a record: the stage, the run, and the host it happens on."""

    stage: str
    version: str
    model_sha256: str
    run: str
    instance: str

    @classmethod
    def of(cls, work: Work, *, run: str, instance: str) -> Maker:
        """Return the maker that *work* is in this process."""
        return cls(stage=work.name, version=work.version, model_sha256=work.model_sha256, run=run, instance=instance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The record something was made from: its headers, its place, and the milliseconds spent on it."""

    headers: Headers
    origin: Origin
    took_ms: int

    @property
    def first(self) -> str:
        """Where the raw record lies: the thread of an article through all stages."""
        return get(self.headers, ORIGIN) or str(self.origin)

    @property
    def event(self) -> str:
        """The input's event id; a record from a foreign producer has its place instead."""
        return get(self.headers, "ce_id") or str(self.origin)


def attributes(emit: Emit, maker: Maker, cause: Cause, now_ms: int) -> list[tuple[str, bytes]]:
    """Return the headers of the record that *emit* becomes."""
    made = event_id([maker.stage, emit.topic, emit.subject, emit.rev, cause.event, maker.version, maker.model_sha256])
    trace = (get(cause.headers, "traceparent") or f"00-{event_id([cause.first])[:32]}-").split("-")[1]
    pairs = [
        ("ce_specversion", "1.0"),
        ("ce_type", emit.type),
        ("ce_source", f"/stage/{maker.stage}"),
        ("ce_id", made),
        ("ce_subject", emit.subject),
        ("ce_time", rfc3339(now_ms)),
        ("ce_dataschema", f"urn:khabar:schema:{emit.type.split('.', 1)[1].removesuffix('.v1')}:1"),
        ("content-type", "application/json"),
        ("ce_partitionkey", emit.key.decode("utf-8", "replace")),
        ("ce_causeid", cause.event),
        ("ce_runid", maker.run),
        ("ce_stagever", maker.version),
        ("ce_instance", maker.instance),
        ("ce_tookms", str(cause.took_ms)),
        (ORIGIN, cause.first),
        ("traceparent", f"00-{trace}-{made[:16]}-01"),
    ]
    return [(name, value.encode()) for name, value in pairs]


def letter(reject: Reject, maker: Maker, cause: Cause, attempts: int) -> list[tuple[str, bytes]]:
    """Return the headers of a dead letter: all the original's, then who gave up, why and where it lay."""
    kept = [(name, value) for name, value in cause.headers if not name.startswith(OURS) or name in PASSED_ON]
    earlier = {name: value.decode("utf-8", "replace") for name, value in cause.headers if name.startswith(OURS) and name not in PASSED_ON}
    history = orjson.loads(earlier.pop(HISTORY, "[]"))
    if REASON in earlier:
        history.append(earlier)
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
    if history:
        pairs.append((HISTORY, orjson.dumps(history).decode()))
    return kept + [(name, value.encode("utf-8", "replace")) for name, value in pairs]
