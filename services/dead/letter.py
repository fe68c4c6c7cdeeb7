"""One dead letter, read: where it lies, where its record came from, and what its headers say. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from shared.contract import Origin
from shared.wire import headers, topics


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A dead letter of *stage* as it lies in its topic; what its writer did not say is empty."""

    stage: str
    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: headers.Headers

    @property
    def name(self) -> str:
        """How a person calls it: STAGE/OFFSET (a stage's letters lie in one partition)."""
        return f"{self.stage}/{self.offset}"

    @property
    def place(self) -> str:
        """Where it lies in Kafka; its mark has this key."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    def said(self, what: str) -> str:
        """Return the header ``khabar-<what>``, or nothing."""
        return headers.get(self.headers, headers.OURS + what) or ""

    @property
    def reason(self) -> str:
        """Why its record died."""
        return self.said("reason") or "unknown"

    @property
    def came_from(self) -> Origin | None:
        """Where its record lay when it was read, or None.

        What feed refuses has no such place: it was never in Kafka.
        """
        try:
            return Origin(
                self.said("topic"),
                int(self.said("partition")),
                int(self.said("offset")),
                int(self.said("timestamp")),
            )
        except ValueError:
            return None

    @property
    def origin(self) -> Origin | None:
        """Where the raw record lies that its record was made from."""
        try:
            return Origin.parse(headers.get(self.headers, headers.ORIGIN) or "")
        except ValueError:
            return self.came_from

    @property
    def document(self) -> str:
        """The id of its document, or nothing."""
        return headers.get(self.headers, "ce_subject") or str(self._object().get("doc_id") or "")

    @property
    def source(self) -> str:
        """Who published it, or nothing."""
        named = self._object().get("source")
        if isinstance(named, dict):
            named = named.get("id")
        if isinstance(named, str) and named:
            return named
        keyed_by_source = self.said("topic").startswith(topics.RAW.name) and self.key is not None
        return self.key.decode("utf-8", "replace") if keyed_by_source and self.key else ""

    def _object(self) -> dict[str, Any]:
        """Return its value when that is a JSON object."""
        try:
            found = orjson.loads(self.value or b"")
        except orjson.JSONDecodeError:
            return {}
        return found if isinstance(found, dict) else {}
