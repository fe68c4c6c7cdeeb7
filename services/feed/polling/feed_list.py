"""The feeds to poll: an OPML file, or a list of addresses, one a line.

The source of an article is the host it lies on, so that one article in two feeds is one. Where that is not
wanted (all links of a feed lead through a third party), a source can be set: behind the address in a list, as
``khabar:source`` of an outline in OPML.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from services.feed.polling.parsing.body_text import text_of
from services.feed.polling.parsing.safe_xml import local_name, root_of, tree_of
from shared.errors import BadRecord
from shared.settings import BadSetting


@dataclass(frozen=True, slots=True)
class ListedFeed:
    """A feed to poll; *source* is empty where the host of each article is its source.

    *of_index*: a sitemap that an index named.
    """

    address: str
    source: str = ""
    of_index: bool = False


def listed(path: str) -> list[ListedFeed]:
    """Return the feeds in the file at *path*, each address once; raises BadSetting, which names the line."""
    if not path:
        raise BadSetting(
            "KHABAR_FEEDS is not set: name a file with the feeds to poll, OPML or one address a line"
        )
    try:
        text = text_of(Path(path).read_bytes(), "")
    except OSError as error:
        raise BadSetting(f"KHABAR_FEEDS={path!r} cannot be read: {error.strerror}") from None
    rows = _of_opml(text, path) if text.startswith("<") else _of_lines(text, path)
    found: dict[str, ListedFeed] = {}
    for where, address, source in rows:
        if not _is_web(address):
            raise BadSetting(
                f"{where}: {address[:100]!r} is no address of a feed: it must begin with http:// or https://"
            )
        found.setdefault(address, ListedFeed(address, source))
    if not found:
        raise BadSetting(
            f"KHABAR_FEEDS={path!r} holds no feed: write one address a line, or OPML with xmlUrl"
        )
    return list(found.values())


def _of_lines(text: str, path: str) -> Iterator[tuple[str, str, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        address, *source = line.split(maxsplit=1)[:2] or [""]
        if address and not address.startswith("#"):
            yield f"{path}:{number}", address, "".join(source).strip()


def _of_opml(text: str, path: str) -> Iterable[tuple[str, str, str]]:
    try:
        root_of(text)
        root = tree_of(text)
    except BadRecord as error:
        raise BadSetting(f"KHABAR_FEEDS={path!r} is no OPML: {error.detail}") from None
    for element in root.iter():
        if local_name(element) == "outline" and (address := element.get("xmlUrl", "").strip()):
            source = next(
                (value for name, value in element.attrib.items() if name.rpartition("}")[2] == "source"), ""
            )
            yield f"{path}:{element.sourceline}", address, source.strip()


def _is_web(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
