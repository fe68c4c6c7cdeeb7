"""The rights that are written for Kafka: least privilege, as the table of topics says it."""

from __future__ import annotations

import shlex

import pytest
from click.testing import CliRunner

from services.cli import khabar
from services.stages import work
from shared.kafka.access import acl_script
from shared.wire import topics
from shared.wire.rights import PRINCIPALS, Right, rights
from shared.wire.topics import STAGES


def names(principal: str, operation: str, kind: str = "topic", run: str = topics.LIVE) -> set[str]:
    return {
        right.name + "*" * right.prefixed
        for right in rights(run)
        if (right.principal, right.operation, right.kind) == (principal, operation, kind)
    }


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_may_do_what_its_lanes_do_and_nothing_else(stage: str) -> None:
    source = work(stage).source
    changelog = {topics.changelog(stage)} if work(stage).keeps_state else set()
    assert names(stage, "Read") == {source, topics.RUNS.name, topics.ALIASES.name} | changelog
    written = {topic.name for topic in topics.TOPICS if stage in topic.writers}
    assert names(stage, "Write") == written >= {topics.dead(stage)} | changelog
    assert source not in written
    assert names(stage, "Read", "group") == {f"khabar.{stage}*"}
    assert names(stage, "Write", "transactional-id") == {f"khabar.{stage}*"}
    assert {right.operation for right in rights() if right.principal == stage} == {"Read", "Write"}


def test_only_doors_and_the_way_back_write_what_nobody_has_looked_at_yet() -> None:
    assert {right.principal for right in rights() if right.operation == "Write" and right.name.startswith("articles.raw")} == {
        "feed", "backfill", "dead"
    }  # fmt: skip
    assert {right.principal for right in rights() if right.operation in ("Create", "Delete")} == {"pulse"}
    assert {
        right.operation for right in rights() if right.principal in ("ops", "lag", "archive", "exporters")
    } == {"Read", "Describe"}


def test_no_principal_is_known_by_the_beginning_of_anothers_name() -> None:
    assert [(a, b) for a in PRINCIPALS for b in PRINCIPALS if a != b and b.startswith(a)] == []


def test_a_run_gives_nothing_in_live_and_live_gives_nothing_in_a_run() -> None:
    of_live = {topics.spelled(topic.name) for topic in topics.TOPICS}
    shared = {topic.name for topic in topics.SHARED}
    mine = {right.name for right in rights("v2") if right.kind == "topic" and not right.prefixed}
    assert mine & of_live == set()
    assert all(name.endswith(".v2") for name in mine)
    assert not any(name.endswith(".v2") for name in {right.name for right in rights()} | shared)
    assert names("replay", "Delete", run="v2") >= {
        "articles.clean.v2",
        "articles.ordered.v2",
        "link.changelog.v2",
    }
    assert "articles.raw.v2" not in names("replay", "Delete", run="v2")
    assert names("order", "Write", run="v2") == {"articles.ordered.v2"}
    assert "articles.ordered.v2" in names("link", "Read", run="v2")


def test_the_script_says_every_right_once() -> None:
    said = []
    for words in acl_script.commands(topics.LIVE, "User:khabar-{name}"):
        given = list(zip(words[1::2], words[2::2], strict=True))  # after --add
        one = dict(given)
        prefixed = one.get("--resource-pattern-type") == "prefixed"
        kind = next(word for word in ("topic", "group", "transactional-id") if f"--{word}" in one)
        principal = one["--allow-principal"].removeprefix("User:khabar-")
        said += [
            Right(principal, kind, one["--operation"], name, prefixed)
            for word, name in given
            if word == f"--{kind}"
        ]  # type: ignore[arg-type]
    assert sorted(said) == rights()
    script = acl_script.script(topics.LIVE, "User:khabar-{name}")
    calls = [shlex.split(line) for line in script.splitlines() if line.startswith("kafka-acls.sh")]
    assert [call[2:] for call in calls] == acl_script.commands(topics.LIVE, "User:khabar-{name}")


def test_one_name_for_all_is_refused() -> None:
    done = CliRunner().invoke(khabar, ["topics", "acl", "--user", "User:khabar"])
    assert done.exit_code == 2
    assert "all would be one principal" in done.output
