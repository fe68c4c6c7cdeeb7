"""Wiring: link reads extracted articles in one lane and writes linked articles, stories and their events."""

from __future__ import annotations

from services.link.changes import Changes
from services.link.core import link
from services.link.memory.lane_state import LaneState
from services.link.model import model, model_sha256
from services.link.reading.signature import Signature, sign
from shared.contract import Emit, Folded, Message, StoriesHeld, Work
from shared.records import Article, Linked, Story, StoryEvent
from shared.wire import codec, event_types, topics

MOST_RECENT = 1_000  # articles whose stories are looked at for the share that is alone


def extract(message: Message) -> Signature:
    """Read off an article what the linker compares."""
    return sign(codec.decode(message.value, Article))


def fold(state: LaneState, message: Message, signature: Signature) -> Folded:
    """Place one article, and return what is sent and remembered."""
    changes = link(state, signature, model())
    return Folded(emitted(message, signature, changes), changes.updates)


def emitted(message: Message, signature: Signature, changes: Changes) -> list[Emit]:
    """Return the records of what changes: the article, then the stories, then their events."""
    doc_id = signature.doc_id
    value = codec.extend(message.value, "linked", changes.linked)
    out = [
        Emit(
            topics.LINKED.name,
            doc_id.encode(),
            value,
            event_types.of_article(topics.LINKED.name),
            doc_id,
            signature.rev,
            tuple(changes.linked.warnings),
            margin=margin(signature, changes.linked),
        )
    ]
    out += [_story(story) for story in changes.stories]
    out += [_event(event) for event in changes.events]
    return out


def margin(signature: Signature, linked: Linked) -> tuple[str, str, float] | None:
    """Return the languages of both articles and the margin of a decision; None when nothing was weighed."""
    if not linked.evidence or linked.evidence[0].kind == "fingerprint":
        return None
    return signature.lang, linked.evidence[0].other.lang, linked.margin


def stories(state: LaneState) -> StoriesHeld:
    """Return what a lane holds; its recent articles are the latest thousand that are compared with others."""
    recent = state.window.live()[-MOST_RECENT:]
    known = sum(map(bool, state.shelf.compressed))
    return StoriesHeld(max(0, known - len(state.quiet)), len(recent), state.window.singletons(recent))


def _story(story: Story) -> Emit:
    return Emit(
        topics.STORIES.name, story.story_id.encode(), codec.encode(story), event_types.STORY, story.story_id
    )


def _event(event: StoryEvent) -> Emit:
    return Emit(
        topics.STORY_EVENTS.name,
        event.story_id.encode(),
        codec.encode(event),
        event_types.of_story(event.event),
        event.story_id,
    )


def warm_up() -> None:
    """Load the settings, and hash all data that decides a link."""
    model()
    model_sha256()


WORK = Work(
    name="link",
    version="1",
    source=topics.EXTRACTED.name,
    extract=extract,
    fold=fold,
    state=LaneState,
    keeps_state=True,
    warm_up=warm_up,
    metrics=("margins", "stories", "singleton_story"),
    warnings=("undated",),
    stories=stories,
)
