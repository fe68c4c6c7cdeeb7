"""``khabar feed`` as a process of its own: streams, signals, two at once, and killed in the middle."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import ConsumerRecord
from spoken import speaker

from services.cli.worker_processes import Engine
from shared.kafka import clients, declare, tallies
from shared.settings import Settings
from shared.wire import headers, topics

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0


@pytest.fixture
def settings(broker: str, run_name: str) -> Settings:
    made = Settings(kafka=broker, run=run_name)
    asyncio.run(declare.apply(made))
    return made


def lines(*numbers: int) -> bytes:
    made = (
        {
            "source": "x.ir",
            "url": f"https://x.ir/{n}",
            "text": f"Article {n} says that the city opened tram line {n}.",
        }
        for n in numbers
    )
    return b"".join(orjson.dumps(one, option=orjson.OPT_APPEND_NEWLINE) for one in made)


def records(settings: Settings, topic: str) -> list[ConsumerRecord]:
    return asyncio.run(clients.read_all(settings, [topics.spelled(topic, settings.run)]))


def urls(settings: Settings, topic: str = topics.RAW.name) -> list[str]:
    return sorted(orjson.loads(one.value)["url"] for one in records(settings, topic))


def arrived(settings: Settings, expected: int, topic: str = topics.RAW.name) -> list[ConsumerRecord]:
    """Wait until *topic* holds at least so many records."""
    deadline = time.monotonic() + PATIENCE_S
    while len(found := records(settings, topic)) < expected:
        assert time.monotonic() < deadline, f"{len(found)} of {expected} records are in {topic}"
        time.sleep(0.2)
    return found


class Feeder:
    """A running ``khabar feed``, with what it says."""

    def __init__(self, settings: Settings, *arguments: str, **environment: str) -> None:
        env = {name: value for name, value in os.environ.items() if not name.startswith("KHABAR_")}
        env |= {"KHABAR_KAFKA": settings.kafka, "KHABAR_RUN": settings.run} | environment
        self.process = subprocess.Popen(
            [sys.executable, "-m", "services.cli", "feed", *arguments],
            cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def give(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def end(self, number: signal.Signals | None = signal.SIGTERM) -> tuple[int, str, str]:
        """Send the signal, or close its stdin; return its exit status and what it said."""
        if number is not None:
            self.process.send_signal(number)
            self.process.wait(PATIENCE_S)  # its stdin is still open
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out.decode(), err.decode()


@pytest.fixture
def feeder(settings: Settings) -> Iterator[Any]:
    running: list[Feeder] = []

    def start(*arguments: str, **environment: str) -> Feeder:
        running.append(Feeder(settings, *arguments, **environment))
        return running[-1]

    yield start
    for one in running:
        one.process.kill()
        one.process.communicate()


def test_a_line_is_delivered_though_nothing_follows_it(settings: Settings, feeder: Any) -> None:
    stream = feeder("-")
    stream.give(lines(1))
    arrived(settings, 1)
    stream.give(lines(2))
    arrived(settings, 2)
    assert stream.process.poll() is None, "it waits for more"
    code, out, err = stream.end(signal.SIGTERM)
    assert (code, "2 accepted, 0 refused" in out) == (0, True), err


def test_a_silent_stream_ends_at_once_when_it_is_told_to(settings: Settings, feeder: Any) -> None:
    stream = feeder("-")
    stream.give(lines(0))
    arrived(settings, 1)
    code, out, err = stream.end(signal.SIGINT)
    assert (code, "1 accepted" in out) == (0, True), err


@pytest.mark.parametrize(
    "rest",
    [
        b'{"source": "x.ir", "url": "https://x.ir/rest", "text": "whole, without a line feed"}',
        b'{"source": "x.ir", "te',
    ],
)
def test_sigterm_in_a_stream_loses_nothing(settings: Settings, feeder: Any, rest: bytes) -> None:
    stream = feeder("-")
    stream.give(lines(0))
    arrived(settings, 1)
    stream.give(lines(*range(1, 1200)) + rest)
    code, out, err = stream.end(signal.SIGTERM)
    expected = {f"https://x.ir/{n}" for n in range(1200)} | (
        {"https://x.ir/rest"} if rest.endswith(b"}") else set()
    )
    assert set(urls(settings)) == expected
    letters = records(settings, topics.dead("feed"))
    assert [one.value for one in letters] == ([] if rest.endswith(b"}") else [rest])
    assert code == len(letters), err
    assert f"{len(expected)} accepted, {len(letters)} refused" in out


def test_while_clean_is_behind_it_waits_and_says_so_once(settings: Settings, feeder: Any) -> None:
    stream = feeder("-", KHABAR_FEED_LAG_SECONDS="0.5")
    stream.give(lines(1))
    arrived(settings, 1)
    time.sleep(4)  # the brake looks every two seconds
    stream.give(lines(2))
    time.sleep(2)
    assert urls(settings) == ["https://x.ir/1"]
    code, out, err = stream.end(signal.SIGTERM)
    assert (code, "2 accepted" in out) == (0, True), err
    assert urls(settings) == ["https://x.ir/1", "https://x.ir/2"], "what was read is not lost"
    assert err.count("waiting: clean is") == 1


def settled(settings: Settings, expected: int, known: int) -> None:
    """Wait until clean has made *expected* articles and dropped *known* repeats, and see that there are no
    more.
    """
    arrived(settings, expected, topics.CLEAN.name)
    deadline = time.monotonic() + PATIENCE_S
    while (
        dropped := asyncio.run(tallies.of_group(settings, topics.group("clean", settings.run))).dropped[
            "known"
        ]
    ) < known:
        assert time.monotonic() < deadline, f"{dropped} of {known} repeats were dropped"
        time.sleep(0.2)
    assert dropped == known
    made = [orjson.loads(one.value)["doc_id"] for one in records(settings, topics.CLEAN.name)]
    assert len(made) == len(set(made)) == expected


@pytest.fixture
def clean(settings: Settings, tmp_path: Path) -> Iterator[None]:
    engine = Engine(settings, tmp_path / "logs")
    (tmp_path / "logs").mkdir()
    engine.start(["clean"])
    yield
    engine.stop()


@pytest.mark.usefixtures("clean")
def test_two_feeders_at_once_and_one_that_was_killed_come_to_the_same(
    settings: Settings, feeder: Any, tmp_path: Path
) -> None:
    path = tmp_path / "pages.jsonl"
    path.write_bytes(lines(*range(300)))
    both = [feeder(str(path)), feeder(str(path))]
    for one in both:
        code, out, err = one.end(None)
        assert (code, "300 accepted" in out) == (0, True), err
    settled(settings, 300, known=300)

    killed = feeder("-")
    killed.give(lines(*range(300, 500)))
    arrived(settings, 601)
    killed.end(signal.SIGKILL)
    again = len(records(settings, topics.RAW.name)) - 600
    path.write_bytes(lines(*range(300, 600)))
    code, out, err = feeder(str(path)).end(None)
    assert (code, "300 accepted" in out) == (0, True), err
    settled(settings, 600, known=300 + again)


def test_a_watched_folder(settings: Settings, feeder: Any, tmp_path: Path) -> None:
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "there.jsonl").write_bytes(lines(1))
    watch = feeder(str(folder), "--watch")
    arrived(settings, 1)
    (folder / ".new.part").write_bytes(lines(2, 3))
    (folder / ".new.part").rename(folder / "new.jsonl")
    arrived(settings, 3)
    code, out, err = watch.end(signal.SIGTERM)
    assert (code, "3 accepted, 0 refused" in out) == (0, True), err


@pytest.fixture
def say(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    return speaker(settings, monkeypatch, "feed")


def test_what_is_refused_is_said_with_its_place_and_kept_with_its_bytes(
    settings: Settings, say: Any, tmp_path: Path
) -> None:
    good, pdf = tmp_path / "pages.jsonl", tmp_path / "report.pdf"
    good.write_bytes(lines(1) + b'{"text": "whose?"}\n' * 4 + b'{"source": "x.ir", "te\\u001bxt": "a"}\n')
    pdf.write_bytes(b"%PDF-1.7\n\x00\xff\xfe")
    said = say(str(good), str(pdf), code=1).output
    assert "1 accepted, 6 refused" in said
    assert f'{good}:2: no source: add "source" or a "url", or give --source (no_identity)' in said
    assert "and 1 more" in said
    assert "\x1b" not in said
    letters = records(settings, topics.dead("feed"))
    assert letters[-1].value == pdf.read_bytes()
    assert headers.get(letters[-1].headers, "khabar-topic") == str(pdf)
    assert headers.get(letters[-1].headers, headers.REASON) == "undecodable"
    found = orjson.loads(say(str(good), str(pdf), "--source", "x.ir", "--json", code=1).stdout_bytes)
    assert (found["accepted"], found["refused"]) == (5, {"empty_text": 1, "undecodable": 1})
    assert 'looks like "text"' in found["faults"][0]["detail"]


def test_a_letter_of_many_megabytes_goes_through(settings: Settings, say: Any, tmp_path: Path) -> None:
    path = tmp_path / "film.bin"
    path.write_bytes(b"\x00\x01" * (17 << 20))
    say(str(path), code=1)
    assert [len(one.value) for one in records(settings, topics.dead("feed"))] == [34 << 20]


def test_a_folder_a_backfill_and_a_mapping(settings: Settings, say: Any, tmp_path: Path) -> None:
    (tmp_path / "site" / ".venv" / "licences").mkdir(parents=True)
    (tmp_path / "site" / ".venv" / "licences" / "a.txt").write_bytes(b"a licence")
    (tmp_path / "site" / "logo.png").write_bytes(b"\x89PNG")
    (tmp_path / "site" / "rows.csv").write_bytes(b"adresse,inhalt\nhttps://x.ir/1,one\nhttps://x.ir/2,two\n")
    mapping = tmp_path / "map.yml"
    mapping.write_bytes(b"text: inhalt\nurl: adresse\n")
    said = say(str(tmp_path / "site"), "--map", str(mapping), "--backfill").output
    assert "2 accepted, 0 refused" in said
    assert "passed over: 1 hidden, 1 .png" in said
    assert urls(settings) == []
    assert urls(settings, topics.BACKFILL.name) == ["https://x.ir/1", "https://x.ir/2"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("",), "an empty name"),
        (("nothing-here.jsonl",), "is not there"),
        (("-", "--source", ""), "--source is empty"),
        (("-", "--watch"), "for folders"),
        (("pyproject.toml", "--map", "pyproject.toml"), "no YAML"),
    ],
)
def test_wrong_use_is_said_before_anything_is_read(
    say: Any, arguments: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert words in say(*arguments, code=2).output
