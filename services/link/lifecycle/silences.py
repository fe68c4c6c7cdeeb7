"""Which language is silent: it usually tells such stories, and has not told this one in its usual time.

What is usual is learned from the lane's own stories, as a habit of each ordered pair of languages. A story
counts when the first language has told it three times and the second has told of a name that it is about. Of
these stories it is counted how many the second told as well, and how long after. Event time decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from services.link.changes import Changes
from services.link.lifecycle.closed_stories import without_countries
from services.link.memory import items
from services.link.memory.items import Habit, StoryItem
from services.link.memory.lane_state import HABITS, LaneState, story_key
from services.link.reading.features import entity_feature
from services.link.stories.story_record import rfc3339_or
from shared.records import By, Story, StoryEvent
from shared.records.story import Gap

LEAST_ARTICLES = 3  # articles in one language from which a story is expected in others
LEAST_SOURCES = 2  # outlets, of any language, that must have told it
LEAST_STORIES = 20  # stories learned from before anything counts as usual
USUAL_SHARE = 0.6  # part of those stories that the other language must have told too
USUAL_QUANTILE = 0.9  # quantile of the delays that is called the usual delay
HALVED_FROM = 400  # stories after which the older ones count half
NAMES_ASKED = 5  # names of a story, countries apart, of which the silent language must have told one
MOST_LANGS = 12  # languages that are learned about; their pairs grow with the square
# upper ends of the bins in which delays are counted; one more bin holds what is longer
DELAYS_S = (900, 1_800, 3_600, 7_200, 10_800, 14_400, 21_600, 28_800, 43_200, 64_800, 86_400)


class Telling(NamedTuple):
    """What one language told of a story: how many articles, and when the first (event time, seconds)."""

    articles: int
    first_at: float


Coverage = Mapping[str, Telling]
"""What was told of a story, by language."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A language that is silent on a story, and *since* when another tells it.

    Of *stories_learned_from* it told the part *share*, usually within *usual_s* seconds.
    """

    lang: str
    since: float
    usual_s: int
    stories_learned_from: int
    share: float


def learn_and_publish(
    state: LaneState, changes: Changes, fallen_quiet: Sequence[StoryItem], *, clock: float, by: By
) -> None:
    """Learn from the stories that have fallen quiet, and publish who is silent on those that go on."""
    coverage_of = coverage_by_story(state)
    habits = state.habits
    for item in fallen_quiet:
        coverage = coverage_of.get(item.record.story_id)
        if coverage is not None and item.record.status == "open":
            langs = listened_to(habits, coverage)
            knowing = {lang for lang in langs if has_told_of(state, lang, item.record)}
            habits = learned(habits, coverage, knowing)
    if habits is not state.habits:
        changes.updates[HABITS.encode()] = items.encode(habits)
    for story_id in sorted(coverage_of):
        if story_id in state.quiet or story_key(story_id) in changes.updates:
            continue
        silences = list(silent_languages(habits, coverage_of[story_id], clock))
        if silences:
            _publish(state, story_id, silences, changes, by=by)


def coverage_by_story(state: LaneState) -> dict[str, Coverage]:
    """Return what each language told of every story that some language told ``LEAST_ARTICLES`` times.

    Exact copies do not count.
    """
    window = state.window
    rows = window.live()
    rows = rows[~np.isnan(window.at[rows])]
    langs = int(window.lang.max(initial=0)) + 1
    story_and_lang, inverse, count = np.unique(
        window.story[rows].astype(np.int64) * langs + window.lang[rows],
        return_inverse=True,
        return_counts=True,
    )
    first = np.full(len(story_and_lang), np.inf)
    np.minimum.at(first, inverse, window.at[rows])
    slots = story_and_lang // langs
    told_enough = np.isin(slots, slots[count >= LEAST_ARTICLES])
    out: dict[str, dict[str, Telling]] = {}
    for slot, lang, articles, first_at in zip(
        slots[told_enough].tolist(),
        (story_and_lang % langs)[told_enough].tolist(),
        count[told_enough].tolist(),
        first[told_enough].tolist(),
        strict=True,
    ):
        out.setdefault(state.shelf.ids[slot], {})[window.lang_name(lang)] = Telling(articles, first_at)
    return dict(out)


def listened_to(habits: Mapping[str, Habit], coverage: Coverage) -> list[str]:
    """Return the languages that are learned about: those known, and new ones that told the story twice.

    A single article may be an error of detect.
    """
    known = {lang for pair in habits for lang in pair.split(">")}
    new = sorted(lang for lang in coverage if lang not in known and coverage[lang].articles > 1)
    return sorted(known) + new[: max(0, MOST_LANGS - len(known))]


def learned(habits: Mapping[str, Habit], coverage: Coverage, knowing: Collection[str]) -> dict[str, Habit]:
    """Return the habits after one story more, which counts for the languages *knowing* what it is about."""
    out = dict(habits)
    for first in listened_to(habits, coverage):
        if first not in coverage or coverage[first].articles < LEAST_ARTICLES:
            continue
        for second in sorted(knowing):
            if second == first:
                continue
            delay = None
            if second in coverage:
                delay = max(0.0, coverage[second].first_at - coverage[first].first_at)
            pair = f"{first}>{second}"
            out[pair] = _with_story(out.get(pair, Habit(0, 0, [0] * (len(DELAYS_S) + 1))), delay)
    return out


def _with_story(habit: Habit, delay_s: float | None) -> Habit:
    """Return a habit after a story that was answered after *delay_s*, or (None) was not."""
    if habit.told >= HALVED_FROM:
        delays = [n // 2 for n in habit.delays]
        habit = Habit(habit.told // 2, sum(delays), delays)
    if delay_s is None:
        return Habit(habit.told + 1, habit.answered, habit.delays)
    delays = list(habit.delays)
    delays[int(np.searchsorted(DELAYS_S, delay_s))] += 1
    return Habit(habit.told + 1, habit.answered + 1, delays)


def usual_delay_s(habit: Habit) -> int | None:
    """Return the usual delay between two languages; None where answers are not usual, or later than a day."""
    if habit.told < LEAST_STORIES or habit.answered < USUAL_SHARE * habit.told:
        return None
    within = np.cumsum(habit.delays) >= USUAL_QUANTILE * habit.answered
    bin_ = int(np.argmax(within))
    return DELAYS_S[bin_] if bin_ < len(DELAYS_S) else None


def silent_languages(habits: Mapping[str, Habit], coverage: Coverage, clock: float) -> Iterator[Silence]:
    """Yield the languages that should have told a story by now, each by the language that told it most."""
    loudest = sorted(
        (lang for lang in coverage if coverage[lang].articles >= LEAST_ARTICLES),
        key=lambda lang: (-coverage[lang].articles, lang),
    )
    for silent in sorted({pair.split(">")[1] for pair in habits} - set(coverage)):
        for loud in loudest:
            habit, since = habits.get(f"{loud}>{silent}"), coverage[loud].first_at
            delay = usual_delay_s(habit) if habit is not None else None
            if habit is not None and delay is not None and clock - since > delay:
                yield Silence(silent, since, delay, habit.told, round(habit.answered / habit.told, 3))
                break


def has_told_of(state: LaneState, lang: str, record: Story) -> bool:
    """Tell whether a language has lately told, in other stories, of a name that this story is about."""
    window = state.window
    names = without_countries(entity.entity_id for entity in record.top_entities)[:NAMES_ASKED]
    ids = np.array([entity_feature(entity_id) for entity_id in names], np.uint32)
    rows = window.live()
    rows = rows[
        (window.lang[rows] == window.lang_number(lang))
        & (window.story[rows] != state.shelf.slot_of[record.story_id])
    ]
    return bool(np.isin(window.shared.ids[rows], ids).any())


def _publish(
    state: LaneState, story_id: str, silences: Sequence[Silence], changes: Changes, *, by: By
) -> None:
    """Publish a gap for each language that has been silent on a story and knows what it is about."""
    story = state.story(story_id)
    record = story.record
    known = {gap.group for gap in record.gaps} | set(record.members.by_lang)
    new = [
        silence
        for silence in silences
        if silence.lang not in known and has_told_of(state, silence.lang, record)
    ]
    if not new or len(record.members.by_source) < LEAST_SOURCES:
        return
    gaps = [
        Gap(group=silence.lang, silent_since=rfc3339_or(silence.since, record.first_event_at))
        for silence in new
    ]
    record = replace(record, version=record.version + 1, gaps=[*record.gaps, *gaps], by=by)
    changes.stories.append(record)
    changes.updates[story_key(record.story_id)] = items.encode(replace(story, record=record))
    changes.events += [_gap_event(record, gap, silence, by) for gap, silence in zip(gaps, new, strict=True)]


def _gap_event(record: Story, gap: Gap, silence: Silence, by: By) -> StoryEvent:
    detail = {
        "lang": silence.lang,
        "silent_since": gap.silent_since,
        "usual_delay_s": silence.usual_s,
        "learned_from": silence.stories_learned_from,
        "share": silence.share,
    }
    return StoryEvent(story_id=record.story_id, event="gap", at=record.last_at, detail=detail, by=by)
