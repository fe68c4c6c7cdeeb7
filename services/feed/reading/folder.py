"""The files of a folder, by name and at any depth; what nobody means to feed is passed over, and counted."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from services.feed.reading.file_kind import FEEDS, KINDS, ending

ENVIRONMENTS = frozenset(
    {"node_modules", "bower_components", "__pycache__", "venv", "site-packages", "dist-packages"}
)
"""Folders of programs, whose pages are licences and templates."""
MARKS = frozenset({"pyvenv.cfg", "conda-meta"})
"""What an environment holds, whatever its folder is called."""


def files(folder: Path, passed_over: Counter[str]) -> Iterator[Path]:
    """Yield the files in *folder* that are named as one of the kinds."""
    try:
        with os.scandir(folder) as listed:
            entries = sorted(listed, key=lambda entry: entry.name)
    except OSError:
        passed_over["folders that cannot be read"] += 1
        return
    for entry in entries:
        what = _passed_over(entry)
        if what:
            passed_over[what] += 1
        elif entry.is_dir(follow_symlinks=False):
            yield from files(Path(entry.path), passed_over)
        else:
            yield Path(entry.path)


def _passed_over(entry: os.DirEntry[str]) -> str:
    """Return what *entry* is, if it is not to be fed."""
    if entry.name.startswith("."):
        return "hidden"
    if entry.is_dir(follow_symlinks=False):
        inside = Path(entry.path)
        is_one = entry.name in ENVIRONMENTS or any((inside / mark).exists() for mark in MARKS)
        return "folders of programs" if is_one else ""
    if not entry.is_file():
        return "links to folders, and what is no file"
    suffix = ending(entry.name)
    if suffix in FEEDS:
        return "feeds, which ./khabar run feeds polls"
    return "" if suffix in KINDS else suffix or "without an ending"
