"""Wiring: where clean sits in the pipeline, and the two halves of its work."""

from __future__ import annotations

from services.clean.core import prepare
from services.clean.folding import fold_page
from services.clean.lines import agencies, patterns
from services.clean.memory.lane_memory import Memory
from services.clean.prepared_page import PreparedPage
from services.clean.record.clean_block import VERSION
from services.clean.spacing import known_words, restorer
from shared.contract import Drop, Emit, Folded, Message, QualityMetric, Work
from shared.records import Clean, Raw
from shared.text import mojibake
from shared.wire import codec, event_types, topics

WARNINGS = (
    "charset_guessed", "charset_damaged", "text_cut", "dates_disagree", "date_in_future", "clock_not_read",
    "only_furniture", "no_article_found", "paragraphs_not_located",
    *(f"mojibake_{name}" for name in (*mojibake.NAMES, "unrepaired")),
)  # fmt: skip
"""Every code that a clean block may carry."""


def extract(message: Message) -> PreparedPage:
    """Read the page, its characters, lines, half-spaces and dates; raises BadRecord."""
    return prepare(codec.decode(message.value, Raw))


def fold(memory: Memory, message: Message, page: PreparedPage) -> Folded:
    """Return what comes of a page: nothing new, or the article with what it repeats."""
    article, updates = fold_page(memory, page, message.origin)
    if isinstance(article, Drop):
        return Folded((article,), updates)
    sink = topics.CLEAN.name
    emit = Emit(
        sink, article.doc_id.encode(), codec.encode(article), event_types.of_article(sink), article.doc_id, article.rev,
        warnings=tuple(article.clean.warnings) if article.clean else (),
        quality=quality(article.clean) if article.clean else (),
    )  # fmt: skip
    return Folded((emit,), updates)


def quality(clean: Clean) -> tuple[tuple[QualityMetric, float], ...]:
    """Return what the ratios over the latest articles count; a date told from the fetch is not the page's."""
    has_date = clean.published is not None and clean.published.fallback != "fetched"
    return ("date_missing", float(not has_date)), ("boilerplate", clean.quality.boilerplate_ratio)


def warm_up() -> None:
    """Load in the process slot what the first page would wait for."""
    known_words.load()
    patterns.load()
    agencies.load()
    restorer.restored("گرفتهاند")  # «گرفته‌اند», they have taken, without its half-space


WORK = Work(
    name="clean",
    version=VERSION,
    source=topics.RAW.name,
    extract=extract,
    fold=fold,
    state=Memory,
    keeps_state=True,
    warm_up=warm_up,
    model_sha256=known_words.digest(),
    metrics=("date_missing", "boilerplate"),
    warnings=WARNINGS,
)
