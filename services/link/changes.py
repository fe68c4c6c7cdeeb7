"""What one article changes."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.records import Linked, Story, StoryEvent


@dataclass(slots=True)
class Changes:
    """The article's block, the stories that changed, what happened to stories, and the state items to write.

    *updates* are applied in their order: an alias must come after the rows it moves. *moved* maps documents
    to their story, where they were published as members of another.
    """

    linked: Linked
    stories: list[Story] = field(default_factory=list)
    events: list[StoryEvent] = field(default_factory=list)
    updates: dict[bytes, bytes | None] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
