"""How the command speaks: tables, JSON lines, colours, progress, and errors that say what to do."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from unicodedata import combining, east_asian_width

import click
import msgspec
import orjson

DONE, FOUND_WRONG, WRONG_USE, OUTSIDE_FAILED = 0, 1, 2, 3
MINUTE = 60.0


class Failure(click.ClickException):
    """Something the user must know: *message* names the cause, *advice* the next command."""

    def __init__(self, message: str, advice: str = "", *, code: int = FOUND_WRONG) -> None:
        super().__init__(message)
        self.advice, self.exit_code = advice, code

    def show(self, file: Any = None) -> None:
        """Print the cause, and below it what to do."""
        click.echo(f"khabar: {self.message}", err=True, file=file)
        if self.advice:
            click.echo(f"        {self.advice}", err=True, file=file)


def json_line(value: object) -> None:
    """Print *value* as one line of JSON."""
    sys.stdout.buffer.write(
        orjson.dumps(value, default=msgspec.to_builtins, option=orjson.OPT_APPEND_NEWLINE)
    )
    sys.stdout.buffer.flush()


def colour(text: str, name: str) -> str:
    """Return *text* in a colour, on a terminal and unless NO_COLOR is set."""
    return click.style(text, fg=name) if sys.stdout.isatty() and "NO_COLOR" not in os.environ else text


def line(text: str = "") -> None:
    """Print one line of ours; foreign text in it has gone through ``isolate`` or ``plain``."""
    click.echo(text)


def notice(text: str) -> None:
    """Say on stderr what a user should know while work goes on; a progress line above it is left alone."""
    sys.stderr.write(f"{'\r\033[K' if sys.stderr.isatty() else ''}khabar: {text}\n")
    sys.stderr.flush()


def width(text: str) -> int:
    """Return how many terminal columns *text* takes; marks and half-spaces take none."""
    return sum(
        0
        if combining(char) or char in "\u200c\u200d\u200e\u200f"
        else 2
        if east_asian_width(char) in "WF"
        else 1
        for char in text
    )


def pad(text: str, columns: int) -> str:
    """Return *text* filled with blanks to *columns*."""
    return text + " " * max(0, columns - width(text))


def cut(text: str, columns: int) -> str:
    """Return *text* on one line, cut between words to *columns*."""
    flat = " ".join(text.split())
    if width(flat) <= columns:
        return flat
    kept = flat[: columns - 1]
    return (kept.rpartition(" ")[0] or kept) + "…"


UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What would steer a terminal: control signs, and marks that turn the direction of what follows."""


def plain(text: str) -> str:
    """Return foreign *text* with nothing in it that could steer a terminal."""
    return UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def isolate(text: str) -> str:
    """Return *text* isolated (U+2068 … U+2069): right-to-left words do not reorder what is beside them."""
    return f"\u2068{plain(text)}\u2069"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table: numbers to the right, words to the left."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max([width(name), *(width(row[at]) for row in cells)]) for at, name in enumerate(head)]
    numeric = [
        all(row[at].replace(",", "").replace(".", "").lstrip("-").isdigit() for row in cells if row[at])
        for at in range(len(head))
    ]
    for row in [list(head), *cells]:
        fields = [
            " " * (size - width(cell)) + cell if right else pad(cell, size)
            for cell, size, right in zip(row, widths, numeric, strict=True)
        ]
        line("  " + "  ".join(fields).rstrip())


@dataclass(slots=True)
class Progress:
    """Progress on stderr: rate and time left, redrawn on a terminal, one line a minute elsewhere."""

    what: str
    total: int | None = None
    begun: float = field(default_factory=time.monotonic)
    said: float = 0.0

    def show(self, done: int) -> None:
        """Say that *done* are done."""
        now, live = time.monotonic(), sys.stderr.isatty()
        finished = self.total is not None and done >= self.total
        if now - (self.said or self.begun) < (0.2 if live else MINUTE) and not finished:
            return
        self.said = now
        rate = done / max(now - self.begun, 1e-6)
        left = f", {(self.total - done) / rate:.0f} s left" if self.total and rate and not finished else ""
        of = f" of {self.total:,}" if self.total else ""
        sys.stderr.write(
            f"{'\r\033[K' if live else ''}{self.what}: {done:,}{of}, {rate:,.0f}/s{left}{'' if live and not finished else '\n'}"
        )
        sys.stderr.flush()

    def end(self) -> None:
        """Take the line away: the work is done, and what it gave speaks for itself."""
        if self.said and sys.stderr.isatty():
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()


def watched[Item](items: Sequence[Item], what: str) -> Iterator[Item]:
    """Yield *items* under a progress line, which quick work does not live to see."""
    progress = Progress(what, len(items))
    for done, item in enumerate(items):
        progress.show(done)
        yield item
    progress.end()
