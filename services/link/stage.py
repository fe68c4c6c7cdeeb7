"""Wiring: link reads extracted articles in one lane and writes linked articles, stories and what happens to stories."""

from __future__ import annotations

from services.link.core import link
from services.link.model import model, model_sha256
from services.link.outcome import Outcome
from services.link.signature import Signature, sign
from services.link.state import LaneState
from shared import codec
from shared.contract import Emit, Folded, Message, Work
from shared.records import Article, Story, StoryEvent


def extract(message: Message) -> Signature:
    """Read off an article what the linker compares."""
    return sign(codec.decode(message.value, Article))


def fold(state: LaneState, message: Message, signature: Signature) -> Folded:
    """Place one article and say what is sent and remembered."""
    outcome = link(state, signature, model())
    return Folded(emitted(message, signature, outcome), outcome.updates)


def emitted(message: Message, signature: Signature, outcome: Outcome) -> list[Emit]:
    """Return the records of an outcome: the article, then the stories, then their events."""
    doc_id = signature.doc_id
    value = codec.extend(message.value, "linked", outcome.linked)
    out = [Emit("articles.linked", doc_id.encode(), value, "news.article.linked.v1", doc_id, signature.rev)]
    out += [_story(story) for story in outcome.stories]
    out += [_event(event) for event in outcome.events]
    return out


def _story(story: Story) -> Emit:
    return Emit("stories", story.story_id.encode(), codec.encode(story), "news.story.state.v1", story.story_id)


def _event(event: StoryEvent) -> Emit:
    return Emit("stories.events", event.story_id.encode(), codec.encode(event), f"news.story.{event.event}.v1", event.story_id)


def warm_up() -> None:
    """Load the lexicon, the counts and the settings."""
    model()
    model_sha256()


WORK = Work(
    name="link",
    version="1",
    source="articles.extracted",
    extract=extract,
    fold=fold,
    state=LaneState,
    keeps_state=True,
    warm_up=warm_up,
)
