"""What a file is: by the ending of its name, and by its first bytes, which may say otherwise."""

from __future__ import annotations

from pathlib import PurePath
from typing import Literal

from services.feed.forms.no_page import binary
from shared.errors import BadRecord

Kind = Literal["page", "lines", "json", "table", "warc"]
KINDS: dict[str, Kind] = {
    ".txt": "page", ".html": "page", ".htm": "page", ".xhtml": "page", ".jsonl": "lines", ".ndjson": "lines", ".json": "json",
    ".csv": "table", ".tsv": "table", ".warc": "warc",
}  # fmt: skip
FEEDS = frozenset({".xml", ".rss", ".atom", ".opml"})
_MENDS = {
    ".pdf": "a PDF document is not taken: give its text as .txt, or as a JSON line",
    ".doc": "an Office document is not taken: save it as .txt or .html",
    ".xls": "a spreadsheet is not taken: save it as .csv in UTF-8, with a header",
    ".zip": "an archive is not taken: unpack it and feed what is in it",
    ".png": "an image, sound or film is no article",
    ".xml": "a feed is not read as a file: name its address to the poller, ./khabar run feeds",
}
_LIKE = {
    ".docx": ".doc", ".odt": ".doc", ".rtf": ".doc", ".epub": ".doc", ".pptx": ".doc", ".ppt": ".doc", ".xlsx": ".xls", ".ods": ".xls",
    ".parquet": ".xls", ".tar": ".zip", ".tgz": ".zip", ".bz2": ".zip", ".xz": ".zip", ".zst": ".zip", ".7z": ".zip", ".rar": ".zip",
    ".wacz": ".zip", ".jpg": ".png", ".jpeg": ".png", ".gif": ".png", ".webp": ".png", ".svg": ".png", ".mp3": ".png", ".mp4": ".png",
    ".rss": ".xml", ".atom": ".xml", ".opml": ".xml",
}  # fmt: skip


def ending(name: str) -> str:
    """Return the ending of a file's name in lower case, without ``.gz``; empty when there is none."""
    return PurePath(name.lower().removesuffix(".gz")).suffix


def kind_of(name: str, head: bytes) -> Kind:
    """Return the kind of the file *name*, whose unpacked content begins with *head*.

    Raises BadRecord: wrong_type, undecodable.
    """
    suffix = ending(name)
    what = binary(head)
    if suffix in KINDS:
        if what:
            raise BadRecord(
                "undecodable", f"named {suffix}, but it is {what}: give its text as .txt, or as a JSON line"
            )
        return KINDS[suffix]
    raise BadRecord("undecodable" if what else "wrong_type", _mend(suffix, what))


def _mend(suffix: str, what: str) -> str:
    """Return why a file that ends in *suffix* and is *what* by its bytes is not taken, and what to do."""
    found = _MENDS.get(_LIKE.get(suffix, suffix))
    if found:
        return found
    if what:
        return f"it is {what}, which is not taken: give its text as .txt, or as a JSON line"
    named = f"files that end in {suffix} are not taken" if suffix else "no ending says what it is"
    return f"{named}: name it {', '.join(KINDS)} if it is one (.gz too)"
