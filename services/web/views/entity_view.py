"""A name: all its spellings in all scripts, who calls it what, its stories, its days."""

from __future__ import annotations

from services.archive.reading import entity_page
from services.archive.reading.answers import EntityPage
from services.web.views.asked import Asked, Shown


async def found_entity(asked: Asked) -> EntityPage:
    """Return the entity of the path; raises NotFound."""
    return asked.there(await asked.library.ask(entity_page.entity, asked.name))


async def entity(asked: Asked) -> Shown:
    """Show a name."""
    page = await found_entity(asked)
    label = page.entity.label
    title = label.get(asked.tongue.lang) or next(iter(label.values()), page.entity.entity_id)
    return Shown("entity.html", title, page, {"most": max((one.articles for one in page.days), default=0)})
