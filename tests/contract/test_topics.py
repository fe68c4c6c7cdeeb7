"""The table of topics, and the table of ARCHITECTURE.md that is made from it."""

from __future__ import annotations

from pathlib import Path

from services.cli.verbs.topics import markdown_table
from services.stages import work
from shared.wire import topics
from shared.wire.topics import STAGES

ROOT = Path(__file__).resolve().parents[2]


def test_architecture_shows_the_table_as_it_is() -> None:
    assert markdown_table() in (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"), (
        "print it with: ./khabar topics markdown"
    )


def test_every_stage_has_its_topics() -> None:
    for name in STAGES:
        stage = work(name)
        assert name in topics.BY_NAME[stage.source].readers
        assert topics.dead(name) in topics.BY_NAME
        if stage.keeps_state:
            assert (
                topics.BY_NAME[topics.changelog(name)].partitions == topics.BY_NAME[stage.source].partitions
            )
            assert topics.BY_NAME[topics.changelog(name)].configs()["cleanup.policy"] == "compact"


def test_runs_never_share_a_topic_a_group_or_a_transactional_id() -> None:
    assert topics.spelled("articles.raw") == "articles.raw"
    assert topics.spelled("articles.raw", "v2") == "articles.raw.v2"
    assert topics.group("clean", "v2") != topics.group("clean")
    assert topics.transactional_id("clean", "articles.raw", 3) == "khabar.clean-articles.raw-3"
    assert topics.transactional_id("clean", "articles.raw", 3, "v2") == "khabar.clean.v2-articles.raw.v2-3"
