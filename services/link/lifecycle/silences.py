"""Which language is silent: it usually tells such stories, and has not told this one in its usual time.

What is usual is learned from the lane's own stories, by ordered pair of languages: of the stories that one
has told three times, and that are about somebody or some place the other tells of too, how many the other
told as well, and how long after. Event time decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from services.link.memory import items
from services.link.memory.items import Habit, StoryItem
from services.link.memory.lane_state import USUAL, LaneState, story_key
from services.link.outcome import Outcome
from services.link.reading.features import feature_id
from services.link.stories.story_record import moment
from shared.records import By, Story, StoryEvent, entity_ids
from shared.records.story import Gap

TOLD = 3  # articles in one language that make a story worth an answer
SOURCES = 2  # outlets, of any language, that do
TAUGHT = 20  # stories before anything is usual
USUAL_SHARE = 0.6  # of them that the other language told too
USUAL_QUANTILE = 0.9  # of its delays that are usual
RECENT = 400  # stories after which the older ones count half
ABOUT = 5  # names of a story, countries apart, of which the silent language must have told one
LANGS = 12  # that are listened to; pairs grow with their square
# upper ends; what is longer comes last
DELAYS_S = (900, 1_800, 3_600, 7_200, 10_800, 14_400, 21_600, 28_800, 43_200, 64_800, 86_400)

Told = Mapping[str, tuple[int, float]]
"""By language: how many articles, and when the first."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A language silent on a story: since when another tells it; the usual delay, by how many stories."""

    lang: str
    since: float
    usual_s: int
    taught: int
    share: float


def watch(state: LaneState, outcome: Outcome, ended: Sequence[StoryItem], *, clock: float, by: By) -> None:
    """Learn from the stories that have ended, and publish who is silent on those that go on."""
    told = by_story(state)
    usual = state.usual
    for item in ended:
        found = told.get(item.record.story_id)
        if found is not None and item.record.status == "open":
            usual = taught(
                usual, found, {lang for lang in langs_of(usual, found) if knows(state, lang, item.record)}
            )
    if usual is not state.usual:
        outcome.updates[USUAL.encode()] = items.encode_usual(usual)
    for story_id in sorted(told):
        if story_id in state.quiet or story_key(story_id) in outcome.updates:
            continue
        silences = list(silent_languages(usual, told[story_id], clock))
        if silences:
            _publish(state, story_id, silences, outcome, by=by)


def by_story(state: LaneState) -> dict[str, Told]:
    """Return what each language told of every story that one told ``TOLD`` times, without whole copies."""
    window = state.window
    rows = window.live()
    rows = rows[~np.isnan(window.at[rows])]
    langs = int(window.lang.max(initial=0)) + 1
    group, inverse, count = np.unique(
        window.story[rows].astype(np.int64) * langs + window.lang[rows],
        return_inverse=True,
        return_counts=True,
    )
    first = np.full(len(group), np.inf)
    np.minimum.at(first, inverse, window.at[rows])
    slots = group // langs
    heard = np.isin(slots, slots[count >= TOLD])
    found: dict[str, dict[str, tuple[int, float]]] = {}
    for slot, key, n, at in zip(
        slots[heard].tolist(),
        group[heard].tolist(),
        count[heard].tolist(),
        first[heard].tolist(),
        strict=True,
    ):
        found.setdefault(state.shelf.ids[slot], {})[window.lang_name(key % langs)] = (n, at)
    return dict(found)


def langs_of(usual: Mapping[str, Habit], told: Told) -> list[str]:
    """Return the languages that are listened to: those known, and new ones that told the story twice.

    A single article may be an error of detect.
    """
    known = {lang for pair in usual for lang in pair.split(">")}
    new = sorted(lang for lang in told if lang not in known and told[lang][0] > 1)
    return sorted(known) + new[: max(0, LANGS - len(known))]


def taught(usual: Mapping[str, Habit], told: Told, knowing: Collection[str]) -> dict[str, Habit]:
    """Return what is usual after one story more; it counts for the languages *knowing* what it is about."""
    out = dict(usual)
    for a in langs_of(usual, told):
        if a not in told or told[a][0] < TOLD:
            continue
        for b in sorted(knowing):
            if a != b:
                delay = max(0.0, told[b][1] - told[a][1]) if b in told else None
                out[f"{a}>{b}"] = _counted(out.get(f"{a}>{b}", Habit(0, 0, [0] * (len(DELAYS_S) + 1))), delay)
    return out


def _counted(habit: Habit, delay_s: float | None) -> Habit:
    if habit.told >= RECENT:
        delays = [n // 2 for n in habit.delays]
        habit = Habit(habit.told // 2, sum(delays), delays)
    if delay_s is None:
        return Habit(habit.told + 1, habit.also, habit.delays)
    delays = list(habit.delays)
    delays[int(np.searchsorted(DELAYS_S, delay_s))] += 1
    return Habit(habit.told + 1, habit.also + 1, delays)


def usual_delay_s(habit: Habit) -> int | None:
    """Return the usual delay between two languages; None where it is not usual, or longer than a day."""
    if habit.told < TAUGHT or habit.also < USUAL_SHARE * habit.told:
        return None
    within = np.cumsum(habit.delays) >= USUAL_QUANTILE * habit.also
    at = int(np.argmax(within))
    return DELAYS_S[at] if at < len(DELAYS_S) else None


def silent_languages(usual: Mapping[str, Habit], told: Told, clock: float) -> Iterator[Silence]:
    """Yield the languages that should have told a story by now, each by the language that told it most."""
    loudest = sorted(
        (lang for lang in told if told[lang][0] >= TOLD), key=lambda lang: (-told[lang][0], lang)
    )
    for b in sorted({pair.split(">")[1] for pair in usual} - set(told)):
        for a in loudest:
            habit = usual.get(f"{a}>{b}")
            delay = usual_delay_s(habit) if habit is not None else None
            if habit is not None and delay is not None and clock - told[a][1] > delay:
                yield Silence(b, told[a][1], delay, habit.told, round(habit.also / habit.told, 3))
                break


def knows(state: LaneState, lang: str, record: Story) -> bool:
    """Tell whether a language has lately told, in other stories, of a name that this story is about."""
    window = state.window
    named = [entity.entity_id for entity in record.top_entities if not entity_ids.country(entity.entity_id)]
    ids = np.array([feature_id(f"i:{entity_id}") for entity_id in named[:ABOUT]], np.uint32)
    rows = window.live()
    rows = rows[
        (window.lang[rows] == window.lang_number(lang))
        & (window.story[rows] != state.shelf.slot_of[record.story_id])
    ]
    return bool(np.isin(window.shared_ids[rows], ids).any())


def _publish(state: LaneState, story_id: str, found: Sequence[Silence], outcome: Outcome, *, by: By) -> None:
    story = state.story(story_id)
    record = story.record
    known = {gap.group for gap in record.gaps} | set(record.members.by_lang)
    new = [silence for silence in found if silence.lang not in known and knows(state, silence.lang, record)]
    if not new or len(record.members.by_source) < SOURCES:
        return
    gaps = [
        Gap(group=silence.lang, silent_since=moment(silence.since, record.first_event_at)) for silence in new
    ]
    record = replace(record, version=record.version + 1, gaps=[*record.gaps, *gaps], by=by)
    outcome.stories.append(record)
    outcome.updates[story_key(record.story_id)] = items.encode(replace(story, record=record))
    outcome.events += [_event(record, gap, silence, by) for gap, silence in zip(gaps, new, strict=True)]


def _event(record: Story, gap: Gap, silence: Silence, by: By) -> StoryEvent:
    detail = {
        "lang": silence.lang,
        "silent_since": gap.silent_since,
        "usual_delay_s": silence.usual_s,
        "learned_from": silence.taught,
        "share": silence.share,
    }
    return StoryEvent(story_id=record.story_id, event="gap", at=record.last_at, detail=detail, by=by)
