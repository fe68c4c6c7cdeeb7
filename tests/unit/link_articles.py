"""Articles made by hand for the tests of link: what clean, detect and extract would have said, in as few
words as possible.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any

import orjson

from services.link.stage import WORK
from shared.contract import Folded, Message, Origin
from shared.wire.codec import encode

QUOTES = {"«": "»", "“": "”"}
BY = {"stage": "test", "version": "1"}


@dataclass
class Page:
    """One article: *names* maps a spelling to (type, entity id); quotes are found by their marks; *at* is a
    time or None.

    *about* are the numbers that are a bound or a guess; *origin* is the source it says it relays, with that
    source's id.
    """

    doc_id: str
    lang: str
    text: str
    at: str | None = None
    title: str | None = None
    names: dict[str, tuple[str, str]] = field(default_factory=dict)
    numbers: list[tuple[str, float, str | None, str | None]] = field(default_factory=list)
    about: tuple[str, ...] = ()
    origin: tuple[str, str] | None = None
    vector: bytes = b""
    rev: str = "r1"
    rev_no: int = 1
    source: str = "s.example"
    fetched: str = "2026-01-01T00:00:00.000Z"
    extracted: bool = True

    def value(self) -> bytes:
        """Return the record as it lies on ``articles.extracted``."""
        return encode(self.record())

    def record(self) -> dict[str, Any]:
        text = f"{self.title}\n\n{self.text}" if self.title else self.text
        record = {
            "schema": 1,
            "doc_id": self.doc_id,
            "rev": self.rev,
            "rev_no": self.rev_no,
            "source": {"id": self.source, "name": self.source},
            "fetched_at": self.fetched,
            "first_seen_at": self.fetched,
            "declared": {},
            "raw_ref": {"topic": "articles.raw", "partition": 0, "offset": 0, "content_sha256": "0" * 64},
            "clean": self._clean(text),
            "language": {
                "lang": self.lang, "lang_macro": self.lang, "script": "Latn" if self.lang == "en" else "Arab",
                "dir": "ltr" if self.lang == "en" else "rtl", "confidence": 1.0, "margin": 1.0, "alternatives": [], "spans": [],
                "mixed": False, "warnings": [], "by": BY,
            },
        }  # fmt: skip
        return record | ({"entities": self._entities(text)} if self.extracted else {})

    def _clean(self, text: str) -> dict[str, Any]:
        published = None
        if self.at is not None:
            day = len(self.at) == 10
            published = {
                "value": self.at, "precision": "day" if day else "minute", "calendar": "gregory", "raw": self.at,
                "span": {"start": 0, "end": 0, "layer": "raw"}, "method": "test", "confidence": 1.0, "fallback": None,
            }  # fmt: skip
        return {
            "text": text,
            "title": {"text": self.title, "span": {"start": 0, "end": len(self.title)}} if self.title else None,
            "lead": None, "align": [], "segments": [], "edits": {}, "published": published,
            "lang_hint": {"lang": self.lang, "confidence": 1.0, "method": "test"}, "sources": [],
            "quality": {
                "boilerplate_ratio": 0.0, "repeat_ratio": 0.0, "zwnj_lost_estimate": 0, "zwnj_inserted": 0, "chars": len(text),
                "words": len(text.split()), "is_flash": False,
            },
            "fingerprint": {"body_sha256": hashlib.sha256(text.encode()).hexdigest(), "simhash64": "0", "minhash": [], "version": 1},
            "duplicate": [], "why": {}, "warnings": [], "by": BY,
        }  # fmt: skip

    def _entities(self, text: str) -> dict[str, Any]:
        mentions, entities = [], {}
        for exact, (kind, entity_id) in self.names.items():
            start = text.find(exact)
            assert start >= 0, f"{exact} is not in {self.doc_id}"
            mention = {
                "id": f"m{len(mentions) + 1}", "start": start, "end": start + len(exact), "exact": exact, "prefix": "", "suffix": "",
                "type": kind, "norm": exact, "skeleton": "", "entity_id": entity_id, "id_basis": "kb", "method": "test", "confidence": 1.0,
            }  # fmt: skip
            mentions.append(mention)
            entity = entities.setdefault(entity_id, {
                "entity_id": entity_id, "label": {self.lang: exact}, "type": kind, "salience": 0.5, "mention_ids": [], "names_used": [],
            })  # fmt: skip
            entity["mention_ids"].append(mention["id"])
            entity["names_used"].append(exact)
        vector: dict[str, Any] | None = None
        if self.vector:
            data = base64.b64encode(self.vector).decode()
            vector = {
                "model_sha256": "0",
                "engine": "test",
                "dim": len(self.vector),
                "scale": 0.01,
                "data": data,
            }
        return {
            "mentions": mentions, "entities": list(entities.values()), "namings": [], "attributions": self._relayed(),
            "provenance": {"declared_source": [], "origin_guess": self.origin[0] if self.origin else None, "chain": [], "wire": False},
            "quotes": self._quotes(text), "times": [], "event_date": None, "places": [], "numbers": self._numbers(text),
            "vector": vector, "degraded": False, "why": {}, "warnings": [], "by": BY,
        }  # fmt: skip

    def _relayed(self) -> list[dict[str, Any]]:
        if self.origin is None:
            return []
        where = {"start": 0, "end": 1}
        return [
            {
                "id": "a1", "kind": "relayed_from", "cue": where, "agent": {"text": self.origin[0], "entity_id": self.origin[1]},
                "scope": where, "hop": 1, "confidence": 0.9,
            }
        ]  # fmt: skip

    def _quotes(self, text: str) -> list[dict[str, Any]]:
        found, at = [], 0
        while at < len(text):
            close = QUOTES.get(text[at])
            end = text.find(close, at) if close else -1
            if end > at + 20:
                found.append(
                    {
                        "id": f"q{len(found) + 1}",
                        "start": at + 1,
                        "end": end,
                        "mode": "direct",
                        "speaker": None,
                        "lang": self.lang,
                    }
                )
                at = end
            at += 1
        return found

    def _numbers(self, text: str) -> list[dict[str, Any]]:
        out = []
        for exact, value, unit, of in self.numbers:
            start = text.find(exact)
            assert start >= 0, f"{exact} is not in {self.doc_id}"
            out.append(
                {
                    "start": start,
                    "end": start + len(exact),
                    "value": value,
                    "unit": unit,
                    "of": of,
                    "approx": exact in self.about,
                }
            )
        return out

    def message(self) -> Message:
        return Message(self.doc_id.encode(), self.value(), Origin("articles.extracted", 0, 0, 0))


class Lane:
    """A lane without Kafka: folds pages as the runner does and remembers its changelog and what was sent."""

    def __init__(self) -> None:
        self.state = WORK.state()
        self.changelog: dict[bytes, bytes] = {}
        self.sent: list[Any] = []

    def take(self, page: Page) -> dict[str, Any]:
        """Fold one page and return its ``linked`` block."""
        message = page.message()
        folded: Folded = WORK.fold(self.state, message, WORK.extract(message))
        for key, value in folded.updates.items():
            self.changelog.pop(key, None)
            if value is not None:
                self.changelog[key] = value
            self.state.apply(key, value)
        self.sent += folded.outcomes
        linked: dict[str, Any] = orjson.loads(folded.outcomes[0].value)["linked"]
        return linked

    def restored(self) -> Lane:
        """Return a lane that was rebuilt from the compacted changelog."""
        other = Lane()
        for key, value in self.changelog.items():
            other.state.apply(key, value)
        other.changelog = dict(self.changelog)
        return other
