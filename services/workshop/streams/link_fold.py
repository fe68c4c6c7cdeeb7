"""Runs a stream through the linker's fold, in memory."""

from __future__ import annotations

import gzip
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from services.cli.speech import watched
from services.link.changes import Changes
from services.link.core import link
from services.link.memory.lane_state import ALIAS, ASIDE, LaneState
from services.link.model import Model
from services.link.reading.signature import Signature
from services.link.stage import extract
from shared.contract import Message, Origin
from shared.errors import BadRecord
from shared.records import Raw
from shared.records.raw import Declared, Source

Earlier = Callable[[Sequence[Raw]], list[bytes | None]]
"""The stages before link as one function: the extracted record of each page in order, None where one is left
out.
"""


Watch = Callable[[Signature, Changes], None]
"""Somebody who looks at what each article changes."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """The story of every document, those that were not compared, and what it cost."""

    story_of: dict[str, str]
    asides: frozenset[str]
    speed: dict[str, float]


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON-lines file, gzipped or not."""
    with (
        gzip.open(path, "rt", encoding="utf8")
        if path.suffix == ".gz"
        else path.open(encoding="utf8") as found
    ):
        yield from map(json.loads, found)


def record_of(row: Mapping[str, Any], declared: str = "") -> Raw:
    """Return a stream row as feed would write it; its time of publication is what the feed declared."""
    payload = row["text"].encode()
    digest = hashlib.sha256(payload).hexdigest()
    published = (
        Declared(published=row["published_at"], lang=declared)
        if declared
        else Declared(published=row["published_at"])
    )
    return Raw(
        doc_id=row["id"],
        id_basis="canonical_url",
        rev=digest[:16],
        content_sha256=digest,
        source=Source(id=row["source"], name=row["source"]),
        url=row["url"],
        canonical_url=row["url"],
        fetched_at=row["first_seen_at"],
        first_seen_at=row["first_seen_at"],
        payload=row["text"],
        declared=published,
    )


def made(name: str, text: str, at: str) -> dict[str, Any]:
    """Return a stream row of a text that has no page; *at* is its time of publication and of arrival."""
    source = name.split("/", maxsplit=1)[0]
    return {
        "id": name,
        "source": source,
        "url": f"urn:{name}",
        "published_at": at,
        "first_seen_at": at,
        "text": text,
    }


def signed(pages: Sequence[Raw], earlier: Earlier) -> list[Signature]:
    """Return the signatures of pages, without those that a stage before link leaves out."""
    return signatures(earlier(pages))


def signatures(values: Iterable[bytes | None]) -> list[Signature]:
    """Return the signatures of extracted records, without those that link refuses."""
    return [found for value in values if value is not None and (found := _signature(value)) is not None]


def _signature(value: bytes) -> Signature | None:
    try:
        return extract(Message(None, value, Origin("articles.extracted", 0, 0, 0)))
    except BadRecord:
        return None


def in_time(articles: Sequence[Signature]) -> list[Signature]:
    """Return articles in the order of their arrival."""
    return sorted(articles, key=lambda s: (s.fetched, s.doc_id))


def folded(
    found: Sequence[Signature], model: Model, *, state: LaneState | None = None, watch: Watch | None = None
) -> Replayed:
    """Fold articles in the order given, into *state* or an empty one; *watch* sees the changes of each."""
    state = state or LaneState()
    story_of = dict[str, str]()
    alias = dict[str, str]()
    asides = set[str]()
    took = []
    for signature in watched(found, "link"):
        start = time.process_time()
        changes = link(state, signature, model)
        for key, value in changes.updates.items():
            state.apply(key, value)
        took.append(time.process_time() - start)
        if watch is not None:
            watch(signature, changes)
        story_of[signature.doc_id] = changes.linked.story_id
        story_of |= changes.moved
        for key, value in changes.updates.items():
            name = key.decode()
            if name.startswith(ALIAS) and value is not None:
                alias[name[2:]] = value.decode()
            if name.startswith(ASIDE) and value is not None:
                asides.add(name[2:])
    cost = np.array(took)
    speed = {
        "per_cpu_s": round(len(cost) / float(cost.sum()), 1),
        "p50_ms": round(float(np.quantile(cost, 0.5)) * 1e3, 3),
    }
    speed["p99_ms"] = round(float(np.quantile(cost, 0.99)) * 1e3, 3)
    return Replayed(
        {doc: resolved(story, alias) for doc, story in story_of.items()}, frozenset(asides), speed
    )


def resolved(story: str, alias: Mapping[str, str]) -> str:
    """Follow merges."""
    while story in alias:
        story = alias[story]
    return story
