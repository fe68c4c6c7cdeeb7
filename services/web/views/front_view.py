"""The first page: live stories, in an order and with filters, and where they are."""

from __future__ import annotations

from typing import get_args

from services.archive.reading import archive_standing, entity_page, front_page
from services.archive.reading.answers import Sort, StoriesWanted, StoryList
from services.web.drawing.map_drawing import drawn
from services.web.views.asked import TURN_SIZE, Asked, Shown, Unreadable

FILTERS = ("lang", "source", "place", "person")
SORTS: tuple[Sort, ...] = get_args(Sort)
MOST_CHOICES = 30
MOST_PLACES = 40


def wanted(asked: Asked) -> StoriesWanted:
    """Return which stories the address asks for; raises Unreadable."""
    sort = asked.text("sort") or SORTS[0]
    if sort not in SORTS:
        raise Unreadable(f"sort is one of {', '.join(SORTS)}")
    return StoriesWanted(
        sort=sort,
        lang=asked.text("lang"),
        source=asked.text("source"),
        place=asked.text("place"),
        person=asked.text("person"),
        event_from=asked.day("event_from"),
        event_to=asked.day("event_to"),
        after=asked.text("after"),
        limit=TURN_SIZE,
    )


async def found_stories(asked: Asked, what: StoriesWanted) -> StoryList:
    """Return the stories that *what* asks for; raises Unreadable."""
    try:
        return await asked.library.ask(front_page.stories, what)
    except ValueError:
        raise Unreadable("after is what «next» of the former answer said") from None


async def front(asked: Asked) -> Shown:
    """Show the stories that fit."""
    what = wanted(asked)
    found = await found_stories(asked, what)
    choices = {kind: await _choices(asked, kind) for kind in FILTERS}
    shown = {
        "wanted": what,
        "sorts": SORTS,
        "choices": choices,
        "map": drawn(front_page.places(found.stories, MOST_PLACES), asked.tongue.lang),
        "kept": {
            key: value for key in (*FILTERS, "event_from", "event_to", "sort") if (value := asked.text(key))
        },
    }
    return Shown("front.html", asked.tongue.say("front_title"), found, shown)


async def _choices(asked: Asked, kind: str) -> list[tuple[str, int, str, str]]:
    """Return the values of a filter, each with its count, its name for the reader and the name's language."""
    found = await asked.library.ask(archive_standing.choices, kind, MOST_CHOICES)
    own = asked.tongue.lang
    if kind == "lang":
        return [(value, n, asked.tongue.name("languages", value), own) for value, n in found]
    if kind == "source":
        return [(value, n, value, "und") for value, n in found]
    cards = {
        one.entity_id: one.label
        for one in await asked.library.ask(entity_page.entity_cards, [value for value, _ in found])
    }
    named = []
    for value, n in found:
        label = cards.get(value, {})
        lang = next((one for one in (own, "en", *label) if one in label), "und")
        named.append((value, n, label.get(lang, value), lang))
    return named
