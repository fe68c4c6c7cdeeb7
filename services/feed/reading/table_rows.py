"""Tables with a header (CSV, TSV) → submissions, a row each; a cell that is empty says nothing."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.feed.core import NAMES
from services.feed.forms import json_line
from services.feed.mapping import shapes
from services.feed.reading.job import Job
from services.feed.reading.line_cutter import Line
from services.feed.submission import Row, Submission
from shared.errors import BadRecord

DELIMITERS = ",;\t|"
"""Spreadsheets write a semicolon where the comma parts whole from fraction."""
LONGEST_CELL = 4 << 20
"""A quote that nothing closes takes in no more than this."""


class _Source:
    """Gives lines as text to the reader, and remembers those of the row that is being read."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = iter(lines)
        self._taken: list[Line] = []

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self._taken.append(line)
            yield line.data.decode("utf-8", "surrogateescape") + "\n"

    def row(self) -> tuple[int, bytes]:
        """Return the number of the first line of the row that was read since the last call, and its bytes."""
        taken, self._taken = self._taken, []
        return taken[0].number if taken else 0, b"\n".join(line.data for line in taken)


@dataclass(frozen=True, slots=True)
class _Table:
    where: str
    header: list[str]
    job: Job

    def row(self, cells: list[str], number: int, original: bytes) -> Submission:
        """Return the article in a row."""
        if len(cells) > len(self.header):
            why = f"{len(cells)} cells under a header of {len(self.header)}: is a quote missing?"
            return self.refused(number, original, BadRecord("wrong_type", why))
        try:
            _, mended = json_line.text_of(original)
        except BadRecord as error:
            return self.refused(number, original, error)
        if mended:
            cells = [cell.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for cell in cells]
        found = {name: cell for name, cell in zip(self.header, cells, strict=False) if name and cell}
        return Submission.of_row(
            found, Row(f"{self.where}:{number}", original, mended), self.job.source, self.job.shape
        )

    def refused(self, number: int, original: bytes, why: BadRecord) -> Submission:
        """Return a row as refused."""
        return Submission.refusal(f"{self.where}:{number}", original, why)


def rows(lines: Iterable[Line], where: str, job: Job, *, tabs: bool) -> Iterator[Submission]:
    """Yield the rows under the header, which is the first line; *tabs* part the cells of a TSV."""
    csv.field_size_limit(LONGEST_CELL)
    source = _Source(lines)
    first = next(iter(source), "")
    delimiter = "\t" if tabs else max(DELIMITERS, key=first.count)
    known = _known(job)
    try:
        header = [_name(cell, known) for cell in next(csv.reader([first], delimiter=delimiter), [])]
    except csv.Error:  # a lone carriage return
        header = []
    table = _Table(where, header, job)
    number, original = source.row()
    if not known.intersection(header):
        named = ", ".join(header)[:200].encode("utf-8", "replace").decode()
        yield table.refused(
            number,
            original,
            BadRecord("missing_field", f"the header names no known field: {named or '?'}; see --map"),
        )
        return
    reader = csv.reader(iter(source), delimiter=delimiter)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield table.refused(
                *source.row(), BadRecord("wrong_type", f"no row of a table: {error}; is a quote missing?")
            )
            reader = csv.reader(iter(source), delimiter=delimiter)
            continue
        number, original = source.row()
        if any(cells):
            yield table.row(cells, number, original)


def _known(job: Job) -> frozenset[str]:
    return NAMES | shapes.known_names().keys() | (job.shape.names.keys() if job.shape else set())


def _name(cell: str, known: frozenset[str]) -> str:
    """Return a field's name; spreadsheets like a capital at its beginning."""
    name = cell.strip()
    return name.lower() if name not in known and name.lower() in known else name
