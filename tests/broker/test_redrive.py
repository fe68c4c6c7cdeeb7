"""Dead letters on a real broker: sent back each once whatever happens, resting after three returns, edited,
dropped; all of it on record.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import re
import shlex
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import ConsumerRecord
from click.testing import CliRunner, Result
from herd import Herd, shakers
from post import ends, letter, lying, posted, with_aborted
from spoken import speaker
from truth import Truth

from services.cli import khabar
from services.dead import marks
from services.dead.marks import Mark
from services.dead.standing import BESIDE_BYTES
from shared.kafka import clients, declare
from shared.settings import Settings
from shared.wire import codec, headers, topics

LETTERS = int(os.environ.get("REDRIVE_LETTERS", "300"))
KILLS = 5


@pytest.fixture
def settings(broker: str, run_name: str) -> Settings:
    made = Settings(kafka=broker, run=run_name)
    asyncio.run(declare.apply(made))
    return made


@pytest.fixture
def say(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    return speaker(settings, monkeypatch, "dead")


@pytest.fixture
def operators(settings: Settings, tmp_path: Path) -> Iterator[Any]:
    """Gives operators: processes of the command, whose transactions stay open for a while."""
    herds: list[Herd] = []

    def made(arguments: list[str], **environment: str) -> Herd:
        folder = tmp_path / f"operator-{len(herds)}"
        folder.mkdir()
        given = {"KHABAR_KAFKA": settings.kafka, "KHABAR_RUN": settings.run} | environment
        herds.append(Herd([sys.executable, "-m", "services.cli", "dead", *arguments], given, folder))
        return herds[-1]

    yield made
    for herd in herds:
        herd.close()


def run(work: Any) -> Any:
    return asyncio.run(work)


def waited(command: Callable[[], Result], limit_s: float = 60) -> Result:
    """Give *command* until it succeeds: a broker that has seen no group yet makes the topic of their offsets
    first.
    """
    deadline = time.monotonic() + limit_s
    while (result := command()).exit_code:
        assert time.monotonic() < deadline, result.output
        time.sleep(0.5)
    return result


def moved(settings: Settings) -> int:
    return len(run(lying(settings, "dead.marks")))


def progressed(settings: Settings, beyond: int, worker: subprocess.Popen[bytes], log: Any) -> int:
    """Wait until more than *beyond* letters are marked; returns how many."""
    deadline = time.monotonic() + 60
    while (n := moved(settings)) <= beyond:
        assert worker.poll() is None, f"it ended early: {log()}"
        assert time.monotonic() < deadline, f"no letter beyond {beyond}: {log()}"
    return n


def as_it_was(record: ConsumerRecord) -> tuple[Any, ...]:
    return record.key, record.value, tuple(pair for pair in record.headers if pair[0] != headers.REDRIVEN)


def check_each_once(settings: Settings, letters: list[ConsumerRecord], back: list[ConsumerRecord]) -> None:
    """Each letter's record is back once, as it was, in its partition; its mark points to it; the audit counts
    it once.
    """
    assert Counter(map(as_it_was, back)) == Counter(
        (one.key, one.value, tuple(one.headers)) for one in letters
    )
    assert {headers.times_redriven(record.headers) for record in back} == {1}
    by_value = {record.value: record for record in back}
    known = run(marks.seen(settings))
    assert len(run(lying(settings, "dead.marks"))) == len(known) == len(letters), "no letter is marked twice"
    for one in letters:
        mark, record = known[f"{one.topic}/{one.partition}/{one.offset}"], by_value[one.value]
        assert (mark.state, mark.to) == ("redriven", f"{record.topic}/{record.partition}/{record.offset}")
        assert record.partition == int(headers.get(one.headers, "khabar-partition") or "")
    acts = [orjson.loads(record.value) for record in run(lying(settings, "ops.audit"))]
    assert sum(sum(act["counts"].values()) for act in acts) == len(letters)
    assert sorted(name for act in acts for name in act["which"]) == sorted(
        f"clean/{one.offset}" for one in letters
    )


def test_a_redrive_killed_five_times_gives_each_letter_back_once(settings: Settings, operators: Any) -> None:
    plan = random.Random(17)
    run(posted(settings, (letter(settings, number) for number in range(LETTERS))))
    letters = run(lying(settings, "clean.dead"))
    slow = {"KHABAR_HOLD_MS": "100", "KHABAR_BATCH_RECORDS": str(LETTERS // 50)}
    operator = operators(["redrive", "--stage", "clean", "--because", "fixed", "--go"], **slow)
    worker, n, seen = operator.add(), 0, []
    for _ in range(KILLS):
        n = progressed(settings, n, worker, operator.logs)
        time.sleep(plan.uniform(0.1, 0.9))
        assert worker.poll() is None, f"it was quicker than its murderer: {operator.logs()}"
        operator.kill(worker)
        n = moved(settings)
        seen.append(n)
        worker = operator.add()
    assert worker.wait(120) == 0, operator.logs()
    back = run(lying(settings, "articles.raw"))
    aborted = run(with_aborted(settings, "articles.raw")) - len(back)
    print(
        f"\n{LETTERS} letters, killed after {seen}; {len(back)} back, {aborted} copies in transactions that were aborted"
    )
    assert aborted > 0, "no kill fell into a transaction: this proved nothing"
    check_each_once(settings, letters, back)
    assert run(lying(settings, "clean.dead")) == letters, "the letters lie where they lay"
    again = CliRunner().invoke(
        khabar,
        ["dead", "redrive", "--stage", "clean", "--go"],
        env={"KHABAR_KAFKA": settings.kafka, "KHABAR_RUN": settings.run},
    )
    assert "Redriven: 0 letters" in again.output, again.output
    assert len(run(lying(settings, "articles.raw"))) == LETTERS


def test_of_two_operators_the_later_goes_on(settings: Settings, operators: Any) -> None:
    run(posted(settings, (letter(settings, number) for number in range(120))))
    letters = run(lying(settings, "clean.dead"))
    # 36 s for all: the second has that long to start
    slow = {"KHABAR_HOLD_MS": "1500", "KHABAR_BATCH_RECORDS": "5"}
    first, second = (operators(["redrive", "--stage", "clean", "--go"], **pace) for pace in (slow, {}))
    begun = first.add()
    progressed(settings, 0, begun, first.logs)
    later = second.add()
    assert begun.wait(60) == 1, "it is shut out"
    assert "another operator has begun on the letters of clean" in first.logs()
    assert "Traceback" not in first.logs()
    assert later.wait(60) == 0, second.logs()
    done = int((re.search(r"Redriven: (\d+) letters", second.logs()) or ["", "0"])[1])
    assert 0 < done < 120, "both had their part"
    check_each_once(settings, letters, run(lying(settings, "articles.raw")))


def test_marks_behind_a_strangers_open_transaction_are_waited_for(settings: Settings) -> None:
    run(_marks_behind_an_open_transaction(settings))


async def _marks_behind_an_open_transaction(settings: Settings) -> None:
    name = topics.spelled("dead.marks", settings.run)
    value = codec.encode(Mark(state="redriven", by="x", at="now"))
    stranger = clients.transactional(settings, transactional_id=f"stranger-{settings.run}")
    ours = clients.transactional(settings, transactional_id=f"ours-{settings.run}")
    for producer in (stranger, ours):
        await producer.start()
    await stranger.begin_transaction()
    await stranger.send_and_wait(name, value, key=b"detect.dead/0/1")
    async with ours.transaction():
        await ours.send_and_wait(name, value, key=b"clean.dead/0/1")
    assert await marks.seen(settings) == {}, "the trap: what is committed cannot be seen yet"
    waiting = asyncio.create_task(marks.settled(settings))
    await asyncio.sleep(2)
    assert not waiting.done()
    await stranger.abort_transaction()
    assert set(await waiting) == {"clean.dead/0/1"}
    for producer in (stranger, ours):
        await producer.stop()


def test_the_third_return_rests(settings: Settings, say: Any, tmp_path: Path) -> None:
    truth = Truth(settings, {0: "plain", 1: "empty", 2: "bug"})
    run(truth.feed())
    herd = shakers({"KHABAR_KAFKA": settings.kafka, "KHABAR_RUN": settings.run}, tmp_path)
    herd.add()
    try:
        for returns in range(4):
            run(truth.settled())
            letters = run(lying(settings, "clean.dead"))
            assert len(letters) == 2 * (returns + 1)
            died = sorted(headers.get(one.headers, headers.REASON) or "" for one in letters[-2:])
            assert died == (["redriven_too_often"] * 2 if returns == 3 else ["bug", "empty_text"])
            said = say("redrive", "--stage", "clean", "--go").stdout
            assert f"{0 if returns == 3 else 2} letters" in said
        assert "came back three times" in said
    finally:
        herd.close()
    for one in letters[-2:]:
        died_of = re.match(
            r"came back 3 times, now as (\w+)", headers.get(one.headers, "khabar-detail") or ""
        )
        history = orjson.loads(headers.get(one.headers, headers.HISTORY) or "")
        assert died_of is not None
        assert [earlier["khabar-reason"] for earlier in history] == [died_of[1]] * 3
    assert len(run(lying(settings, "clean.dead"))) == 8
    assert "redriven_too_often" in say("list").stdout


def test_a_dry_run_changes_nothing_and_its_next_command_does_it(settings: Settings, say: Any) -> None:
    run(
        posted(
            settings,
            (letter(settings, number, reason="bug" if number % 3 else "empty_text") for number in range(30)),
        )
    )
    before = run(ends(settings))
    said = say("redrive", "--reason", "bug", "--source", "outlet-1").stdout
    say("drop", "--reason", "bug", "--because", "x")
    say("redrive", "clean/0", "--edit", "--because", "x")
    assert run(ends(settings)) == before
    wanted = [number for number in range(30) if number % 3 and number % 7 == 1]
    assert re.search(rf"Would redrive {len(wanted)} letters", said)
    assert re.search(rf"clean\s+bug\s+{len(wanted)}\s+back to articles.raw", said)
    run(posted(settings, [letter(settings, 36, reason="bug")]))  # of the same outlet, after the dry run
    (following,) = re.findall(r"\./khabar dead (redrive .*--go)", said)
    assert f"Redriven: {len(wanted)} letters" in say(*shlex.split(following)).stdout
    assert (
        sorted(orjson.loads(record.value)["i"] for record in run(lying(settings, "articles.raw"))) == wanted
    )


def size_without_value(settings: Settings, number: int) -> int:
    _, record = letter(settings, number)
    return len(record["key"]) + sum(len(name) + len(value) + 8 for name, value in record["headers"])


def test_what_may_not_go_back_says_why_and_stays(settings: Settings, say: Any) -> None:
    odd = [
        letter(settings, 0),
        letter(settings, 1, topic="articles.raw"),
        letter(settings, 2, topic="somebody.else"),
        letter(settings, 3, topic=topics.spelled("control.aliases", settings.run)),
        letter(settings, 4, headers=[("khabar-redriven", b"3")]),
        letter(settings, 5, value=b"x" * (topics.MAX_MESSAGE_BYTES - 50)),
        letter(settings, 6, stage="feed", topic="pages.jsonl:7", key=None),
        letter(
            settings,
            8,
            value=b"x" * (topics.MAX_MESSAGE_BYTES - BESIDE_BYTES - size_without_value(settings, 8)),
        ),
        letter(settings, 7, stage="detect", topic=topics.spelled("articles.clean", settings.run)),
    ]
    run(posted(settings, odd))
    (found,) = [
        orjson.loads(line)
        for line in say("redrive", "--since", "1h", "--go", "--json").stdout_bytes.splitlines()
    ]
    assert {(row["stage"], row["letters"]) for row in found["goes"]} == {("clean", 2), ("detect", 1)}
    stays = {(row["stage"], row["because"]): row["letters"] for row in found["stays"]}
    assert stays == {
        ("clean", "foreign"): 3,
        ("clean", "rests"): 1,
        ("clean", "too_large"): 1,
        ("feed", "refused_at_a_door"): 1,
    }
    assert [
        len(run(lying(settings, name))) for name in ("articles.raw", "articles.clean", "control.aliases")
    ] == [2, 1, 0]
    assert "./khabar dead show LETTER --raw" in say("redrive", "feed/0").stdout


def test_an_edited_letter_keeps_its_original_and_is_on_record(
    settings: Settings, say: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run(posted(settings, [letter(settings, 0, value=b'{"schema": 99}')]))
    (original,) = run(lying(settings, "clean.dead"))
    monkeypatch.setenv("EDITOR", "true")
    assert (
        "nothing was changed" in say("redrive", "clean/0", "--edit", "--because", "x", "--go", code=1).output
    )
    editor = tmp_path / "editor"
    editor.write_text(
        f"#!{sys.executable}\nimport sys\nopen(sys.argv[1], 'wb').write(b'{{\"schema\": 1}}\\n')\n",
        encoding="utf-8",
    )
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(editor))
    assert (
        "Edited and sent back: 1 letter"
        in say("redrive", "clean/0", "--edit", "--because", "a typo of ours", "--go").stdout
    )
    (back,) = run(lying(settings, "articles.raw"))
    assert back.value == b'{"schema": 1}', "the line end is the editor's, not the person's"
    assert headers.get(back.headers, "khabar-edited") == hashlib.sha256(original.value).hexdigest()
    assert run(lying(settings, "clean.dead")) == [original]
    shown = say("show", "clean/0").stdout
    assert f"edited to {back.topic}/{back.partition}/{back.offset} by " in shown
    assert "because a typo of ours" in shown
    assert say("show", "clean/0", "--raw").stdout_bytes == original.value
    (act,) = [orjson.loads(record.value) for record in run(lying(settings, "ops.audit"))]
    assert (act["verb"], act["which"], act["because"]) == ("dead edit", ["clean/0"], "a typo of ours")
    assert re.fullmatch(r".+@.+", act["actor"])
    assert act["detail"] == {
        "before_sha256": hashlib.sha256(original.value).hexdigest(),
        "after_sha256": hashlib.sha256(back.value).hexdigest(),
    }
    assert (
        "redriven, edited or dropped before"
        in say("redrive", "clean/0", "--edit", "--because", "again", "--go").stdout
    )


def test_dropped_letters_leave_the_list_and_keep_their_bytes(settings: Settings, say: Any) -> None:
    run(posted(settings, (letter(settings, number, reason="empty_text") for number in range(40))))
    run(posted(settings, [letter(settings, 40, stage="feed", topic="pages.jsonl:7", key=None)]))
    listed = say("list").stdout
    assert re.search(r"empty_text\s+40\s+clean 40\s+there is no text in it", listed)
    assert "Shown 20 of 41" in listed
    assert stands() == (1, {0, 40})
    assert "Would acknowledge 41 letters" in say("ack", "--since", "1h").stdout
    assert stands() == (1, {0, 40}), "a look changes nothing"
    assert "Acknowledged: 41 letters" in say("ack", "--since", "1h", "--go").stdout
    assert stands() == (0, {0}), "they are no news any more"
    assert "acknowledged already" in say("ack", "--since", "1h", "--go").stdout
    assert "acknowledged" in say("list", "--all").stdout
    assert (
        "Dropped: 41 letters" in say("drop", "--since", "1h", "--because", "a scraper's test", "--go").stdout
    )
    assert "No dead letters.\n\n41 more" in say("list").stdout
    assert "dropped" in say("list", "--all").stdout
    assert len(say("list", "--all", "--json", "--stage", "feed").stdout_bytes.splitlines()) == 1
    assert stands() == (0, {0})
    assert len(say("show", "clean/7", "--raw").stdout_bytes) > 0
    assert run(lying(settings, "articles.raw")) == []
    acts = [orjson.loads(record.value) for record in run(lying(settings, "ops.audit"))]
    assert [act["counts"] for act in acts] == [{"feed bug": 1}, {"clean empty_text": 40}] * 2
    assert [(act["verb"], act["because"]) for act in acts] == [("dead ack", "")] * 2 + [
        ("dead drop", "a scraper's test")
    ] * 2


def stands() -> tuple[int, set[int]]:
    """How many letters of feed, and of each stage, ``khabar status`` still tells of."""
    status = orjson.loads(waited(lambda: CliRunner().invoke(khabar, ["status", "--json"])).stdout_bytes)
    return status["refused"], {row["dead"] for row in status["stages"]}


def test_newer_revisions_that_passed_are_told_of(settings: Settings, say: Any) -> None:
    run(posted(settings, (letter(settings, number) for number in (0, 12, 24))))
    raw, sent = topics.spelled("articles.raw", settings.run), topics.spelled("articles.clean", settings.run)
    newer = {b"doc-0": b"%s/0/500/9" % raw.encode(), b"doc-12": b"%s/0/11/9" % raw.encode()}
    run(
        posted(
            settings,
            [
                (sent, {"key": doc, "value": b"{}", "headers": [("khabar-origin", origin)]})
                for doc, origin in newer.items()
            ],
        )
    )
    said = say("redrive", "--stage", "clean").stdout
    assert "Meanwhile something newer of the same document has passed 1 of them: clean/0" in said
    assert "not checked" not in said


def test_a_rate_is_kept(settings: Settings, say: Any) -> None:
    run(posted(settings, (letter(settings, number) for number in range(20))))
    begun = time.monotonic()
    say("redrive", "--stage", "clean", "--rate", "10/s", "--go")
    assert time.monotonic() - begun >= 2.0
    assert len(run(lying(settings, "articles.raw"))) == 20


def test_an_older_broker_is_told_what_it_lacks(
    broker: str, run_name: str, say: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = Settings(kafka=broker, run=f"{run_name}-bare")
    run(
        declare.apply(
            bare, [topic for topic in topics.TOPICS if topic.name in {"clean.dead", "articles.raw"}]
        )
    )
    run(posted(bare, [letter(bare, 0)]))
    monkeypatch.setenv("KHABAR_RUN", bare.run)
    assert "./khabar topics apply" in say("redrive", "--stage", "clean", "--go", code=1).output
    assert run(lying(bare, "articles.raw")) == []
