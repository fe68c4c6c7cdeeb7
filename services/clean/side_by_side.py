"""Shows raw ↔ clean with the rule of every change: for a terminal that reads from the right, and as HTML."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from shared.records import Clean, Segment

ISOLATE, END = "\u2068", "\u2069"
"""Around every text of unknown direction, so that a right-to-left line leaves the columns beside it alone."""
HALF_SPACE = "¦"
"""What stands for U+200C, which nobody sees."""
SHOWN = 60
"""Changes of a line that a terminal shows; the rest is counted."""

OPS = {
    "norm_char": "character",
    "zwnj_insert": "half-space restored",
    "space_fix": "spacing",
    "ws": "white space",
    "drop": "taken out",
}


@dataclass(frozen=True, slots=True)
class Change:
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
    changes: tuple[tuple[Change, int], ...]


def shown_lines(payload: str, clean: Clean) -> list[LineDiff]:
    """Return every line of *payload* (the decoded page that *clean* was made of) with what became of it."""
    return [_shown(payload, clean, segment) for segment in clean.segments]


def _shown(payload: str, clean: Clean, segment: Segment) -> LineDiff:
    raw = payload[segment.start : segment.end]
    if not segment.kept:
        return LineDiff(segment, raw, "", ())
    touched = [row for row in clean.align if row[2] < segment.end and row[2] + row[3] >= segment.start]
    rows = [row for row in touched if row[1]]
    inside = [row for row in touched if segment.start <= row[2] and row[2] + row[3] <= segment.end]
    start = min((_clean_at(row, segment.start) for row in rows if row[2] + row[3] > segment.start), default=0)
    end = max((_clean_at(row, segment.end) for row in rows), default=0)
    changes = Counter(
        change
        for row in inside
        if row[4] not in ("keep", "ws")
        for change in _change(payload, clean, segment, row)
    )
    return LineDiff(segment, raw, clean.text[start:end].strip("\n"), tuple(changes.items()))


def _clean_at(row: tuple[int, int, int, int, str], raw_at: int) -> int:
    """Where the raw offset *raw_at* lies in the clean text, as far as *row* says."""
    within = min(max(0, raw_at - row[2]), row[3])
    return row[0] + (within if row[1] == row[3] else row[1] if within else 0)


def _change(
    payload: str, clean: Clean, segment: Segment, row: tuple[int, int, int, int, str]
) -> Iterator[Change]:
    clean_start, clean_len, raw_start, raw_len, op = row
    before = _word(payload, raw_start, raw_start + raw_len, low=segment.start, high=segment.end)
    after = _word(clean.text, clean_start, clean_start + clean_len, low=0, high=len(clean.text))
    if before != after:
        yield Change(op, before, after)


def _word(text: str, start: int, end: int, *, low: int, high: int) -> str:
    """Return the text of a span with the letters around it."""
    while start > low and not text[start - 1].isspace():
        start -= 1
    while end < high and not text[end].isspace():
        end += 1
    return text[start:end]


def _visible(text: str) -> str:
    """*text* on one line: half-spaces as a bar, control and direction marks by their numbers."""
    out = []
    for char in text:
        if char == "\u200c":
            out.append(HALF_SPACE)
        elif not char.isprintable() and char != " ":
            out.append(f"\\u{ord(char):04x}")
        else:
            out.append(char)
    return "".join(out)


def as_terminal(payload: str, clean: Clean, *, colour: bool = False) -> str:
    """Return the page line by line: ``+`` stays, ``-`` is cut; below, the words that changed, by rule."""
    lines: list[str] = []
    for shown in shown_lines(payload, clean):
        mark, code = ("+", "32") if shown.segment.kept else ("-", "31")
        text = _visible(shown.clean if shown.segment.kept else shown.raw)
        head = f"{mark} {shown.segment.type:<13}"
        rule = "" if shown.segment.kept else f"  [{shown.segment.rule}]"
        painted = f"\x1b[{code}m{head}\x1b[0m" if colour else head
        lines.append(f"{painted}{ISOLATE}{text}{END}{rule}")
        for change, count in shown.changes[:SHOWN]:
            times = f" ×{count}" if count > 1 else ""
            words = f"{ISOLATE}{_visible(change.before)}{END} → {ISOLATE}{_visible(change.after)}{END}"
            lines.append(f"    {OPS[change.op]:<20}{words}{times}")
        if len(shown.changes) > SHOWN:
            lines.append(f"    … and {len(shown.changes) - SHOWN} more")
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
    items = "\n".join(_html_item(shown) for shown in shown_lines(payload, clean))
    title = html.escape(clean.title.text if clean.title else "")
    return (
        f'<!doctype html>\n<html><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style></head>\n'
        f'<body dir="auto"><h1><bdi>{title}</bdi></h1>\n<p dir="ltr">{html.escape(summary(clean))}</p>\n<ol>\n{items}\n</ol></body></html>\n'
    )


def _html_item(shown: LineDiff) -> str:
    text = html.escape(_visible(shown.clean if shown.segment.kept else shown.raw))
    rows = "".join(
        f"<tr><td>{OPS[change.op]}</td><td><del><bdi>{html.escape(_visible(change.before))}</bdi></del></td>"
        f"<td><ins><bdi>{html.escape(_visible(change.after))}</bdi></ins></td><td>{'×' + str(count) if count > 1 else ''}</td></tr>"
        for change, count in shown.changes
    )
    table = f"<table dir='ltr'>{rows}</table>" if rows else ""
    kind = "kept" if shown.segment.kept else "cut"
    label = html.escape(f"{shown.segment.type} {'' if shown.segment.kept else shown.segment.rule}")
    return f'<li class="{kind}" dir="auto"><bdi class="text">{text}</bdi><small dir="ltr">{label}</small>{table}</li>'
