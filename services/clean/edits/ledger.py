"""The edit ledger and offset map: a text that knows where each of its characters came from.

Every cleaning step is a list of edits given to ``Traced.edited``; nothing changes the text in any other way.
The map is a list of runs, not one entry a character: a page of 2,700 characters has some 70 runs, so a step
costs what it changes. Offsets are code points, end-exclusive.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from re import Match, Pattern
from typing import Final, Literal, get_args

KEEP: Final = "keep"

type Rule = Literal[
    "keep", "half_space_restored", "space_closed", "space_at_mark", "space", "paragraph", "unwrapped", "cut", "control", "entity", "mojibake",
    "presentation", "compose", "half_space", "invisible", "tatweel", "letter", "mark", "markup",
]  # fmt: skip
"""Why a text was changed."""

type RecordOp = Literal["keep", "norm_char", "zwnj_insert", "space_fix", "ws", "drop"]
"""What the record says of it."""

type Edit = tuple[int, int, str, Rule]
"""``(start, end, after, rule)``: ``text[start:end]`` becomes *after*."""

type TextRun = tuple[int, int, int, str]
"""``(size, raw_start, raw_end, rule)``: *size* characters that stem from ``raw[raw_start:raw_end]``.

When both lengths are equal the characters stem from each other one by one, else all of them from the whole
stretch.
"""

type AlignRow = tuple[int, int, int, int, str]

_CHARACTERS: RecordOp = "norm_char"
RECORD_OPS: dict[str, RecordOp] = {
    **dict.fromkeys(get_args(Rule.__value__), _CHARACTERS),
    KEEP: KEEP,
    "half_space_restored": "zwnj_insert",
    "space_closed": "space_fix",
    "space_at_mark": "space_fix",
    "space": "ws",
    "paragraph": "ws",
    "unwrapped": "ws",
    "cut": "drop",
}
"""The rules' names → the words of the record."""


@dataclass(frozen=True, slots=True)
class Traced:
    """*text* with its map: *runs* cover it from left to right. *edits* counts the edits so far by rule."""

    raw: str
    text: str
    runs: tuple[TextRun, ...]
    edits: dict[str, int]

    def edited(self, edits: Sequence[Edit]) -> Traced:
        """Return the text with *edits* done: sorted, without overlap, in offsets of this text."""
        if not edits:
            return self
        text = self.text
        pieces: list[str] = []
        counts = dict(self.edits)
        last = 0
        for start, end, after, rule in edits:
            pieces.append(text[last:start])
            pieces.append(after)
            counts[rule] = counts.get(rule, 0) + 1
            last = end
        pieces.append(text[last:])
        return Traced(self.raw, "".join(pieces), tuple(_runs_after(self.runs, edits, len(text))), counts)

    def substituted(
        self, pattern: Pattern[str], replacement: str | Callable[[Match[str]], str], rule: Rule
    ) -> Traced:
        """Return the text with every match of *pattern* replaced, as ``re.sub`` would, under *rule*."""
        edits: list[Edit] = []
        for match in pattern.finditer(self.text):
            after = replacement if isinstance(replacement, str) else replacement(match)
            if match.group() != after:
                edits.append((*match.span(), after, rule))
        return self.edited(edits)

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the stretch of the raw text that ``text[start:end]`` stems from."""
        return self.raw_spans([(start, end)])[0]

    def raw_spans(self, spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Return the raw stretch of each of *spans*."""
        starts = [0, *accumulate([run[0] for run in self.runs])]
        del starts[len(self.runs) :]
        return [self._raw_span(starts, start, end) for start, end in spans]

    def _raw_span(self, starts: list[int], start: int, end: int) -> tuple[int, int]:
        if not self.runs:
            return 0, 0
        if start >= end:
            at = self._raw_edge(starts, start, "start")
            return at, at
        return self._raw_edge(starts, start, "start"), self._raw_edge(starts, end - 1, "end")

    def _raw_edge(self, starts: list[int], at: int, side: Literal["start", "end"]) -> int:
        """Return where the character *at* begins (*side* start) or ends in the raw text."""
        index = bisect_right(starts, at) - 1
        size, raw_start, raw_end, _ = self.runs[index]
        within = at - starts[index]
        if within >= size:
            return raw_end
        if raw_end - raw_start == size:
            return raw_start + within + (side == "end")
        return raw_end if side == "end" else raw_start


_BEYOND: TextRun = (0, 0, 0, KEEP)


def _runs_after(runs: Sequence[TextRun], edits: Iterable[Edit], text_length: int) -> list[TextRun]:
    """Return the runs of a text of *text_length* characters after *edits*.

    *at* is the offset in the text, *raw_at* in the raw text; *edit_raw* is where the raw stretch of the edit
    being replaced starts, −1 before it has consumed a character. One loop without calls: it runs for every
    tag of a page.
    """
    runs_left, new_runs = iter(runs), list[TextRun]()
    size, raw_start, raw_end, run_rule = next(runs_left, _BEYOND)
    at = raw_at = 0
    for start, end, after, rule in (*edits, (text_length, text_length, "", "")):
        edit_raw = -1
        while at < end:
            kept = at < start
            until = start if kept else end
            if not kept and edit_raw < 0:
                edit_raw = raw_start
            if at + size <= until:
                if kept:
                    new_runs.append((size, raw_start, raw_end, run_rule))
                at += size
                raw_at = max(raw_at, raw_end)
                size, raw_start, raw_end, run_rule = next(runs_left, _BEYOND)
                continue
            length = until - at
            one_by_one = raw_end - raw_start == size
            middle = raw_start + length if one_by_one else raw_end
            if kept:
                new_runs.append((length, raw_start, middle, run_rule))
            at = until
            raw_at = max(raw_at, middle)
            size -= length
            raw_start = middle if one_by_one else raw_start
        if (after and edit_raw >= 0) or (rule and edit_raw < 0):
            new_runs.append((len(after), raw_at if edit_raw < 0 else edit_raw, raw_at, rule))
    return new_runs


def trace(raw: str) -> Traced:
    """Start a ledger: every character is its own source."""
    return Traced(raw, raw, ((len(raw), 0, len(raw), KEEP),) if raw else (), {})


def align(traced: Traced, raw_size: int) -> list[AlignRow]:
    """Return the record's ``align`` of a text made from *raw_size* code points.

    It has no gap on the clean side and covers the raw text exactly once.

    A stretch that left no character is a ``drop`` row of clean length 0; a source that two rows share is
    counted with the first.
    """
    rows: list[AlignRow] = []
    at = raw_at = 0
    for size, raw_start, raw_end, rule in traced.runs:
        op = RECORD_OPS[rule]
        if raw_start > raw_at:
            rows.append((at, 0, raw_at, raw_start - raw_at, "drop"))
            raw_at = raw_start
        begin = max(raw_start, raw_at)
        length = max(0, raw_end - begin)
        if rows and _continues(rows[-1], op, size=size, length=length, begin=begin):
            clean_start, clean_len, row_start, row_len, _ = rows[-1]
            rows[-1] = (clean_start, clean_len + size, row_start, row_len + length, op)
        else:
            rows.append((at, size, begin, length, op))
        at += size
        raw_at = begin + length
    if raw_at < raw_size:
        rows.append((at, 0, raw_at, raw_size - raw_at, "drop"))
    return rows


def _continues(row: AlignRow, op: str, *, size: int, length: int, begin: int) -> bool:
    """Tell whether a one-by-one run goes on where the last row ended."""
    _, clean_len, raw_start, raw_len, row_op = row
    return row_op == op and clean_len == raw_len and size == length > 0 and raw_start + raw_len == begin
