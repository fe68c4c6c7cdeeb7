"""One function of any bytes for each thing that is attacked; each raises AssertionError where a law is
broken.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import orjson

from services import stages
from services.workshop.fuzzing.laws import broken
from shared.errors import BadRecord
from shared.records import Article, Raw, Story
from shared.wire import codec, headers, topics
from shared.worker.in_memory import Pipeline

FORGET = 500
"""Inputs after which a pipeline begins anew, so that what it keeps is not taken for a leak."""


def wire(data: bytes) -> None:
    """Decode *data* as each record: a record that comes out goes in again as it was, and a block is added
    behind its bytes.
    """
    for kind in (Raw, Article, Story):
        try:
            record = codec.decode(data, kind)
            again = codec.encode(record)
        except BadRecord:
            continue
        require(codec.decode(again, kind) == record, "another record after a round trip")
        if "hostile" not in codec.load(data):
            longer = codec.extend(data, "hostile", [1])
            require(longer.startswith(data.rstrip()[:-1]), "earlier bytes changed")
            require(
                orjson.loads(longer) == orjson.loads(data) | {"hostile": [1]},
                "another record with a block added",
            )


def through(*names: str) -> Callable[[bytes], None]:
    """Return a function that sends any bytes through the stages *names*: as a record where they are one, else
    as the page of one.
    """
    works = [stages.work(name) for name in names]
    for work in works:
        work.warm_up()
    held = [Pipeline(works)]

    def run(data: bytes) -> None:
        pipeline = held[0]
        pipeline.send(topics.RAW.name, None, data if data.startswith(b'{"') else as_page(data))
        for topic, log in pipeline.topics.items():
            for one in log:
                if topic.endswith(".dead"):
                    require(
                        headers.get(one.headers, headers.REASON) != "bug", f"{topic}: {dict(one.headers)}"
                    )
                elif topic.startswith("articles.") and topic != topics.RAW.name and one.value is not None:
                    require(not (found := broken(one.value)), f"{topic}: {found}")
        if len(pipeline.topics[topics.RAW.name]) >= FORGET:
            held[0] = Pipeline(works)

    return run


def as_page(data: bytes) -> bytes:
    """Return a raw record whose page is *data*: of markup when it begins with «<»."""
    text = data.decode("utf-8", "replace")
    rev = hashlib.sha256(data).hexdigest()
    return orjson.dumps({
        "doc_id": "page", "id_basis": "content", "rev": rev[:16], "content_sha256": rev, "source": {"id": "a.example"}, "payload": text,
        "fetched_at": "2022-02-01T00:00:00.000Z", "first_seen_at": "2022-02-01T00:00:00.000Z",
        "media_type": "text/html" if data.startswith(b"<") else "text/plain",
    })  # fmt: skip


def require(holds: bool, what: str) -> None:  # noqa: FBT001
    """Raise AssertionError saying *what*, unless it *holds*: also where Python leaves out assert."""
    if not holds:
        raise AssertionError(what)


TARGETS: dict[str, Callable[[], Callable[[bytes], None]]] = {
    "codec": lambda: wire,
    "clean": lambda: through("clean"),
    "detect": lambda: through("clean", "detect"),
    "extract": lambda: through("clean", "detect", "extract"),
}
"""What can be attacked, made on demand: a stage loads its models.

A later one is reached through those before it.
"""
