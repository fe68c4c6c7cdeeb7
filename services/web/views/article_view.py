"""An article: its text with what was found in it, every cut, its origin, its passport, its revisions."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from services.archive.reading import article_page, meaning_search, revision_changes
from services.archive.reading.answers import ArticlePage, RevisionsCompared
from services.web.views.asked import Asked, Shown
from services.web.views.ledger_rows import rows
from services.web.views.marked_text import paragraphs
from shared.records import Article

MOST_ALIKE = 5


async def found_article(asked: Asked) -> ArticlePage:
    """Return the article of the path; raises NotFound."""
    return asked.there(await asked.library.ask(article_page.article, asked.name, asked.text("rev")))


async def article(asked: Asked) -> Shown:
    """Show an article."""
    page = await found_article(asked)
    record = page.article
    title = record.clean.title.text if record.clean is not UNSET and record.clean.title else record.doc_id
    shown: dict[str, Any] = {"page": page, "paragraphs": paragraphs(record), "blocks": blocks(record)}
    shown["ledger"] = rows(record.clean) if record.clean is not UNSET else []
    shown["compared"] = await _compared(asked, page)
    shown["alike"] = await asked.library.ask(meaning_search.alike, record.doc_id, limit=MOST_ALIKE)
    return Shown("article.html", title, page, shown)


async def _compared(asked: Asked, page: ArticlePage) -> RevisionsCompared | None:
    """Return what the revision that is shown changed; None for the first one."""
    revs = [one.rev for one in page.revisions]
    at = revs.index(page.article.rev) if page.article.rev in revs else 0
    if at == 0:
        return None
    return await asked.library.ask(revision_changes.compared, page.article.doc_id, revs[at - 1], revs[at])


def blocks(record: Article) -> list[tuple[str, str, str]]:
    """Return which stage, in which version, with which model made each part of the record."""
    made = [
        one.by for one in (record.clean, record.language, record.entities, record.linked) if one is not UNSET
    ]
    return [(by.stage, by.version, "" if by.model_sha256 is UNSET else by.model_sha256[:12]) for by in made]
