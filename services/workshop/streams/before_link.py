"""A stream through the stages before link, for evaluations: stage by stage, in two processes, kept on disk
between runs.
"""

from __future__ import annotations

import gzip
import hashlib
import multiprocessing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import orjson

from services import stages
from services.checkout import ROOT
from services.cli.speech import watched
from shared import guard
from shared.contract import Emit, Message, Origin, Retry, State
from shared.records import Raw
from shared.wire import codec

BEFORE_LINK = ("clean", "detect", "extract")
PROCESSES, CHUNK = 2, 32


@dataclass(frozen=True, slots=True)
class Earlier:
    """The stages before link as one function of many pages; *folder* keeps what they gave."""

    folder: Path | None = None

    def __call__(self, pages: Sequence[Raw]) -> list[bytes | None]:
        """Return the extracted record of each page, in order; None for one that a stage leaves out."""
        values = [codec.encode(page) for page in pages]
        if self.folder is None:
            return through(values)
        kept = self.folder / f"extracted-{_key(values)}.jsonl.gz"
        if not kept.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            draft = kept.with_suffix(".draft")
            with gzip.open(draft, "wb", compresslevel=1) as file:
                file.writelines((value or b"null") + b"\n" for value in through(values))
            draft.rename(kept)
        with gzip.open(kept, "rb") as file:
            return [None if line == b"null\n" else line.rstrip(b"\n") for line in file]


def through(values: Sequence[bytes]) -> list[bytes | None]:
    """Run raw records through the stages: what may be slow in two processes, what keeps a state one after the
    other.
    """
    messages: list[Message | None] = [
        Message(None, value, Origin("articles.raw", 0, i, 0)) for i, value in enumerate(values)
    ]
    for name in BEFORE_LINK:
        messages = list(_stage(name, messages))
    return [None if message is None else message.value for message in messages]


def _stage(name: str, messages: Sequence[Message | None]) -> Iterator[Message | None]:
    work = stages.work(name)
    state = work.state()
    todo = [message for message in messages if message is not None]
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        items = pool.imap(partial(_extract, name), todo, chunksize=CHUNK)
        for message in watched(messages, name):
            yield None if message is None else _folded(name, state, message, next(items))


def _extract(name: str, message: Message) -> object:
    return guard.extract(stages.work(name), message)


def _folded(name: str, state: State, message: Message, item: object) -> Message | None:
    done = guard.fold_and_apply(stages.work(name), state, message, item)
    if isinstance(done, Retry):
        return None
    sent = next((outcome for outcome in done.outcomes if isinstance(outcome, Emit)), None)
    return None if sent is None else Message(sent.key, sent.value, message.origin._replace(topic=sent.topic))


def _key(values: Sequence[bytes]) -> str:
    """Return the name under which this input, worked on by this code, is kept."""
    digest = hashlib.sha256()
    for folder in (*(ROOT / "services" / name for name in BEFORE_LINK), ROOT / "shared"):
        for path in sorted(
            path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts
        ):
            digest.update(f"{path.relative_to(ROOT)} ".encode() + hashlib.sha256(path.read_bytes()).digest())
    digest.update(orjson.dumps([hashlib.sha256(value).hexdigest() for value in values]))
    return digest.hexdigest()[:16]
