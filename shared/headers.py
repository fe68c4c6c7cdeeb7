"""Kafka headers: CloudEvents attributes in binary mode, the thread back to the raw record, and what a dead letter says."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

import orjson

from shared.contract import Emit, Origin, Reject, Work

Headers = Sequence[tuple[str, bytes]]
OURS = "khabar-"
ORIGIN = "khabar-origin"
REDRIVEN = "khabar-redriven"
REASON = "khabar-reason"
HISTORY = "khabar-history"
PASSED_ON = frozenset({ORIGIN, REDRIVEN})
ANY = re.compile(rb".*", re.DOTALL)
FORMS = {
    ORIGIN: re.compile(rb"[^/]+/\d{1,9}/\d{1,18}/\d{1,18}"),
    "traceparent": re.compile(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"),
}
"""What a header of ours looks like."""


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


def trusted(headers: Headers) -> list[tuple[str, bytes]]:
    """Return *headers* without those of ours that a foreign producer got wrong: no header may stop a lane."""
    return [(name, value) for name, value in headers if value is not None and FORMS.get(name, ANY).fullmatch(value)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Who makes a record: the stage, the run, and the host it happens on."""

    stage: str
    version: str
    model_sha256: str
    run: str
    instance: str
    constant: tuple[tuple[str, bytes], ...] = field(init=False)

    def __post_init__(self) -> None:
        pairs = {
            "ce_specversion": "1.0",
            "content-type": "application/json",
            "ce_source": f"/stage/{self.stage}",
            "ce_runid": self.run,
            "ce_stagever": self.version,
            "ce_instance": self.instance,
        }
        object.__setattr__(self, "constant", tuple((name, value.encode()) for name, value in pairs.items()))

    @classmethod
    def of(cls, work: Work, *, run: str, instance: str) -> Maker:
        """Return the maker that *work* is in this process."""
        return cls(stage=work.name, version=work.version, model_sha256=work.model_sha256, run=run, instance=instance)


class Cause(NamedTuple):
    """The record something was made from: its headers, its place, the milliseconds spent on it, and the time now."""

    headers: Headers
    origin: Origin
    took_ms: int
    now: str


@cache
def _schema(event_type: str) -> bytes:
    """Return the id of the schema (``shared/schemas``) of what a CloudEvents type like ``news.article.clean.v1`` carries."""
    _, subject, what, major = event_type.split(".")
    record = {("article", "raw"): "raw", ("story", "state"): "story"}.get((subject, what), "story_event" if subject == "story" else subject)
    return f"urn:khabar:schema:{record}:{major.removeprefix('v')}".encode()


def attributes(emit: Emit, maker: Maker, cause: Cause) -> list[tuple[str, bytes]]:
    """Return the headers of the record that *emit* becomes."""
    given = dict(cause.headers)
    place = str(cause.origin).encode()
    first = given.get(ORIGIN, place)  # where the raw record lies: the thread of an article through all stages
    event = given.get("ce_id", place)  # a record from a foreign producer has its place instead
    parts = (maker.stage, emit.topic, emit.subject, emit.rev, event.decode("utf-8", "replace"), maker.version, maker.model_sha256)
    made = event_id(parts).encode()
    parent = given.get("traceparent")
    trace = parent[3:35] if parent else hashlib.sha256(first).hexdigest()[:32].encode()
    return [
        *maker.constant,
        ("ce_type", emit.type.encode()),
        ("ce_id", made),
        ("ce_subject", emit.subject.encode()),
        ("ce_time", cause.now.encode()),
        ("ce_dataschema", _schema(emit.type)),
        ("ce_partitionkey", emit.key),
        ("ce_causeid", event),
        ("ce_tookms", b"%d" % cause.took_ms),
        (ORIGIN, first),
        ("traceparent", b"00-%b-%b-01" % (trace, made[:16])),
    ]


def letter(reject: Reject, maker: Maker, cause: Cause, attempts: int) -> list[tuple[str, bytes]]:
    """Return the headers of a dead letter: all the original's, then who gave up, why and where it lay."""
    kept = [(name, value) for name, value in cause.headers if not name.startswith(OURS) or name in PASSED_ON]
    earlier = {name: value.decode("utf-8", "replace") for name, value in cause.headers if name.startswith(OURS) and name not in PASSED_ON}
    history = _history(earlier.pop(HISTORY, "[]"))
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


def _history(text: str) -> list[object]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return []
    return found if isinstance(found, list) else []
