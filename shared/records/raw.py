"""A page as the scraper gave it (``articles.raw``)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Id = Annotated[
    str, Meta(min_length=1, max_length=512, pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$")
]
"""An id a person could write down: not empty, no control characters.

It becomes a key, a header, a file name.
"""


MAX_PAYLOAD_BYTES = 2_000_000
"""Largest page taken: feed refuses a larger one, and clean makes a dead letter of one that came another way.
"""


class Source(Struct, frozen=True, kw_only=True):
    """Who published the page."""

    id: Id
    name: str | UnsetType = UNSET
    domain: str | UnsetType = UNSET
    country: str | UnsetType = UNSET
    kind: (
        Literal["agency", "newspaper", "site", "broadcaster", "aggregator", "state", "channel"] | UnsetType
    ) = UNSET


class Declared(Struct, frozen=True, kw_only=True):
    """What feed or page claimed of itself: evidence, never truth."""

    lang: str | UnsetType = UNSET
    published: str | UnsetType = UNSET
    title: str | UnsetType = UNSET
    author: str | UnsetType = UNSET
    section: str | UnsetType = UNSET


class Scraper(Struct, frozen=True, kw_only=True):
    """The program that fetched the page."""

    name: str | UnsetType = UNSET
    version: str | UnsetType = UNSET
    run: str | UnsetType = UNSET


class Raw(Struct, frozen=True, kw_only=True):
    """One fetched page, byte-exact: *payload* when its bytes are valid UTF-8, else *payload_b64*."""

    schema: int = 1
    doc_id: Id
    id_basis: Literal["publisher_code", "canonical_url", "content"]
    rev: str
    content_sha256: str
    source: Source
    url: str | UnsetType = UNSET
    canonical_url: str | UnsetType = UNSET
    publisher_code: str | UnsetType = UNSET
    fetched_at: str
    first_seen_at: str
    media_type: str = "text/plain"
    encoding: str | UnsetType = UNSET
    encoding_basis: Literal["declared", "guessed", "utf8"] | UnsetType = UNSET
    payload: str | UnsetType = UNSET
    payload_b64: str | UnsetType = UNSET
    declared: Declared = Declared()
    scraper: Scraper | UnsetType = UNSET
    extra: dict[str, Any] | UnsetType = UNSET
