"""An article on its way: the head, then one block a stage."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from shared.records.clean import Clean
from shared.records.entities import Entities
from shared.records.language import Language
from shared.records.linked import Linked
from shared.records.raw import Declared, Id, Source


class RawRef(Struct, frozen=True, kw_only=True):
    """Where the page lies in ``articles.raw``; its payload stays there."""

    topic: str
    partition: int
    offset: int
    content_sha256: str


class Head(Struct, frozen=True, kw_only=True):
    """First in every record after the raw one."""

    schema: int = 1
    doc_id: Id
    rev: str
    rev_no: int
    source: Source
    url: str | UnsetType = UNSET
    canonical_url: str | UnsetType = UNSET
    fetched_at: str
    first_seen_at: str
    declared: Declared
    raw_ref: RawRef


class Article(Head, frozen=True, kw_only=True):
    """The head and what the stages have added so far."""

    clean: Clean | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    entities: Entities | UnsetType = UNSET
    linked: Linked | UnsetType = UNSET
