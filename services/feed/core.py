"""One scraped item → a Raw record with its identity. Pure: the time is an argument."""

from __future__ import annotations

import base64
import hashlib
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec
from msgspec import UNSET, Struct, UnsetType

from shared import codec
from shared.errors import BadRecord
from shared.records import Declared, Raw, Scraper, Source
from shared.records.raw import MAX_PAYLOAD_BYTES, Id

TRACKING = frozenset({"fbclid", "gclid", "dclid", "msclkid", "yclid", "mc_cid", "mc_eid", "igshid", "_ga"})
DEFAULT_PORTS = {"http": "80", "https": "443"}

Basis = Literal["publisher_code", "canonical_url", "content"]


class Item(Struct, frozen=True, kw_only=True):
    """What a scraper may give: one of *text*, *html*, *payload*, *payload_b64*, and a *source* (an id, or an object); the rest is optional."""

    source: Source | Id | UnsetType = UNSET
    text: str | UnsetType = UNSET
    html: str | UnsetType = UNSET
    payload: str | UnsetType = UNSET
    payload_b64: str | UnsetType = UNSET
    media_type: str | UnsetType = UNSET
    encoding: str | UnsetType = UNSET
    url: str | UnsetType = UNSET
    publisher_code: str | UnsetType = UNSET
    fetched_at: str | UnsetType = UNSET
    declared: Declared | UnsetType = UNSET
    scraper: Scraper | UnsetType = UNSET
    lang: str | UnsetType = UNSET
    published: str | UnsetType = UNSET
    title: str | UnsetType = UNSET


def item_of(line: bytes, default_source: str) -> tuple[Item, bytes]:
    """Return the item in one JSON line and its payload bytes.

    Raises BadRecord: not_json, not_an_object, wrong_type, too_large, empty_text (no page in it), no_identity (no source).
    """
    item = codec.typed(codec.load(line, max_bytes=4 * MAX_PAYLOAD_BYTES), Item)
    if item.source is UNSET:
        if not default_source:
            raise BadRecord("no_identity", "the item names no source; give one in it or with --source")
        item = msgspec.structs.replace(item, source=default_source)
    return item, payload_of(item)


def payload_of(item: Item) -> bytes:
    """Return the page's bytes; raises BadRecord when there is none, it is not base64, or too large."""
    if item.payload_b64 is not UNSET:
        try:
            payload = base64.b64decode(item.payload_b64, validate=True)
        except ValueError as error:
            raise BadRecord("undecodable", f"payload_b64: {error}") from None
    else:
        found = next((text for text in (item.payload, item.html, item.text) if text is not UNSET), "")
        payload = found.encode()
    require_page(payload)
    return payload


def require_page(payload: bytes) -> None:
    """Raise BadRecord when *payload* is empty or too large."""
    if not payload.strip():
        raise BadRecord("empty_text", "the item holds no page: give text, html, payload or payload_b64")
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise BadRecord("too_large", f"the page has {len(payload)} bytes, at most {MAX_PAYLOAD_BYTES} are taken")


def canonical_url(url: str) -> str:
    """Return *url* with scheme and host in lower case, without fragment, default port and tracking parameters; the rest stays.

    Path case, other parameters and subdomains tell articles apart: dropping them merged different ones in a peer. Raises BadRecord.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise BadRecord("wrong_type", f"url: {error}") from None
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    if port is not None and str(port) != DEFAULT_PORTS.get(scheme):
        host = f"{host}:{port}"
    pairs = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if not _tracks(key)]
    kept_as_written = len(pairs) == len(parse_qsl(parts.query, keep_blank_values=True))
    return urlunsplit((scheme, host, parts.path, parts.query if kept_as_written else urlencode(pairs), ""))


def _tracks(key: str) -> bool:
    return key.lower() in TRACKING or key.lower().startswith("utm_")


def doc_id(source_id: str, basis: Basis, key: str) -> str:
    """Return the first 32 hex digits of SHA-256 over source, basis and key: never changed afterwards."""
    return hashlib.sha256(f"{source_id}\x1f{basis}\x1f{key}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def raw_of(item: Item, payload: bytes, *, now: str) -> Raw:
    """Return the record of *payload*; *now* (RFC 3339) is its fetch time when the scraper gave none."""
    source = Source(id=item.source) if isinstance(item.source, str) else item.source
    if source is UNSET:
        raise BadRecord("no_identity", "the item names no source")
    digest = hashlib.sha256(payload).hexdigest()
    url = item.url or UNSET
    canonical = canonical_url(url) if url is not UNSET else UNSET
    basis, key = _identity(item.publisher_code or UNSET, canonical, digest)
    fields: dict[str, Any] = {"payload": payload.decode()} if _is_utf8(payload) else {"payload_b64": base64.b64encode(payload).decode()}
    return Raw(
        doc_id=doc_id(source.id, basis, key),
        id_basis=basis,
        rev=digest[:16],
        content_sha256=digest,
        source=source,
        url=url,
        canonical_url=canonical,
        publisher_code=item.publisher_code or UNSET,
        fetched_at=item.fetched_at or now,
        first_seen_at=now,
        media_type=_media_type(item),
        encoding=item.encoding,
        encoding_basis="declared" if item.encoding is not UNSET else UNSET,
        declared=_declared(item),
        scraper=item.scraper,
        **fields,
    )


def _identity(code: str | UnsetType, canonical: str | UnsetType, digest: str) -> tuple[Basis, str]:
    if code is not UNSET:
        return "publisher_code", code
    if canonical is not UNSET:
        return "canonical_url", canonical
    return "content", digest


def _is_utf8(payload: bytes) -> bool:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True


def _media_type(item: Item) -> str:
    if item.media_type is not UNSET:
        return item.media_type
    return "text/html" if item.html is not UNSET else "text/plain"


def _declared(item: Item) -> Declared:
    """Return what the item claims: its ``declared`` object, filled up from the short fields beside it."""
    given = Declared() if item.declared is UNSET else item.declared
    short = {"lang": item.lang, "published": item.published, "title": item.title}
    return msgspec.structs.replace(given, **{name: value for name, value in short.items() if value and getattr(given, name) is UNSET})
