"""What an order would do, without doing it: which letters would go where, stay, or have been overtaken."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.dead import letterbox, marks
from services.dead.letter import Letter
from services.dead.overtaken import MOST, Asked, Found, overtaken
from services.dead.selection import Selection
from services.dead.standing import STAYING, Counts, Judge, Verb
from shared.settings import Settings


@dataclass(slots=True)
class Outlook:
    """The counts of what would happen; *overtaken* only for letters that would go back to their stage."""

    counts: Counts = field(default_factory=Counts)
    overtaken: Found = field(default_factory=Found)


async def outlook(settings: Settings, verb: Verb, selection: Selection) -> Outlook:
    """Return what *verb* would do with the letters of *selection*."""
    made, asked = Outlook(), list[Asked]()
    partitions = await letterbox.partition_counts(settings, selection.stages)
    judge = Judge(marked=marks.states(await marks.seen(settings)), partitions=partitions, run=settings.run)
    async with letterbox.letters(settings, selection) as stream:
        async for letter in stream:
            standing = judge.standing(letter, verb)
            made.counts.enter(letter, standing, verb)
            if standing == "goes" and verb not in STAYING:
                _ask(letter, asked, made.overtaken)
    await overtaken(settings, asked, made.overtaken)
    return made


def _ask(letter: Letter, asked: list[Asked], found: Found) -> None:
    document, origin = letter.document, letter.origin
    if not document or origin is None or len(asked) >= MOST:
        found.unchecked += 1
    else:
        asked.append(Asked(letter.name, letter.stage, document, origin, letter.timestamp_ms))
