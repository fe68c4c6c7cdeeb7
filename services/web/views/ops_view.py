"""The engine as the archive sees it: what it holds, until when, and how many articles came by the hour."""

from __future__ import annotations

from services.archive.reading import archive_standing
from services.web.views.asked import Asked, Shown

HOURS = 24


async def ops(asked: Asked) -> Shown:
    """Show how the archive stands."""
    standing = await asked.library.ask(archive_standing.standing)
    hours = await asked.library.ask(archive_standing.hours, "language", HOURS)
    shown = {"hours": hours, "most": max((one.articles for one in hours), default=0)}
    return Shown("ops.html", asked.tongue.say("ops_title"), standing, shown)
