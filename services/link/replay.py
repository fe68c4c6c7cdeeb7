"""Runs a stream through the stages before link and through the linker's fold, in memory."""

from __future__ import annotations

import gzip
import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from services.link.core import link
from services.link.model import Model
from services.link.signature import Signature
from services.link.stage import extract
from services.link.state import ALIAS, ASIDE, LaneState
from shared import codec
from shared.contract import Emit, Message, Origin, Work
from shared.encoder import centring, stream_cache
from shared.errors import BadRecord
from shared.records import Raw
from shared.records.raw import Declared, Source


@dataclass(frozen=True, slots=True)
class Replayed:
    """The story of every document, those that were not compared, and what it cost."""

    story_of: dict[str, str]
    asides: frozenset[str]
    speed: dict[str, float]


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON-lines file, gzipped or not."""
    with gzip.open(path, "rt", encoding="utf8") if path.suffix == ".gz" else path.open(encoding="utf8") as found:
        yield from map(json.loads, found)


def record_of(row: Mapping[str, Any], declared: str = "") -> Raw:
    """Return a stream row as feed would write it; its time of publication is what the feed declared."""
    payload = row["text"].encode()
    digest = hashlib.sha256(payload).hexdigest()
    published = Declared(published=row["published_at"], lang=declared) if declared else Declared(published=row["published_at"])
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


class Signer:
    """The stages before link as one function; vectors that extract has not made come from *cache*."""

    def __init__(self, works: Sequence[Work], cache: Path | None) -> None:
        self._works = works
        self._states = [work.state() for work in works]
        self._vectors = stream_cache.load(cache) if cache is not None else {}
        self._centre = centring.load()

    def sign(self, raw: Raw) -> Signature | None:
        """Return the signature of a page, None when a stage before link leaves it out."""
        message = Message(raw.doc_id.encode(), codec.encode(raw), Origin("articles.raw", 0, 0, 0))
        try:
            for work, state in zip(self._works, self._states, strict=True):
                item = work.extract(message)
                done = work.fold(state, message, item)
                for key, value in done.updates.items():
                    state.apply(key, value)
                sent = next((outcome for outcome in done.outcomes if isinstance(outcome, Emit)), None)
                if sent is None:
                    return None
                message = Message(sent.key, sent.value, Origin(sent.topic, 0, 0, 0))
            found = extract(message)
        except BadRecord:
            return None
        vector = self._vectors.get(stream_cache.key(raw.payload)) if isinstance(raw.payload, str) and not found.vector else None
        if vector is None:
            return found
        codes, _ = centring.pack(self._centre(vector, found.lang))
        return msgspec.structs.replace(found, vector=codes.tobytes())


def folded(signatures: Sequence[Signature], model: Model) -> Replayed:
    """Fold articles in the order given."""
    state, story_of, alias, asides, took = LaneState(), dict[str, str](), dict[str, str](), set[str](), []
    for signature in signatures:
        start = time.process_time()
        outcome = link(state, signature, model)
        for key, value in outcome.updates.items():
            state.apply(key, value)
        took.append(time.process_time() - start)
        story_of[signature.doc_id] = outcome.linked.story_id
        story_of |= outcome.moved
        for key, value in outcome.updates.items():
            name = key.decode()
            if name.startswith(ALIAS) and value is not None:
                alias[name[2:]] = value.decode()
            if name.startswith(ASIDE) and value is not None:
                asides.add(name[2:])
    cost = np.array(took)
    speed = {"per_cpu_s": round(len(cost) / float(cost.sum()), 1), "p50_ms": round(float(np.quantile(cost, 0.5)) * 1e3, 3)}
    speed["p99_ms"] = round(float(np.quantile(cost, 0.99)) * 1e3, 3)
    return Replayed({doc: resolved(story, alias) for doc, story in story_of.items()}, frozenset(asides), speed)


def resolved(story: str, alias: Mapping[str, str]) -> str:
    """Follow merges."""
    while story in alias:
        story = alias[story]
    return story
