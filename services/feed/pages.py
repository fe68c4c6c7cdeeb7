"""Where pages come from: files, folders, JSON lines, stdin."""

from __future__ import annotations

import mimetypes
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from services.feed.core import Item, item_of, require_page
from shared.errors import BadRecord

STDIN = "-"
LINES = frozenset({".jsonl", ".ndjson"})
PAGES = frozenset({".txt", ".html", ".htm", ".xhtml"})
LONGEST_LINE = 32 << 20


@dataclass(frozen=True, slots=True)
class Page:
    """One thing read: where, its bytes as they were, and what it is — or why it is refused."""

    where: str
    original: bytes
    item: Item | None
    payload: bytes
    refused: BadRecord | None = None


class NoSuchSource(FileNotFoundError):
    """A file or folder that is not there."""


def pages(source: str, default_source: str) -> Iterator[Page]:
    """Yield the pages of *source*: ``-``, a ``.jsonl`` file, a page, or a folder of them (by name, at any depth)."""
    if source == STDIN:
        yield from _lines(sys.stdin.buffer, "stdin", default_source)
        return
    path = Path(source)
    if path.is_dir():
        for child in sorted(path.rglob("*")):
            if child.suffix.lower() in LINES | PAGES and child.is_file():
                yield from pages(str(child), default_source)
    elif not path.exists():
        raise NoSuchSource(source)
    elif path.suffix.lower() in LINES:
        with path.open("rb") as stream:
            yield from _lines(stream, _readable(path.name), default_source)
    else:
        yield _file(path, default_source or _readable(path.resolve().parent.name) or "files")


def _lines(stream: BinaryIO, name: str, default_source: str) -> Iterator[Page]:
    number = 0
    while line := stream.readline(LONGEST_LINE):
        number += 1
        if line.strip():
            yield _line(line.rstrip(b"\r\n"), f"{name}:{number}", default_source)


def _line(line: bytes, where: str, default_source: str) -> Page:
    try:
        item, payload = item_of(line, default_source)
    except BadRecord as error:
        return Page(where, line, None, b"", error)
    return Page(where, line, item, payload)


def _file(path: Path, source_id: str) -> Page:
    payload = path.read_bytes()
    item = Item(source=source_id, media_type=mimetypes.guess_type(path.name)[0] or "text/plain")
    where = _readable(str(path))
    try:
        require_page(payload)
    except BadRecord as error:
        return Page(where, payload, None, b"", error)
    return Page(where, payload, item, payload)


def _readable(name: str) -> str:
    """Return a file's name as text that UTF-8 can hold: the name itself may be any bytes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
