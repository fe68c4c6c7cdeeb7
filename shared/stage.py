"""The short form of a stage: a pure function between two topics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.contract import Drop, Emit, Folded, Measure, Message, Quality, Work, no_warm_up
from shared.records import Article, Language
from shared.wire import codec, event_types


def nothing_measured(_block: object) -> tuple[tuple[Quality, float], ...]:
    """Measure nothing on a block."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Reads articles from *source*, lets *process* make one block of each, and writes them to *sink* with
    that block added.

    *process* returns the block or ``Drop(reason)``; it raises BadRecord or Transient. It is pure and runs in
    a process slot; *warm_up* loads there what it needs, before the first record. *quality* reads off a block
    what *measures* names; *warnings* are the codes that a block may carry.
    """

    name: str
    version: str = "1"
    source: str
    sink: str
    adds: str
    process: Callable[[Article], object]
    warm_up: Callable[[], None] = no_warm_up
    model_sha256: str = ""
    measures: tuple[Measure, ...] = ()
    warnings: tuple[str, ...] = ()
    quality: Callable[[Any], tuple[tuple[Quality, float], ...]] = nothing_measured

    def extract(self, message: Message) -> Emit | Drop:
        """Decode, process, add the block."""
        article = codec.decode(message.value, Article)
        block = self.process(article)
        if isinstance(block, Drop):
            return block
        return Emit(
            topic=self.sink,
            key=article.doc_id.encode(),
            value=codec.extend(message.value, self.adds, block),
            type=event_types.of_article(self.sink),
            subject=article.doc_id,
            rev=article.rev,
            warnings=tuple(getattr(block, "warnings", ())),
            language=(block.lang, block.confidence) if isinstance(block, Language) else None,
            quality=self.quality(block),
        )

    def work(self) -> Work:
        """Return the stage as the runner sees it: all in the extract step, a trivial fold."""
        return Work(
            name=self.name,
            version=self.version,
            source=self.source,
            extract=self.extract,
            fold=pass_on,
            warm_up=self.warm_up,
            model_sha256=self.model_sha256,
            measures=self.measures,
            warnings=self.warnings,
        )


def pass_on(_state: object, _message: Message, outcome: Emit | Drop) -> Folded:
    """Fold of a stage without state: what the extract step gave is the outcome."""
    return Folded((outcome,))
