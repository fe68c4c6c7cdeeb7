"""Wiring: where clean sits in the pipeline, and the two halves of its work."""

from __future__ import annotations

from services.clean import agencies, patterns, spacing, spacing_model
from services.clean.block import VERSION
from services.clean.core import prepare
from services.clean.folding import fold_page
from services.clean.page import Page
from services.clean.state import Memory
from shared import codec
from shared.contract import Emit, Folded, Message, Work
from shared.records import Raw


def extract(message: Message) -> Page:
    """Read the page, its characters, lines, half-spaces and dates; raises BadRecord."""
    return prepare(codec.decode(message.value, Raw))


def fold(memory: Memory, message: Message, page: Page) -> Folded:
    """Say which lines the host repeats and which documents the page repeats, and send the article."""
    article, updates = fold_page(memory, page, message.origin)
    emit = Emit(
        "articles.clean", article.doc_id.encode(), codec.encode(article), "news.article.clean.v1", article.doc_id, article.rev,
        warnings=tuple(article.clean.warnings) if article.clean else (),
    )  # fmt: skip
    return Folded((emit,), updates)


def warm_up() -> None:
    """Load in the process slot what the first page would wait for."""
    spacing_model.load()
    patterns.load()
    agencies.load()
    spacing.restored("گرفتهاند")


WORK = Work(
    name="clean",
    version=VERSION,
    source="articles.raw",
    extract=extract,
    fold=fold,
    state=Memory,
    keeps_state=True,
    warm_up=warm_up,
    model_sha256=spacing_model.digest(),
)
