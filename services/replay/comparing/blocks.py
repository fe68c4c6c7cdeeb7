"""What of an article's record is content, and the digest of each block of it.

Left out are *places* (``raw_ref``; spans in the text of another article), *names* that a run gives by itself
(``linked.story_id``, ``linked.runner_up.story_id``: stories are compared as partitions), and *makers*, which
say of every record alike who made it (each block's ``by``, the snapshot of extract, the model of the vector,
the version of a threshold): those are told once, by ``makers``. All else is content, also of ``linked``:
decision, score, margin, the evidence with its words, weights and the documents it names (a document has the
same id in every run), what spoke against the runner-up, novelty, warnings.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import orjson

STAGE_OF = {"clean": "clean", "language": "detect", "entities": "extract", "linked": "link"}
"""The blocks, in the order of the flow, and the stage that makes each."""

BLOCKS = ("head", *STAGE_OF)
DIGEST_BYTES = 12

type Block = dict[str, Any]


def content(record: Mapping[str, Any]) -> dict[str, Block]:
    """Return the content of an article's record by block; what lies outside of all blocks is the ``head``."""
    head = {name: value for name, value in record.items() if name not in STAGE_OF and name != "raw_ref"}
    return {"head": head} | {
        name: _BARED[name](_without(record[name], "by"))
        for name in STAGE_OF
        if isinstance(record.get(name), dict)
    }


def digests(blocks: Mapping[str, Block]) -> bytes:
    """Return the digests of all blocks in the order of ``BLOCKS``, each of ``DIGEST_BYTES``.

    A block that is not there has zeros.
    """
    return b"".join(_digest(blocks[name]) if name in blocks else bytes(DIGEST_BYTES) for name in BLOCKS)


def differing(was: bytes, now: bytes) -> list[str]:
    """Return the blocks whose digests differ."""
    at = {name: slice(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES) for i, name in enumerate(BLOCKS)}
    return [name for name, cut in at.items() if was[cut] != now[cut]]


def makers(record: Mapping[str, Any]) -> dict[str, str]:
    """Return code version and beginnings of the models' digests, for each stage whose block has them."""
    found = {}
    for name, stage in STAGE_OF.items():
        by = (record.get(name) or {}).get("by")
        if isinstance(by, dict):
            given = [
                by.get("model_sha256"),
                by.get("config_sha256"),
                record[name].get("snapshot_sha256"),
                _vector_model(record[name]),
            ]
            found[stage] = " ".join([str(by.get("version")), *(str(one)[:8] for one in given if one)])
    return found


def headline(record: Mapping[str, Any]) -> str:
    """Return the title of an article, else how its text begins."""
    clean = record.get("clean") or {}
    title = clean.get("title") or {}
    return str(title.get("text") or (clean.get("text") or "")[:120])


def _digest(block: Block) -> bytes:
    return blake2b(orjson.dumps(block, option=orjson.OPT_SORT_KEYS), digest_size=DIGEST_BYTES).digest()


def _without(value: Mapping[str, Any], *names: str) -> Block:
    return {name: part for name, part in value.items() if name not in names}


def _vector_model(block: Mapping[str, Any]) -> str:
    vector = block.get("vector")
    return f"{vector.get('engine')}-{vector.get('model_sha256')}" if isinstance(vector, dict) else ""


def _entities(block: Block) -> Block:
    bared = _without(block, "snapshot_sha256")
    if isinstance(bared.get("vector"), dict):
        bared["vector"] = _without(bared["vector"], "model_sha256", "engine")
    return bared


def _linked(block: Block) -> Block:
    bared = _without(block, "story_id")
    if isinstance(bared.get("runner_up"), dict):
        bared["runner_up"] = _without(bared["runner_up"], "story_id")
    if isinstance(bared.get("threshold"), dict):
        bared["threshold"] = _without(bared["threshold"], "version")
    bared["evidence"] = [_evidence(one) for one in bared.get("evidence") or []]
    return bared


def _evidence(one: Block) -> Block:
    return one | {"other": _without(one["other"], "spans")} if isinstance(one.get("other"), dict) else one


def _as_it_is(block: Block) -> Block:
    return block


_BARED = {"clean": _as_it_is, "language": _as_it_is, "entities": _entities, "linked": _linked}
