"""What a run changes against live or another run, and whether the comparison can be trusted.

It compares articles, fields and stories.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from services.replay.comparing.blocks import headline
from services.replay.comparing.documents import (
    WAITS,
    FieldTallies,
    FieldTally,
    Key,
    Pairing,
    Side,
    paired,
    unexplained,
)
from services.replay.comparing.marks_kept import MarksKept, marks_kept
from services.replay.comparing.memberships import Memberships, StoryChange, memberships
from services.replay.comparing.partitions import Agreements, Kind, Regrouping, agreements, regroupings
from services.replay.comparing.regrouped import Told, asked, reason, teller
from services.replay.comparing.topic_reading import Progress, Reading, quiet
from services.replay.comparing.universe import Compared
from shared.kafka import clients
from shared.records.mark import Mark
from shared.records.run import Run
from shared.settings import Settings
from shared.wire import codec, topics

LISTED = 20
"""So many articles are named: of those that one side alone has, and of each group of a regrouping."""


class NothingThere(ValueError):
    """A run has no linked articles: it never ran, or its topics are gone."""


class MissingArticle(NamedTuple):
    """An article that one side alone has, and what became of it on the other."""

    doc_id: str
    rev: str
    source: str
    language: str
    why: str


class Regrouped(NamedTuple):
    """All splits, merges or moves: how many, of how many articles, and the largest with their reasons."""

    times: int
    articles: int
    told: list[Told]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryDifference:
    """The stories of both sides as partitions of the articles that both have."""

    articles: int
    agreement: Agreements
    kinds: dict[Kind, Regrouped]
    marks: MarksKept


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All differences; wherever two sides stand side by side, *against* is the first."""

    run: str
    against: str
    from_stage: str
    follows: bool
    makers: dict[str, tuple[list[str], list[str]]]
    """By stage of the run: who made the blocks on either side."""

    same: int
    differ: int
    alone: tuple[Counter[str], Counter[str]]
    missing: tuple[list[MissingArticle], list[MissingArticle]]
    deaths: Counter[tuple[str, str]]
    waiting: tuple[int, int]
    """Articles of the other side that have not arrived yet on this one."""

    fields: dict[str, FieldTally]
    stories: StoryDifference | None
    """None for a narrowed run: its stories lack the articles that it left out."""

    differences: int = field(init=False)
    """Articles that differ or that one side alone has or buried, and articles in other stories."""

    def __post_init__(self) -> None:
        regrouped = sum(one.articles for one in self.stories.kinds.values()) if self.stories else 0
        alone = sum(counts.total() for counts in self.alone)
        object.__setattr__(self, "differences", self.differ + alone + self.deaths.total() + regrouped)

    @property
    def same_makers(self) -> bool:
        """Whether the same versions of code and models made both sides; False where nothing was made."""
        return bool(self.makers) and all(was == now for was, now in self.makers.values())

    @property
    def unfinished(self) -> bool:
        """Whether something to be compared has not arrived; never of a run that follows the live head.

        Of such a run something always has not.
        """
        return not self.follows and any(self.waiting)

    def with_examples(self, most: int) -> Comparison:
        """Return the same with *most* examples of each kind."""
        fields = {path: replace(one, examples=one.examples[:most]) for path, one in self.fields.items()}
        stories = self.stories and replace(
            self.stories,
            kinds={kind: one._replace(told=one.told[:most]) for kind, one in self.stories.kinds.items()},
        )
        return replace(self, fields=fields, stories=stories)

    @property
    def alike(self) -> bool:
        """Whether something was compared, nothing is missing, and nothing differs."""
        return bool(self.same) and not self.differences and not self.unfinished


async def compare(
    settings: Settings, run: Run, against: Run | None = None, *, examples: int = 1, shown: Progress = quiet
) -> Comparison:
    """Return what *run* changes against another one, by default live, with *examples* of each kind.

    Two passes: digests of all articles first, then those that differ again. Raises NothingThere, and
    KafkaError.
    """
    others = [against] if against is not None else []
    names = [against.name if against is not None else topics.LIVE, run.name]
    stages = topics.STAGES[min(topics.STAGES.index(one.from_stage) for one in (run, *others)) :]
    async with clients.reader(settings, fetch_bytes=clients.SEARCH_BYTES) as client:
        for name in names:
            if not await clients.partitions(client, topics.spelled(topics.LINKED.name, name)):
                raise NothingThere(f"{name} has no linked articles")
        reading = Reading(settings, client, shown)
        universes = [await reading.universe(one) for one in (run, *others)]
        compared = Compared(
            [one for one, _ in universes], [one.narrowed for one in (run, *others) if one.narrowed]
        )
        since_ms = min(since for _, since in universes)
        (first, was_told), (second, now_told) = [
            await reading.side(name, compared, since_ms, stages) for name in names
        ]
        for side, other in ((first, second), (second, first)):
            if unexplained(other, side):
                side.waiting = await reading.waiting(side.name, compared, stages)
        pairing = paired(first, second)
        tallies = FieldTallies(examples)
        async for key, was, now in reading.pairs((first, second), pairing.differ):
            tallies.enter(was, now, pairing.differ[key])
        stories = None
        if not compared.narrowed:
            stories = await _stories(reading, (first, was_told), (second, now_told), examples)
    return _comparison(run, (first, second), stages, pairing, tallies, stories)


def _comparison(  # noqa: PLR0917  the parts of one result
    run: Run,
    sides: tuple[Side, Side],
    stages: tuple[str, ...],
    pairing: Pairing,
    tallies: FieldTallies,
    stories: StoryDifference | None,
) -> Comparison:
    first, second = sides
    gone = [[one for one in alone if one.why != WAITS] for alone in pairing.alone]
    return Comparison(
        run=second.name,
        against=first.name,
        from_stage=run.from_stage,
        follows=run.ends is None,
        makers={
            stage: (sorted(first.makers[stage]), sorted(second.makers[stage]))
            for stage in stages
            if _both_made(sides, stage)
        },
        same=pairing.same,
        differ=len(pairing.differ),
        alone=(Counter(one.why for one in gone[0]), Counter(one.why for one in gone[1])),
        missing=(
            [
                MissingArticle(*one.key, one.entry.source, one.entry.language, one.why)
                for one in gone[0][:LISTED]
            ],
            [
                MissingArticle(*one.key, one.entry.source, one.entry.language, one.why)
                for one in gone[1][:LISTED]
            ],
        ),
        deaths=pairing.deaths,
        waiting=(len(pairing.alone[1]) - len(gone[1]), len(pairing.alone[0]) - len(gone[0])),
        fields=dict(tallies.ranked()),
        stories=stories,
    )


def _both_made(sides: tuple[Side, Side], stage: str) -> bool:
    return all(stage in side.makers for side in sides)


async def _stories(
    reading: Reading,
    first: tuple[Side, list[StoryChange]],
    second: tuple[Side, list[StoryChange]],
    examples: int,
) -> StoryDifference:
    """Compare the stories of two sides, and read what tells of the largest differences."""
    sides, members = (first[0], second[0]), [_memberships(*first), _memberships(*second)]
    docs = members[0].story_of.keys() & members[1].story_of.keys()
    was, now = ({doc: side.story_of[doc] for doc in docs} for side in members)
    found = regroupings(was, now, members[0].order_of)
    by_kind: dict[Kind, list[Regrouping]] = {}
    for one in found:
        by_kind.setdefault(one.kind, []).append(one)
    shown = [one for kind in by_kind.values() for one in kind[:examples]]
    wanted = {doc for one in shown for doc in asked(one, *members)}
    newest = [_newest(side, wanted) for side in sides]
    records = [
        {key[0]: value for key, value in (await reading.values(side, keys)).items()}
        for side, keys in zip(sides, newest, strict=True)
    ]
    kinds = {}
    for kind, ones in by_kind.items():
        told = [_told(one, members, records) for one in ones[:examples]]
        kinds[kind] = Regrouped(len(ones), sum(len(one.docs) for one in ones), told)
    kept = marks_kept(await _marks(reading.settings), was, now)
    return StoryDifference(articles=len(docs), agreement=agreements(was, now), kinds=kinds, marks=kept)


async def _marks(settings: Settings) -> list[Mark]:
    """Return what people have said of pairs of articles."""
    newest = {
        record.key: record.value for record in await clients.read_all(settings, [topics.STORY_MARKS.name])
    }
    return [codec.decode(value, Mark) for value in newest.values() if value is not None]


def _memberships(side: Side, told: list[StoryChange]) -> Memberships:
    return memberships(((entry.order, key[0], entry.story_id) for key, entry in side.entries.items()), told)


def _newest(side: Side, docs: set[str]) -> list[Key]:
    """Return the newest revision that *side* has of each of *docs*."""
    found: dict[str, Key] = {}
    for key, entry in side.entries.items():
        if key[0] in docs and (key[0] not in found or entry.order > side.entries[found[key[0]]].order):
            found[key[0]] = key
    return list(found.values())


def _told(one: Regrouping, members: list[Memberships], records: list[dict[str, Mapping[str, Any]]]) -> Told:
    doc = teller(one, *members)
    heads = [headline(records[0][some[0]]) if some else "" for some in (one.docs, one.main, one.joined)]
    return Told(
        kind=one.kind,
        articles=len(one.docs),
        doc_ids=one.docs[:LISTED],
        headline=heads[0],
        main_articles=len(one.main),
        main_ids=one.main[:LISTED],
        main_headline=heads[1],
        joined_articles=len(one.joined),
        joined_ids=one.joined[:LISTED],
        joined_headline=heads[2] if one.joined else None,
        doc_id=doc,
        reasons=(reason(records[0][doc], members[0]), reason(records[1][doc], members[1])),
    )
