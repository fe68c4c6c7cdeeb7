"""Raw pages for the tests of clean, and a lane that folds them one after the other."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import msgspec

from services.clean.memory.lane_memory import Memory
from services.clean.stage import WORK
from shared.contract import Folded, Message, Origin
from shared.records import Article, Clean, Raw, Source
from shared.wire import codec

SEEDS = Path(__file__).parents[1] / "seeds"
PERSIAN = (SEEDS / "000_3eb1ae8f6e4d07b5.txt").read_text(encoding="utf-8")
ARABIC = (SEEDS / "002_7e478acb9f3015b4.txt").read_text(encoding="utf-8")


def raw(payload: str | bytes, *, source: str = "site", doc_id: str = "", **fields: Any) -> Raw:
    """A raw record of *payload*."""
    data = payload if isinstance(payload, bytes) else payload.encode()
    digest = hashlib.sha256(data).hexdigest()
    body = (
        {"payload": payload}
        if isinstance(payload, str)
        else {"payload_b64": base64.b64encode(payload).decode()}
    )
    return Raw(
        doc_id=doc_id or hashlib.sha256(source.encode() + data).hexdigest()[:32],
        id_basis="content",
        rev=digest[:16],
        content_sha256=digest,
        source=fields.pop("source_record", Source(id=source)),
        **(
            {"fetched_at": "2022-02-01T00:00:00.000Z", "first_seen_at": "2022-02-01T00:00:00.000Z"}
            | body
            | fields
        ),
    )


class Lane:
    """One lane of clean, driven as the runner drives it."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.changelog: dict[bytes, bytes | None] = {}
        self.offset = 0

    def fold(self, record: Raw) -> Folded:
        message = Message(None, codec.encode(record), Origin("articles.raw", 0, self.offset, 0))
        self.offset += 1
        folded = WORK.fold(self.memory, message, WORK.extract(message))
        for key, value in folded.updates.items():
            self.memory.apply(key, value)
            self.changelog[key] = value
        return folded

    def article(self, record: Raw) -> Article:
        (emit,) = self.fold(record).outcomes
        return codec.decode(emit.value, Article)

    def clean(self, record: Raw) -> Clean:
        block = self.article(record).clean
        assert not isinstance(block, msgspec.UnsetType)
        return block


def clean(payload: str | bytes, **fields: Any) -> Clean:
    """The clean block of one page in a fresh lane."""
    return Lane().clean(raw(payload, **fields))
