"""One scraped item → a Raw record with its identity. Pure: the time is an argument."""

from __future__ import annotations

import base64
import hashlib
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from services.feed.forms import json_line, no_page
from services.feed.forms.light_page import lightened
from services.feed.mapping import hints
from services.feed.mapping.shapes import PAGES, Shape
from services.feed.mapping.translation import OURS, understood
from shared.errors import BadRecord
from shared.records import Declared, Raw, Scraper, Source
from shared.records.raw import MAX_PAYLOAD_BYTES, Id
from shared.text.moments import milliseconds
from shared.wire import codec
from shared.wire.headers import rfc3339

TRACKING = frozenset({"fbclid", "gclid", "dclid", "msclkid", "yclid", "mc_cid", "mc_eid", "igshid", "_ga"})
LONGEST_KEPT_URL = 2_000
FIRST_PAGE_MS, LAST_PAGE_MS = 662_688_000_000, 4_102_444_800_000
"""1991 to 2100: what lies outside is a year of the Persian, Hijri or Buddhist calendar, or a clock that was
never set.
"""
DEFAULT_PORTS = {"http": "80", "https": "443"}

Basis = Literal["publisher_code", "canonical_url", "content"]
MediaType = Annotated[str, Meta(pattern=r"^[\w.+-]+/[\w.+-]+\s*(;.*)?$", max_length=200)]
ShortText = Annotated[str, Meta(max_length=100)]
LongText = Annotated[str, Meta(max_length=1000)]


class Item(Struct, frozen=True, kw_only=True):
    """What a scraper may give: *text*, *html*, *payload* or *payload_b64*, and a *source* (an id or object).

    The other fields are optional. Without a source it is the one that the door names, else the host of *url*
    without ``www.``, else the *publisher*.
    """

    source: Source | Id | UnsetType = UNSET
    text: str | UnsetType = UNSET
    html: str | UnsetType = UNSET
    payload: str | UnsetType = UNSET
    payload_b64: str | UnsetType = UNSET
    media_type: MediaType | UnsetType = UNSET
    encoding: ShortText | UnsetType = UNSET
    url: str | UnsetType = UNSET
    publisher_code: Id | UnsetType = UNSET
    publisher: LongText | UnsetType = UNSET
    fetched_at: str | UnsetType = UNSET
    declared: Declared | UnsetType = UNSET
    scraper: Scraper | UnsetType = UNSET
    lang: ShortText | UnsetType = UNSET
    published: LongText | UnsetType = UNSET
    title: LongText | UnsetType = UNSET
    author: LongText | UnsetType = UNSET
    section: LongText | UnsetType = UNSET
    extra: dict[str, Any] | UnsetType = UNSET

    @property
    def mended(self) -> int:
        """How many broken characters of the item were replaced by U+FFFD."""
        mended = self._noted("mended")
        return mended if isinstance(mended, int) else 0

    @property
    def unread(self) -> list[str]:
        """Which of its fields were given in a form that says nothing; the article stands without them."""
        unread = self._noted("unread")
        return unread if isinstance(unread, list) else []

    def _noted(self, name: str) -> Any:
        noted = self.extra.get(OURS) if isinstance(self.extra, dict) else None
        return noted.get(name) if isinstance(noted, dict) else None


NAMES = frozenset(Item.__struct_fields__)
SOURCES = ("source", "url", "publisher")


def item_of(line: bytes, default_source: str, shape: Shape | None = None) -> tuple[Item, bytes]:
    """Return the item in one JSON line and its payload bytes.

    Foreign field names are understood, and *shape* is what the user says of them. Raises BadRecord: not_json,
    not_an_object, undecodable, too_large, empty_text (no page), no_identity (no source), wrong_type (the page
    is no text or is data, the moment of fetching is none, the source is no id). Any other field that cannot
    be read is left out.
    """
    found, mended = json_line.load(line, 4 * MAX_PAYLOAD_BYTES)
    return item_from(found, default_source, shape, mended=mended)


def item_from(
    found: dict[str, Any], default_source: str, shape: Shape | None = None, *, mended: int = 0
) -> tuple[Item, bytes]:
    """Return the item in an object and its payload bytes, as `item_of` does.

    *mended* is how many of its characters were replaced.
    """
    given, unread = understood(found, Item, shape)
    _require_read(found, given, unread)
    if "url" in given and not _is_whole(given["url"]):
        unread.append("url")
        given["extra"] = given.get("extra", {}) | {"url": given.pop("url")[:LONGEST_KEPT_URL]}
    item = codec.typed(given | _noted(given, mended, unread), Item)
    if item.source is UNSET:
        source = default_source or host_of(item.url or "") or _site(item.publisher or "")
        if not source:
            if "source" in unread:
                raise BadRecord(
                    "wrong_type", "source: an id is needed, of 1 to 512 characters without control characters"
                )
            raise BadRecord(
                "no_identity",
                f'no source: add "source" or a "url", or give --source{hints.looks_like(found, NAMES, SOURCES)}',
            )
        item = msgspec.structs.replace(item, source=codec.typed({"source": source}, Item).source)
    return item, payload_of(item)


def _require_read(found: dict[str, Any], given: dict[str, Any], unread: list[str]) -> None:
    """Raise BadRecord when the page was not read, or a moment of fetching that was given.

    Without that moment the article would count as fetched now, and «yesterday» in it would be a wrong day
    that looks sure.
    """
    if not any(name in given for name in PAGES):
        lost = [name for name in unread if name in PAGES]
        if lost:
            raise BadRecord("wrong_type", f"{lost[0]}: no text, and no list of paragraphs")
        raise BadRecord(
            "empty_text",
            f'no page: add "text", "html" or "payload_b64"{hints.looks_like(found, NAMES, PAGES)}',
        )
    if "fetched_at" in unread:
        raise BadRecord("wrong_type", "fetched_at: no moment: write it as 2026-01-31T12:00:00Z")


def _noted(given: dict[str, Any], mended: int, unread: list[str]) -> dict[str, Any]:
    """Return ``extra`` with what a raw record has no field for: publisher, and what was mended or unread."""
    extra = given.get("extra", {})
    kept = {name: given[name] for name in ("publisher",) if name in given}
    notes: dict[str, Any] = ({"mended": mended} if mended else {}) | (
        {"unread": sorted(unread)} if unread else {}
    )
    if notes:
        kept[OURS] = extra.get(OURS, {}) | notes
    return {"extra": extra | kept} if kept else {}


def host_of(url: str) -> str:
    """Return the host of *url* without ``www.``; empty when there is none."""
    try:
        return (urlsplit(url.strip()).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _site(publisher: str) -> str:
    """Return a publisher, or the host of its address, as an id."""
    return host_of(publisher) or publisher.strip().removeprefix("www.")


def payload_of(item: Item) -> bytes:
    """Return the page's bytes; raises BadRecord when there is none, it is not base64, or too large."""
    written = next((text for text in (item.payload, item.html, item.text) if text is not UNSET), "")
    payload = written.encode()
    if item.payload_b64 is not UNSET:
        try:
            payload = base64.b64decode(item.payload_b64, validate=True)
        except ValueError as error:
            if not written:
                raise BadRecord("undecodable", f"payload_b64: {error}") from None
    payload = lightened(payload, MAX_PAYLOAD_BYTES)
    require_page(payload)
    return payload


def require_page(payload: bytes) -> None:
    """Raise BadRecord when *payload* is empty, too large, or no page: binary bytes, a feed, data in code."""
    if not payload.strip():
        raise BadRecord("empty_text", "the page is empty")
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise BadRecord(
            "too_large", f"the page has {len(payload)} bytes, at most {MAX_PAYLOAD_BYTES} are taken"
        )
    if what := no_page.binary(payload[: no_page.HEAD_BYTES]):
        raise BadRecord("undecodable", f"it is {what}, and no page: give its text")
    if what := no_page.data(payload):
        raise BadRecord("wrong_type", f"it is {what}")


def canonical_url(url: str) -> str:
    """Return *url* with scheme and host in lower case, without fragment, default port and tracking.

    The rest stays: path case, other parameters and subdomains tell articles apart, and a peer that dropped
    them merged different ones. Raises BadRecord.
    """
    parts = _whole(url)
    scheme, host, port = parts.scheme.lower(), (parts.hostname or "").lower(), parts.port
    if port is not None and str(port) != DEFAULT_PORTS.get(scheme):
        host = f"{host}:{port}"
    given = parse_qsl(parts.query, keep_blank_values=True)
    pairs = [(key, value) for key, value in given if not _tracks(key)]
    return urlunsplit(
        (scheme, host, parts.path, parts.query if len(pairs) == len(given) else urlencode(pairs), "")
    )


def _whole(url: str) -> SplitResult:
    """Return the parts of a whole address; raises BadRecord."""
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError as error:
        raise BadRecord("wrong_type", f"url: {error}") from None
    # «index.html» would make one document of every page that is called so
    if not parts.scheme or not parts.hostname:
        raise BadRecord(
            "wrong_type", f"url: {url[:200]!r} is no whole address: write it as https://example.org/page"
        )
    return parts


def _is_whole(url: str) -> bool:
    try:
        _whole(url)
    except BadRecord:
        return False
    return True


def _tracks(key: str) -> bool:
    return key.lower() in TRACKING or key.lower().startswith("utm_")


def doc_id(source_id: str, basis: Basis, key: str) -> str:
    """Return the first 32 hex digits of SHA-256 over source, basis and key: never changed afterwards."""
    return hashlib.sha256(f"{source_id}\x1f{basis}\x1f{key}".encode("utf-8", "surrogatepass")).hexdigest()[
        :32
    ]


def raw_of(item: Item, payload: bytes, *, now: str) -> Raw:
    """Return the record of *payload*; *now* (RFC 3339) is its fetch time when the scraper gave none."""
    source = Source(id=item.source) if isinstance(item.source, str) else item.source
    if source is UNSET:
        raise BadRecord("no_identity", "the item names no source")
    digest = hashlib.sha256(payload).hexdigest()
    url = item.url or UNSET
    canonical = canonical_url(url) if url is not UNSET else UNSET
    basis, key = _identity(item.publisher_code or UNSET, canonical, digest)
    return Raw(
        doc_id=doc_id(source.id, basis, key),
        id_basis=basis,
        rev=digest[:16],
        content_sha256=digest,
        source=source,
        url=url,
        canonical_url=canonical,
        publisher_code=item.publisher_code or UNSET,
        fetched_at=_fetched_at(item.fetched_at or now, now),
        first_seen_at=now,
        media_type=_media_type(item),
        encoding=item.encoding,
        encoding_basis="declared" if item.encoding is not UNSET else UNSET,
        declared=_declared(item),
        scraper=item.scraper,
        extra=item.extra,
        **_as_text(payload),
    )


def _as_text(payload: bytes) -> dict[str, Any]:
    """Return the payload as the field that holds it: text when its bytes are UTF-8."""
    try:
        return {"payload": payload.decode()}
    except UnicodeDecodeError:
        return {"payload_b64": base64.b64encode(payload).decode()}


def fetched_ms(given: str) -> int:
    """Return the moment of fetching *given* as milliseconds since 1970.

    Raises BadRecord (wrong_type) for what is none, and for a year of another calendar: no page was fetched
    before there was a web.
    """
    try:
        found = milliseconds(given)
    except ValueError as error:
        raise BadRecord("wrong_type", f"fetched_at: {error}") from None
    if not FIRST_PAGE_MS <= found < LAST_PAGE_MS:
        raise BadRecord(
            "wrong_type",
            f"fetched_at: {given[:60]!r} is of another calendar: write the year of the common one",
        )
    return found


def _fetched_at(given: str, now: str) -> str:
    """Return the time of fetching as records write times, at most *now*.

    A clock that is ahead of ours must not make a page the newest for ever.
    """
    return now if given == now else rfc3339(min(fetched_ms(given), milliseconds(now)))


def _identity(code: str | UnsetType, canonical: str | UnsetType, digest: str) -> tuple[Basis, str]:
    if code is not UNSET:
        return "publisher_code", code
    if canonical is not UNSET:
        return "canonical_url", canonical
    return "content", digest


def _media_type(item: Item) -> str:
    if item.media_type is not UNSET:
        return item.media_type
    return "text/html" if item.html is not UNSET else "text/plain"


def _declared(item: Item) -> Declared:
    """Return what the item claims: its ``declared`` object, filled up from the short fields beside it."""
    given = Declared() if item.declared is UNSET else item.declared
    short = {
        "lang": item.lang,
        "published": item.published,
        "title": item.title,
        "author": item.author,
        "section": item.section,
    }
    return msgspec.structs.replace(
        given, **{name: value for name, value in short.items() if value and getattr(given, name) is UNSET}
    )
