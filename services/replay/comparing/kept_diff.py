"""A comparison as a record, written down so that a page can show it without reading two runs again."""

from __future__ import annotations

from dataclasses import replace

from services.replay.comparing.comparison import Comparison, StoryDifference
from services.replay.comparing.regrouped import Reason, Told
from shared.kafka import clients, declare
from shared.records.run_diff import (
    DecisionTold,
    FieldDiffers,
    GroupTold,
    KindTold,
    RegroupingTold,
    RunDiff,
    StoriesDiffer,
)
from shared.settings import Settings
from shared.wire import codec, topics

FIELDS, IDS = 20, 6
"""Fields that are kept, those of most articles first; articles that are named of each group."""


def record_of(found: Comparison, *, at: str, by: str) -> RunDiff:
    """Return *found* as a record, made *at* that moment *by* somebody."""
    return RunDiff(
        run=found.run,
        against=found.against,
        at=at,
        by=by,
        differences=found.differences,
        trusted=not (found.same_makers and found.differences),
        finished=not found.unfinished,
        same=found.same,
        differ=found.differ,
        only_was=dict(found.alone[0]),
        only_now=dict(found.alone[1]),
        makers_was={stage: was for stage, (was, _) in found.makers.items()},
        makers_now={stage: now for stage, (_, now) in found.makers.items()},
        fields=[
            FieldDiffers(
                path=path,
                articles=one.articles,
                changed=one.kinds["changed"],
                lost=one.kinds["lost"],
                gained=one.kinds["gained"],
            )
            for path, one in list(found.fields.items())[:FIELDS]
        ],
        stories=None if found.stories is None else _stories(found.stories),
    )


def _stories(found: StoryDifference) -> StoriesDiffer:
    was, now = found.agreement.stories
    return StoriesDiffer(
        articles=found.articles,
        stories_was=was,
        stories_now=now,
        pairs_f1=round(found.agreement.pairs.f1, 4),
        b_cubed_f1=round(found.agreement.b_cubed.f1, 4),
        marks=found.marks.n,
        marks_was=found.marks.was,
        marks_now=found.marks.now,
        kinds=[
            KindTold(
                kind=kind, times=one.times, articles=one.articles, told=[_told(each) for each in one.told]
            )
            for kind, one in found.kinds.items()
        ],
    )


def _told(one: Told) -> RegroupingTold:
    joined = GroupTold(
        articles=one.joined_articles, doc_ids=list(one.joined_ids[:IDS]), headline=one.joined_headline or ""
    )
    return RegroupingTold(
        kind=one.kind,
        docs=GroupTold(articles=one.articles, doc_ids=list(one.doc_ids[:IDS]), headline=one.headline),
        main=GroupTold(
            articles=one.main_articles, doc_ids=list(one.main_ids[:IDS]), headline=one.main_headline
        ),
        joined=joined if one.joined_articles else None,
        doc_id=one.doc_id,
        was=_decision(one.reasons[0]),
        now=_decision(one.reasons[1]),
    )


def _decision(one: Reason) -> DecisionTold:
    return DecisionTold(
        verb=one.verb, score=round(one.score, 4), threshold=one.threshold, words=list(one.words)
    )


async def keep(settings: Settings, found: RunDiff) -> None:
    """Write *found* in the place of what was known of the same two runs; raises KafkaError."""
    await declare.apply(replace(settings, run=topics.LIVE), [topics.DIFFS])
    await clients.write_one(
        settings, topics.DIFFS.name, f"{found.run}/{found.against}".encode(), codec.encode(found)
    )
