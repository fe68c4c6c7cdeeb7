"""A prepared page: what a process slot found out about one page alone, on its way to the lane."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.clean.edits.ledger import TextRun
from services.clean.lines.fingerprint import Print
from services.clean.lines.named_sources import NamedSource
from services.clean.lines.verdicts import Verdict
from services.clean.spacing.space_style import Style
from shared.records import DateValue, PublisherCode, Raw
from shared.records.clean import LangHint


@dataclass(frozen=True, slots=True)
class PageLine:
    """One line of a page: *text* at *start*, and where it stems from in the decoded payload.

    *hash* is that of its signature, *key* its match key, *verdict* what the patterns say of it.
    """

    text: str
    start: int
    raw_start: int
    raw_end: int
    hash: int
    key: str
    verdict: Verdict
    print: Print

    @property
    def end(self) -> int:
        """Where the line ends in the page's text."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Claim:
    """A part that markup names (its title, its lead) and where it stands in the decoded payload."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Markup:
    """What the markup of an HTML page says of it.

    Evidence, never truth: *declared* travels as it was read.
    """

    title: Claim | None = None
    lead: Claim | None = None
    byline: Claim | None = None
    declared: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PreparedPage:
    """A page as a process slot prepared it: all that can be told of it without the lane's memory.

    *record*: the raw record without its payload. *host*: whose pages its lines are counted with. *raw_size*:
    code points of the decoded payload. *text*: all lines, their characters put right; *runs* map it to the
    payload, *edits* counts the changes by rule. *zwnj_lost*: half-spaces that it had lost, *style*: what
    they became. *closings*: offsets of spaces that are half-spaces if the host writes spaces for them.
    *why*: why a part is missing, by its name.
    """

    record: Raw
    host: str
    raw_size: int
    text: str
    runs: tuple[TextRun, ...]
    edits: dict[str, int]
    lines: tuple[PageLine, ...]
    sources: tuple[NamedSource, ...]
    lang_hint: LangHint
    published: DateValue | None
    modified: DateValue | None
    publisher_code: PublisherCode | None
    markup: Markup
    zwnj_lost: int
    style: Style
    closings: tuple[int, ...]
    why: dict[str, str]
    warnings: tuple[str, ...]
