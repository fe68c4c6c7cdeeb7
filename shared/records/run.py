"""A run (``control.runs``): a part of the past, or the live head, read again into topics of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

RunState = Literal[
    "planned", "running", "paused", "stopped", "caught_up", "promoted", "superseded", "dropped"
]


class Narrowed(Struct, frozen=True, kw_only=True):
    """Which articles a run takes: of each list one id or tag must fit; an empty list lets all through."""

    sources: list[str] = []
    languages: list[str] = []
    documents: list[str] = []

    def __bool__(self) -> bool:
        return bool(self.sources or self.languages or self.documents)

    def takes(self, article: Mapping[str, Any]) -> bool:
        """Tell whether *article*, a JSON object of an article topic, is one; KeyError for no article."""
        source, language = article["source"], article.get("language")
        return (
            (not self.sources or (isinstance(source, dict) and source["id"] in self.sources))
            and (not self.documents or article["doc_id"] in self.documents)
            and (not self.languages or (isinstance(language, dict) and language["lang"] in self.languages))
        )


class Run(Struct, frozen=True, kw_only=True):
    """One run. Lists have an offset for every partition, in the order of the partitions.

    Its first stage reads the live topic *source* from *starts* to before *ends*; without *ends* it follows
    the live head. *since* are offsets of ``articles.raw``: what was made from earlier ones only warms the
    lanes' states, and is never compared or promoted.
    """

    schema: int = 1
    name: str
    state: RunState
    source: str
    """Logical name of the live topic that is read first."""

    from_stage: str
    starts: list[int]
    ends: list[int] | None
    since: list[int]
    narrowed: Narrowed = Narrowed()
    rate: float = 0.0
    """Records a second that the first stage may take in all; 0: as fast as it goes."""

    lanes: int = 0
    """Partitions of what detect and extract read in the run; 0: as many as live has."""

    code: dict[str, str] = {}
    """Version of each stage's code when the run was planned."""

    models: dict[str, str] = {}
    """SHA-256 of each stage's model when the run was planned; stages without one are left out."""

    by: str
    at: str
    """Who changed the record last (user@host), and when (RFC 3339)."""

    because: str = ""
