"""Every verb against a running engine: what it says, and that ``--json`` gives one object a line."""

from __future__ import annotations

import asyncio
import dataclasses
import fcntl
import os
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import orjson
import pytest
from click.testing import CliRunner
from spoken import objects, speaker

from services.cli import VERBS, khabar
from services.cli.verbs import status_watch
from services.cli.worker_processes import Engine
from services.feed.core import item_of
from services.feed.feeding import feed
from services.feed.reading import named
from services.feed.reading.job import Job
from services.feed.submission import Submission
from services.stages import VIEWS
from shared.kafka import clients, declare
from shared.settings import Settings
from shared.wire import topics
from shared.wire.topics import STAGES

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "tests" / "seeds"
OTHER = b'{"source": "elsewhere", "text": "The city opened a new tram line on Monday. Mayor Anna Keller rode the first tram with 200 guests."}'


@pytest.fixture(scope="module")
def engine(broker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """An engine that has linked the seeds, one other article, and refused one line."""
    settings = Settings(kafka=broker, run=f"verbs-{os.getpid()}")
    asyncio.run(declare.apply(settings))
    running = Engine(settings, tmp_path_factory.mktemp("logs"))
    running.start([*STAGES, *VIEWS])
    paths = sorted(SEEDS.glob("*.txt"))
    seeds = [
        page
        for path in paths
        for page in named.submissions([str(path)], Job(source=f"outlet-{path.name[:3]}"))
    ]
    with pytest.raises(Exception, match="not_json") as refused:
        item_of(b"broken \x1b[31m", "")
    fed = [
        *seeds,
        Submission("other", OTHER, *item_of(OTHER, "")),
        Submission("lines:7", b"broken \x1b[31m", None, b"", refused.value),
    ]
    asyncio.run(feed(settings, fed))
    try:
        asyncio.run(_linked(settings, 3))
        yield settings
    finally:
        running.stop()


async def _linked(settings: Settings, expected: int) -> None:
    async with asyncio.timeout(60):
        while (  # noqa: ASYNC110 - a broker is asked
            len(await clients.read_all(settings, [topics.spelled(topics.LINKED.name, settings.run)]))
            < expected
        ):
            await asyncio.sleep(0.3)


@pytest.fixture(scope="module")
def archive(engine: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of an archive of that engine, which is kept."""
    home = tmp_path_factory.mktemp("home")
    running = Engine(dataclasses.replace(engine, home=home), tmp_path_factory.mktemp("logs"))
    running.start(["archive"])
    begun = time.time()
    try:
        while not (home / "archive" / engine.run / "current").exists():
            assert time.time() < begun + 60, running.endings()
            time.sleep(0.2)
        yield home
    finally:
        running.stop()


@pytest.fixture(params=["topics", "archive"])
def say(
    request: pytest.FixtureRequest, engine: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """Runs a verb, which asks the topics or an archive."""
    home = tmp_path if request.param == "topics" else request.getfixturevalue("archive")
    monkeypatch.setenv("KHABAR_HOME", str(home))
    return speaker(engine, monkeypatch)


def test_status_says_what_runs_and_what_to_do(say: Any) -> None:
    said = say("status").stdout
    for stage in STAGES:
        assert re.search(rf"{stage}\s+1\b", said), f"{stage} has one worker"
    assert "2 stories" in said
    (found,) = objects(say("status", "--json"))
    assert {row["stage"] for row in found["stages"]} == set(STAGES)
    assert all(row["waiting"] == 0 for row in found["stages"])
    assert found["todo"]


WATCH = "import signal; from services.cli import main; signal.signal(signal.SIGINT, signal.default_int_handler); main()"
"""Runs ``khabar``; a process in the background of a shell would not hear Ctrl-C."""


def test_status_is_watched_in_its_place_until_ctrl_c(engine: Settings) -> None:
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
    env = os.environ | {"KHABAR_KAFKA": engine.kafka, "KHABAR_RUN": engine.run}
    watching = subprocess.Popen(
        [sys.executable, "-c", WATCH, "status", "--watch"], stdout=theirs, env=env, cwd=ROOT
    )
    os.close(theirs)
    drawn = b""
    while b"Ctrl-C ends it" not in drawn:
        drawn += os.read(ours, 65536)
    watching.send_signal(signal.SIGINT)
    while part := read(ours):
        drawn += part
    assert watching.wait(10) == 0
    frame, _, after = drawn.decode().partition(status_watch.BACK)
    assert frame.startswith(status_watch.OTHER_SCREEN)
    for said in (frame, after):
        assert "2 stories" in said
        for stage in STAGES:
            assert re.search(rf"^ *{stage} .*[{status_watch.BLOCKS}]", said, re.MULTILINE), (
                f"the course of {stage}"
            )


def read(terminal: int) -> bytes:
    """What is still to be read from *terminal*; nothing when the other end is closed."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def test_story_why_and_trace_follow_an_article(say: Any) -> None:
    stories = objects(say("story", "--json"))
    both = next(story for story in stories if story["members"]["n"] == 2)
    assert both["story_id"][:8] in say("story").stdout
    whole = say("story", both["story_id"][:8]).stdout
    assert "Persian" in whole
    assert "Arabic" in whole
    doc = both["doc_ids"][-1]
    why = say("why", doc[:10]).stdout
    assert "joined story" in why
    assert "سالیوان" in why
    trace = say("trace", doc[:10]).stdout
    for stage in ("feed", *STAGES):
        assert re.search(rf"^{stage}\b", trace, re.MULTILINE)
    assert len(objects(say("trace", doc, "--json"))) == 5
    other = next(story for story in stories if story["members"]["n"] == 1)
    whynot = say("why", doc[:10], other["story_id"][:8]).stdout
    assert other["story_id"] in whynot


def test_search_finds_a_name_in_every_spelling_and_says_what_was_searched(
    archive: Path, engine: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KHABAR_RUN", engine.run)
    monkeypatch.setenv("KHABAR_HOME", str(archive))
    for query in ("سالیوان", "سوليفان", "ساليفان", "Sullivan", "jake sullivan"):
        *hits, searched = objects(CliRunner().invoke(khabar, ["search", query, "--json"]))
        assert sorted(hit["article"]["lang"] for hit in hits) == ["ar", "fa"], query
        assert (searched["matching"], searched["searched"]) == (2, 3)
    said = CliRunner().invoke(khabar, ["search", "گزینه های جایگزین"])
    assert "1 of 3 articles match" in said.stdout
    assert CliRunner().invoke(khabar, ["search", "x", "--since", "yesterday"]).exit_code == 2
    monkeypatch.setenv("KHABAR_HOME", str(tmp_path))
    none = CliRunner().invoke(khabar, ["search", "x"])
    assert none.exit_code == 1
    assert "run archive" in none.output


def test_ids_that_match_nothing_or_too_much_say_what_to_do(say: Any) -> None:
    assert "no article" in say("trace", "ffffffffffff", code=1).output
    assert "too short" in say("trace", "ab", code=2).output
    assert "no story" in say("story", "ffffffff", code=1).output


def test_dead_letters_are_listed_and_shown_whole(say: Any) -> None:
    assert "not_json" in say("dead", "list").stdout
    (letter,) = objects(say("dead", "list", "--json"))
    shown = say("dead", "show", letter["letter"]).stdout
    assert "lines:7" in shown
    assert "\x1b[31m" not in shown, "a letter cannot colour the terminal"
    assert say("dead", "show", letter["letter"], "--raw").stdout_bytes == b"broken \x1b[31m"
    assert "not a letter" in say("dead", "show", "nonsense", code=2).output


def test_topics_are_there_when_they_are_said_to_be(broker: str, run_name: str) -> None:
    for number in range(5):
        settings = Settings(kafka=broker, run=f"{run_name}-{number}")
        asyncio.run(declare.apply(settings))
        assert asyncio.run(declare.missing(settings)) == [], "whoever starts at once finds them"


def test_topics_are_as_declared(say: Any) -> None:
    assert "as declared" in say("topics", "check").stdout
    assert "Created 0 topics" in say("topics", "apply").stdout


def test_feed_says_what_it_did(say: Any, tmp_path: Path) -> None:
    path = tmp_path / "pages.jsonl"
    path.write_bytes(OTHER + b"\nbroken\n")
    result = say("feed", str(path), "--json", code=1)
    assert orjson.loads(result.stdout_bytes)["accepted"] == 1
    assert orjson.loads(result.stdout_bytes)["refused"] == {"not_json": 1}


def test_try_needs_no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHABAR_KAFKA", "127.0.0.1:1")
    result = CliRunner().invoke(khabar, ["try", str(SEEDS)])
    assert result.exit_code == 0, result.output
    assert "1 Persian, 1 Arabic" in result.stdout
    found = objects(CliRunner().invoke(khabar, ["try", str(SEEDS), "--json"]))
    assert sum("linked" in one for one in found) == 2


def _commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(khabar)
    for name in VERBS:
        command = khabar.get_command(context, name)
        assert command is not None
        yield name, command


def test_every_verb_has_help_with_an_example_and_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, command in _commands():
        assert re.search(rf"Example: khabar {name}\b", command.help or ""), f"{name} shows no example"
        assert f"khabar {name}" in readme, f"README does not know {name}"


@pytest.mark.parametrize("name", VERBS)
def test_every_example_is_one_the_command_takes(name: str) -> None:
    command = khabar.get_command(click.Context(khabar), name)
    assert command is not None
    example = re.search(r"Example: khabar (.+)", command.help or "")
    assert example is not None
    verb, *arguments = example[1].split()
    assert verb == name
    context = command.make_context(name, arguments)
    if isinstance(command, click.Group):
        sub = command.get_command(context, arguments[0])
        assert sub is not None
        sub.make_context(arguments[0], arguments[1:])
