"""A run's way through the stages: who reads which topic as which group."""

from __future__ import annotations

from dataclasses import dataclass

from shared.records.run import Run
from shared.wire import topics

ORDER = "order"
"""The worker that puts a run's articles into the order of live, between extract and link."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One worker of the run: the topic it reads, and its group, as Kafka spells them."""

    stage: str
    source: str
    group: str


def hops(run: Run) -> list[Hop]:
    """Return the hops of *run* in the order of the flow.

    One that begins at link reads what live ordered already.
    """
    begin = topics.STAGES.index(run.from_stage)
    reads = dict(zip(topics.STAGES, (topic.name for topic in topics.FLOW), strict=False))
    stages = (
        [*topics.STAGES[begin:-1], ORDER, topics.STAGES[-1]]
        if run.from_stage != topics.STAGES[-1]
        else [topics.STAGES[-1]]
    )
    made = []
    for stage in stages:
        if stage == run.from_stage:
            source = run.source
        elif stage == ORDER:
            source = topics.spelled(topics.EXTRACTED.name, run.name)
        else:
            source = topics.spelled(
                topics.ORDERED.name if stage == topics.STAGES[-1] else reads[stage], run.name
            )
        made.append(Hop(stage, source, topics.group(stage, run.name)))
    return made


def own_topics(run: Run) -> list[topics.Topic]:
    """Return the topics that *run* needs of its own."""
    stages = [hop.stage for hop in hops(run)]
    later = {topic.name for topic in topics.FLOW[1 + topics.STAGES.index(run.from_stage) :]}
    later |= {topics.STORIES.name, topics.STORY_EVENTS.name} | (
        {topics.ORDERED.name} if ORDER in stages else set()
    )
    later |= {name for stage in stages for name in (topics.dead(stage), topics.changelog(stage))}
    return [topic for topic in (*topics.TOPICS, topics.ORDERED) if topic.name in later]
