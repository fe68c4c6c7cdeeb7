"""The extract step of a stage that adds one block to an article: all that a pure function still needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.contract import Drop, Emit, Message, QualityMetric
from shared.records import Article, Language
from shared.wire import codec, event_types


def nothing_measured(_block: object) -> tuple[tuple[QualityMetric, float], ...]:
    """Measure nothing on a block."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockStep:
    """Decodes an article, lets *process* make the block *adds* of it, and sends both to *sink*.

    *process* returns the block or ``Drop(reason)``; it raises BadRecord or Transient. *quality* reads off a
    block what the stage's ``metrics`` name.
    """

    sink: str
    adds: str
    process: Callable[[Article], object]
    quality: Callable[[Any], tuple[tuple[QualityMetric, float], ...]] = nothing_measured

    def __call__(self, message: Message) -> Emit | Drop:
        """Give the record that *message* becomes; the bytes of its earlier blocks stay as they are."""
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
