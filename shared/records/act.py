"""What an operator did (``ops.audit``)."""

from __future__ import annotations

from msgspec import Struct


class Act(Struct, frozen=True, kw_only=True):
    """One change an operator made: who (user@host), when, by which verb, to how many of what, and why."""

    schema: int = 1
    actor: str
    time: str
    verb: str
    counts: dict[str, int]
    which: list[str] = []
    because: str = ""
    detail: dict[str, str] = {}
