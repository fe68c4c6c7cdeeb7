"""The CloudEvents types of records (``ce_type``).

A type says what happened to which subject, and by which schema the value is read.
"""

from __future__ import annotations

RAW = "news.article.raw.v1"
"""A page as it came. Runs read such records from other topics too, so it does not follow from the topic."""
STORY = "news.story.state.v1"


def of_article(topic: str) -> str:
    """Return the type of articles in *topic*: ``news.article.clean.v1`` for ``articles.clean``."""
    return f"news.article.{topic.rpartition('.')[2]}.v1"


def of_story(event: str) -> str:
    """Return the type of an *event* of a story, such as merged, split or moved."""
    return f"news.story.{event}.v1"


def schema_id(event_type: str) -> str:
    """Return the id of the schema (``shared/schemas``) of what a record of *event_type* carries."""
    _, subject, aspect, major = event_type.split(".")
    record = {("article", "raw"): "raw", ("story", "state"): "story"}.get(
        (subject, aspect), "story_event" if subject == "story" else subject
    )
    return f"urn:khabar:schema:{record}:{major.removeprefix('v')}"
