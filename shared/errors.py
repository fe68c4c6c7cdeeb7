"""What can go wrong with a record, and what becomes of it.

PipelineError
├─ BadRecord(reason, detail)   the record can never be processed      -> dead letter at once
└─ Transient(after_s, detail)  the outside failed, may succeed later  -> wait in place, then dead letter
anything else                  our bug                                -> dead letter, reason "bug"
"""

from __future__ import annotations

from typing import Literal, get_args

Reason = Literal[
    "too_large",
    "not_json",
    "not_an_object",
    "wrong_type",
    "missing_field",
    "unknown_schema",
    "undecodable",
    "empty_text",
    "no_identity",
    "timeout",
    "crash",
    "retries_exhausted",
    "redriven_too_often",
    "bug",
]
"""Why a record ended as a dead letter. A closed list, because it is a metric label."""

REASONS: tuple[Reason, ...] = get_args(Reason)

DETAIL_LIMIT = 500
"""Longest detail in code points: Unicode errors carry the whole body in their message."""


class PipelineError(Exception):
    """Something a stage says about one record."""


class BadRecord(PipelineError):
    """The record can never be processed; it becomes a dead letter."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason, detail[:DETAIL_LIMIT])
        self.reason: Reason = reason
        self.detail = detail[:DETAIL_LIMIT]

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}" if self.detail else self.reason


class Transient(PipelineError):
    """The outside failed; the same record may succeed after *after_s* seconds."""

    def __init__(self, after_s: float, detail: str = "") -> None:
        super().__init__(after_s, detail[:DETAIL_LIMIT])
        self.after_s = after_s
        self.detail = detail[:DETAIL_LIMIT]

    def __str__(self) -> str:
        return f"try again in {self.after_s} s: {self.detail}"
