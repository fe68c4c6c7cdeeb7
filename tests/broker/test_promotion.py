"""Promotion and rollback through the command, on a real broker: refused, said, done once, on record."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import orjson
import pytest
from aiokafka import TopicPartition
from click.testing import CliRunner
from test_following import RUN, STORY, Runs, fresh, held, runs

from services.cli import khabar
from services.cli.verbs import replay_promotion
from services.replay import promotion
from services.replay.control import ShutOut
from shared.broker.node import Broker
from shared.kafka import aliases, clients, declare
from shared.kafka import runs as records_of_runs
from shared.records.run import Narrowed, Run
from shared.settings import Settings
from shared.wire import topics


def a_run(name: str, world: Runs, **more: Any) -> Run:
    planned: dict[str, Any] = {
        "state": "running",
        "source": "articles.extracted",
        "from_stage": "link",
        "starts": [0],
        "ends": [3],
        "since": [offset // 2 for offset in world.raw],
        "by": "x@y",
        "at": "now",
    }
    return Run(name=name, **(planned | more))


async def commit(settings: Settings, group: str, topic: str, offset: int) -> None:
    producer = clients.transactional(settings, transactional_id="commits")
    await producer.start()
    async with producer.transaction():
        await producer.send_offsets_to_transaction({TopicPartition(topic, 0): offset}, group)
    await producer.stop()


async def acts(settings: Settings) -> list[dict[str, Any]]:
    return [orjson.loads(record.value) for record in await clients.read_all(settings, [topics.AUDIT.name])]


async def refused(settings: Settings, name: str) -> str:
    with pytest.raises(promotion.Refused) as error:
        await promotion.promote(settings, name, by="x@y", because="z", go=True)
    return f"{error.value} | {error.value.advice}"


async def written(settings: Settings) -> dict[str, Any]:
    """Make two runs of link with their articles; one of them is behind by one record."""
    await declare.apply(settings)
    async with runs(settings) as world:
        await world.feed(60)
        for run in (topics.LIVE, RUN):
            await world.make(run, 100)
        for n in range(4):
            await world.producer.begin_transaction()
            await world.producer.send_and_wait("articles.extracted", b"%d" % n)
            await world.producer.commit_transaction()
        for one in (
            a_run(RUN, world),
            a_run("part", world, narrowed=Narrowed(languages=["fa"])),
            a_run("new", world, state="planned"),
        ):
            await records_of_runs.save(settings, one)
        await commit(settings, topics.group("link", RUN), "articles.extracted", 1)
        for run in (topics.LIVE, RUN):
            await declare.apply(dataclasses.replace(settings, run=run), [topics.STORIES, topics.STORY_EVENTS])
            story = {
                "story_id": STORY,
                "status": "open",
                "last_at": "2026-01-01T00:00:00Z",
                "label": {},
                "run": run,
            }
            async with world.producer.transaction():
                await world.producer.send_and_wait(
                    topics.spelled("stories", run), orjson.dumps(story), key=STORY.encode()
                )
        return {"world": world, "live": await held(settings, topics.LIVE), "ours": await held(settings, RUN)}


def run(work: Any) -> Any:
    return asyncio.run(work)


def say(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(getattr(replay_promotion, words[0]), words[1:])
    assert result.exit_code == code, result.output
    return result.output


def seen(*words: str) -> list[dict[str, Any]]:
    result = CliRunner().invoke(khabar, [*words, "--json"])
    assert result.exit_code == 0, result.output
    return [orjson.loads(line) for line in result.stdout_bytes.splitlines()]


def check_shown(younger: str, older: str, newest: str) -> None:
    """The command shows what *newest* makes from the cut on (*younger*), and what live made before it
    (*older*).
    """
    assert seen("story", STORY)[0]["run"] == newest
    assert [seen("why", doc)[0]["linked"]["run"] for doc in (younger, older)] == [newest, "live"]
    assert [one["topic"] for one in seen("trace", younger)] == ["articles.raw", "articles.linked"]
    assert [seen("trace", doc)[-1]["record"]["run"] for doc in (younger, older)] == [newest, "live"]
    (status,) = seen("status")
    assert (status["run"], [row["run"] for row in status["stages"]]) == (newest, ["live"] * 3 + [newest])


def test_promote_and_roll_back(own_broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(kafka=own_broker.bootstrap, transaction_ms=10_000)
    monkeypatch.setenv("KHABAR_KAFKA", settings.kafka)

    given = run(written(settings))
    assert "nothing is promoted" in say("rollback", "--go", code=1)
    assert "say why" in say("promote", RUN, code=2)
    assert "there is no run" in run(refused(settings, "nobody"))
    assert "has not been started" in run(refused(settings, "new"))
    assert "would lose all others" in run(refused(settings, "part"))
    assert f"{RUN} is behind: link has at most 2 to read" in say("promote", RUN, "--because", "x", code=1), (
        "its end is 3, a marker among it"
    )
    assert run(aliases.current(settings)).epoch == 0
    run(commit(settings, topics.group("link", RUN), "articles.extracted", 3))

    before = run(fresh(settings))
    said = say("promote", RUN, "--because", "better")
    assert "Nothing has been changed" in said
    assert "--go" in said.splitlines()[-1]
    assert run(aliases.current(settings)).epoch == 0
    alias = promotion.Alias(
        segments=[
            promotion.Segment(run="live"),
            promotion.Segment(run=RUN, cut=[n // 2 for n in given["world"].raw]),
        ]
    )
    mine = {one for one, raw in given["ours"].items() if alias.owner(raw) == RUN}
    assert f"its {len(mine)} articles of what came in since 20" in said
    assert "articles.linked, stories, stories.events." in said
    assert "after its end (at most 5 records)" in said

    in_both = [doc for doc, _ in given["ours"].keys() & given["live"].keys()]
    younger = next(doc for doc in in_both if (doc, "rev-1") in mine)
    older = next(doc for doc in in_both if (doc, "rev-1") not in mine)
    check_shown(younger, older, topics.LIVE)
    assert f"KHABAR_RUN={RUN} ./khabar run all" in say("promote", RUN, "--because", "better", "--go")
    owned = mine | {one for one, raw in given["live"].items() if alias.owner(raw) == "live"}
    assert sorted(run(fresh(settings))) == sorted(owned)
    check_shown(younger, older, RUN)
    monkeypatch.setenv("KHABAR_RUN", "live")
    check_shown(younger, older, topics.LIVE)
    monkeypatch.delenv("KHABAR_RUN")
    assert sorted(before) == sorted(given["live"]) != sorted(owned)
    now = run(records_of_runs.load(settings, RUN))
    assert (now.state, now.ends, now.because) == ("promoted", None, "better")
    assert "is promoted already" in run(refused(settings, RUN))

    said = say("rollback", "--because", "worse")
    theirs = sum(alias.owner(raw) == RUN for raw in given["live"].values())
    assert f"from {RUN} to live" in said
    assert f"{theirs} articles" in said
    assert run(aliases.current(settings)).epoch == 1
    say("rollback", "--because", "worse", "--go")
    assert sorted(run(fresh(settings))) == sorted(given["live"])
    assert run(records_of_runs.load(settings, RUN)).state == "superseded"
    check_shown(younger, older, topics.LIVE)
    found = run(acts(settings))
    assert [(one["verb"], one["because"], one["which"]) for one in found] == [
        ("replay promote", "better", [RUN]),
        ("replay rollback", "worse", [RUN]),
    ]
    run(two_at_once(settings))


async def two_at_once(settings: Settings) -> None:
    """The one who begins while another is at it goes on; the other is told, and has changed nothing."""
    slow = dataclasses.replace(settings, hold_ms=4000)
    first = asyncio.create_task(
        promotion.promote(slow, RUN, by="first@x", because="1", go=True, behind=nobody)
    )
    await asyncio.sleep(2)
    second = await promotion.promote(settings, RUN, by="second@x", because="2", go=True, behind=nobody)
    with pytest.raises(ShutOut):
        await first
    alias = await aliases.current(settings)
    assert (alias.epoch, alias.by) == (second.alias.epoch, "second@x")
    assert [one["actor"] for one in await acts(settings)][2:] == ["second@x"]
    with pytest.raises(promotion.Refused, match="already"):
        await promotion.promote(settings, RUN, by="third@x", because="3", go=True, behind=nobody)


async def nobody(*_: Any) -> list[Any]:
    return []
