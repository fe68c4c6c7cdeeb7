"""Shows raw ↔ clean with the rule of every change: for a terminal that reads from the right, and as HTML."""

from __future__ import annotations

import html
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from shared.records import Clean, Segment

ISOLATE = "\u2068"
"""Before every text of unknown direction, so that a right-to-left line leaves the columns beside it alone."""
END_ISOLATE = "\u2069"
"""Behind it."""
HALF_SPACE = "¦"
"""What stands for U+200C, which nobody sees."""
MOST_SHOWN_CHANGES = 60
"""Changes of a line that a terminal shows; the others are only counted."""

OPS = {
    "norm_char": "character",
    "zwnj_insert": "half-space restored",
    "space_fix": "spacing",
    "ws": "white space",
    "drop": "taken out",
}


class Aligned(NamedTuple):
    """A row of the record's ``align``: a stretch of the clean text, and the raw one that it stems from."""

    clean_start: int
    clean_len: int
    raw_start: int
    raw_len: int
    op: str

    @property
    def raw_end(self) -> int:
        """Where the raw stretch ends."""
        return self.raw_start + self.raw_len

    def clean_at(self, raw_at: int) -> int:
        """Return where the raw offset *raw_at* lies in the clean text, as far as this row says."""
        within = min(max(0, raw_at - self.raw_start), self.raw_len)
        if self.clean_len == self.raw_len:
            return self.clean_start + within
        return self.clean_start + (self.clean_len if within else 0)


@dataclass(frozen=True, slots=True)
class WordChange:
    """A word before and after, and the operation that changed it."""

    op: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class LineDiff:
    """One line of the page: segment, raw text, clean text (empty when cut), what changed how often."""

    segment: Segment
    raw: str
    clean: str
    changes: tuple[tuple[WordChange, int], ...]


def line_diffs(payload: str, clean: Clean) -> list[LineDiff]:
    """Return every line of *payload* (the decoded page that *clean* was made of) with what became of it."""
    return [_line_diff(payload, clean, segment) for segment in clean.segments]


def _line_diff(payload: str, clean: Clean, segment: Segment) -> LineDiff:
    raw = payload[segment.start : segment.end]
    if not segment.kept:
        return LineDiff(segment, raw, "", ())
    rows = [Aligned(*row) for row in clean.align]
    touched = [row for row in rows if row.raw_start < segment.end and row.raw_end >= segment.start]
    with_text = [row for row in touched if row.clean_len]
    inside = [row for row in touched if segment.start <= row.raw_start and row.raw_end <= segment.end]
    start = min((row.clean_at(segment.start) for row in with_text if row.raw_end > segment.start), default=0)
    end = max((row.clean_at(segment.end) for row in with_text), default=0)
    words = (_change(payload, clean, segment, row) for row in inside if row.op not in ("keep", "ws"))
    changes = Counter(change for change in words if change.before != change.after)
    return LineDiff(segment, raw, clean.text[start:end].strip("\n"), tuple(changes.items()))


def _change(payload: str, clean: Clean, segment: Segment, row: Aligned) -> WordChange:
    before = _word(payload, row.raw_start, row.raw_end, low=segment.start, high=segment.end)
    after = _word(clean.text, row.clean_start, row.clean_start + row.clean_len, low=0, high=len(clean.text))
    return WordChange(row.op, before, after)


def _word(text: str, start: int, end: int, *, low: int, high: int) -> str:
    """Return the text of a span with the letters around it."""
    while start > low and not text[start - 1].isspace():
        start -= 1
    while end < high and not text[end].isspace():
        end += 1
    return text[start:end]


def _visible(text: str) -> str:
    """Return *text* on one line: half-spaces as a bar, control and direction marks by their numbers."""
    shown = []
    for char in text:
        if char == "\u200c":
            shown.append(HALF_SPACE)
        elif not char.isprintable() and char != " ":
            shown.append(f"\\u{ord(char):04x}")
        else:
            shown.append(char)
    return "".join(shown)


def as_terminal(payload: str, clean: Clean, *, colour: bool = False) -> str:
    """Return the page line by line: ``+`` stays, ``-`` is cut; below, the words that changed, by rule."""
    lines: list[str] = []
    for diff in line_diffs(payload, clean):
        mark, code = ("+", "32") if diff.segment.kept else ("-", "31")
        text = _visible(diff.clean if diff.segment.kept else diff.raw)
        head = f"{mark} {diff.segment.type:<13}"
        rule = "" if diff.segment.kept else f"  [{diff.segment.rule}]"
        painted = f"\x1b[{code}m{head}\x1b[0m" if colour else head
        lines.append(f"{painted}{ISOLATE}{text}{END_ISOLATE}{rule}")
        for change, count in diff.changes[:MOST_SHOWN_CHANGES]:
            times = f" ×{count}" if count > 1 else ""
            words = f"{ISOLATE}{_visible(change.before)}{END_ISOLATE} → {ISOLATE}{_visible(change.after)}{END_ISOLATE}"
            lines.append(f"    {OPS[change.op]:<20}{words}{times}")
        if len(diff.changes) > MOST_SHOWN_CHANGES:
            lines.append(f"    … and {len(diff.changes) - MOST_SHOWN_CHANGES} more")
    lines.append("")
    lines.append(summary(clean))
    return "\n".join(lines)


def summary(clean: Clean) -> str:
    """Return one line of counts."""
    kept = sum(segment.kept for segment in clean.segments)
    edits = ", ".join(f"{OPS.get(op, op)} {n}" for op, n in clean.edits.items())
    warnings = f"; warnings: {', '.join(clean.warnings)}" if clean.warnings else ""
    return f"{kept} of {len(clean.segments)} lines stay; {edits or 'no change'}{warnings}"


_STYLE = (
    "body{font:16px/1.7 Vazirmatn,Tahoma,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}"
    "li{list-style:none;margin:.4rem 0;padding:.3rem .6rem;border-inline-start:4px solid #2e7d32}li.cut{border-color:#b71c1c;color:#777}"
    "li.cut bdi.text{text-decoration:line-through}small{color:#666;margin-inline-start:.6rem}"
    "table{font-size:.85em;border-spacing:.8rem 0}del{color:#b71c1c}ins{color:#1b5e20;text-decoration:none}"
)


def as_html(payload: str, clean: Clean) -> str:
    """Return the same as a page of its own; every text of the article is escaped and isolated."""
    items = "\n".join(_html_item(diff) for diff in line_diffs(payload, clean))
    title = html.escape(clean.title.text if clean.title else "")
    return (
        f'<!doctype html>\n<html><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style></head>\n'
        f'<body dir="auto"><h1><bdi>{title}</bdi></h1>\n<p dir="ltr">{html.escape(summary(clean))}</p>\n<ol>\n{items}\n</ol></body></html>\n'
    )


def _html_item(diff: LineDiff) -> str:
    text = html.escape(_visible(diff.clean if diff.segment.kept else diff.raw))
    rows = "".join(
        f"<tr><td>{OPS[change.op]}</td><td><del><bdi>{html.escape(_visible(change.before))}</bdi></del></td>"
        f"<td><ins><bdi>{html.escape(_visible(change.after))}</bdi></ins></td><td>{'×' + str(count) if count > 1 else ''}</td></tr>"
        for change, count in diff.changes
    )
    table = f"<table dir='ltr'>{rows}</table>" if rows else ""
    kind = "kept" if diff.segment.kept else "cut"
    label = html.escape(f"{diff.segment.type} {'' if diff.segment.kept else diff.segment.rule}")
    return f'<li class="{kind}" dir="auto"><bdi class="text">{text}</bdi><small dir="ltr">{label}</small>{table}</li>'
