"""Runs on a real broker: the same again gives the same, killed or not; what is left out stays out; live is
left alone.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest
from test_engine import line, page

from services.cli.worker_processes import Engine, environment
from services.feed.feeding import feed
from shared.broker.node import Broker
from shared.kafka import clients, declare, runs, tallies
from shared.settings import Settings
from shared.wire import headers, topics
from shared.wire.topics import STAGES

ROOT = Path(__file__).resolve().parents[2]
SEEDS = sorted((ROOT / "tests" / "seeds").glob("*.txt"))
LINES = 58
ARTICLES = LINES + len(SEEDS)
COMPARED = (
    "articles.clean",
    "articles.detected",
    "articles.extracted",
    "articles.linked",
    "stories",
    "clean.changelog",
    "link.changelog",
)


@dataclass(frozen=True)
class World:
    """A broker where live has worked off some articles."""

    settings: Settings
    env: dict[str, str]

    def khabar(self, *words: str, status: int = 0) -> str:
        """Run the command and return what it printed."""
        command = [sys.executable, "-m", "services.cli", *words]
        done = subprocess.run(
            command,
            env=self.env,
            cwd=self.env["PYTHONPATH"],
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def newest(self, topic: str, run: str = topics.LIVE) -> dict[tuple[int, bytes], bytes | None]:
        """Return the last value of every key in every partition: in a changelog each lane has keys of its
        own.
        """
        records = asyncio.run(clients.read_all(self.settings, [topics.spelled(topic, run)]))
        return {(record.partition, record.key): record.value for record in records}

    def keys(self, topic: str, run: str = topics.LIVE) -> set[bytes]:
        return {key for _, key in self.newest(topic, run)}

    def ends(self) -> dict[str, list[int]]:
        """Return the ends of live's topics."""

        async def read() -> dict[str, list[int]]:
            async with clients.reader(self.settings) as client:
                found = {}
                for name in (*COMPARED, "articles.raw", "stories.events"):
                    parts = await clients.partitions(client, name)
                    found[name] = [(await client.end_offsets(parts))[part] for part in parts]
                return found

        return asyncio.run(read())


@contextmanager
def engine(settings: Settings, logs: Path) -> Iterator[None]:
    running = Engine(settings, logs)
    running.start(STAGES)
    try:
        yield
    finally:
        running.stop()


async def linked(settings: Settings, expected: int, limit_s: float = 180) -> None:
    deadline = time.monotonic() + limit_s
    while (n := len(await clients.read_all(settings, ["articles.linked"]))) < expected:
        assert time.monotonic() < deadline, f"{n} of {expected}"
        await asyncio.sleep(0.5)


def bodies_of_seeds() -> list[bytes]:
    return [orjson.dumps({"source": path.stem, "text": path.read_text(encoding="utf-8")}) for path in SEEDS]


@contextmanager
def worked_off(folder: Path, bodies: Sequence[bytes]) -> Iterator[World]:
    with Broker(folder / "kafka") as broker:
        settings = Settings(kafka=broker.bootstrap, tagger="rules", home=folder / "home")
        asyncio.run(declare.apply(settings))
        with engine(settings, folder / "logs"):
            asyncio.run(feed(settings, [page(body) for body in bodies]))
            asyncio.run(linked(settings, len(bodies)))
        env = {name: value for name, value in os.environ.items() if not name.startswith("KHABAR_")}
        yield World(
            settings,
            env | environment(settings) | {"KHABAR_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT)},
        )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with worked_off(
        tmp_path_factory.mktemp("replay"), [*map(line, range(LINES)), *bodies_of_seeds()]
    ) as made:
        yield made


def test_the_same_again_gives_the_same_bytes_and_the_same_memory_and_live_is_left_alone(world: World) -> None:
    before = world.ends()
    said = world.khabar("replay", "plan", "articles.raw", "--since", "3d", "--run", "again")
    assert f"{ARTICLES} records" in said
    assert "Next: ./khabar replay start again" in said
    assert "Next: ./khabar replay diff again" in world.khabar("replay", "start", "again")
    for topic in COMPARED:
        assert world.newest(topic, "again") == world.newest(topic), topic
    assert world.ends() == before
    standing = orjson.loads(world.khabar("replay", "status", "again", "--json"))
    assert standing["run"]["state"] == "caught_up"
    assert [(one["stage"], one["finished"]) for one in standing["stages"]] == [
        (stage, {"produced": ARTICLES}) for stage in ("clean", "detect", "extract", "order", "link")
    ]
    found = orjson.loads(world.khabar("replay", "diff", "again", "--json"))
    assert (found["articles"]["same"], found["differences"]) == (ARTICLES, 0)
    world.khabar("replay", "drop", "again", "--go")
    assert world.newest("articles.linked", "again") == {}
    assert world.ends() == before


def test_what_only_warms_the_lanes_is_read_and_not_compared(world: World) -> None:
    records = asyncio.run(clients.read_all(world.settings, ["articles.raw"]))
    stamps = sorted(record.timestamp for record in records)
    since = headers.rfc3339(stamps[len(stamps) // 2])
    world.khabar("replay", "plan", "articles.raw", "--since", since, "--warm-up", "1d", "--run", "warmed")
    world.khabar("replay", "start", "warmed")
    assert len(world.newest("articles.linked", "warmed")) == ARTICLES
    found = orjson.loads(world.khabar("replay", "diff", "warmed", "--json"))
    run = asyncio.run(runs.load(world.settings, "warmed"))
    assert run is not None
    counted = sum(record.offset >= run.since[record.partition] for record in records)
    assert 0 < counted < ARTICLES
    assert (found["articles"]["same"], found["differences"]) == (counted, 0)
    world.khabar("replay", "drop", "warmed", "--go")


@pytest.mark.slow
def test_killed_twice_and_begun_again_it_gives_the_bytes_of_a_run_that_nobody_disturbed(world: World) -> None:
    world.khabar("replay", "plan", "articles.raw", "--run", "killed")
    for share in (0.2, 0.6):
        command = [sys.executable, "-m", "services.cli", "replay", "start", "killed"]
        running = subprocess.Popen(
            command,
            env=world.env,
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 120
        while _steps(world, "killed") < share * 5 * ARTICLES:
            assert time.monotonic() < deadline
            assert running.poll() is None
            time.sleep(0.2)
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    world.khabar("replay", "start", "killed")
    for topic in COMPARED:
        assert world.newest(topic, "killed") == world.newest(topic), topic
    for topic in COMPARED[:4]:
        records = asyncio.run(clients.read_all(world.settings, [topics.spelled(topic, "killed")]))
        assert max(Counter(record.key for record in records).values()) == 1, topic
    world.khabar("replay", "diff", "killed")
    world.khabar("replay", "drop", "killed", "--go")


def _steps(world: World, run: str) -> int:
    async def read() -> int:
        groups = [topics.group(stage, run) for stage in (*STAGES, "order")]
        return sum([(await tallies.of_group(world.settings, group)).finished.total() for group in groups])

    return asyncio.run(read())


def test_a_part_of_the_articles_from_a_later_stage(world: World) -> None:
    live = {
        key: orjson.loads(value)
        for key, value in world.newest("articles.detected").items()
        if value is not None
    }
    persian = {key for (_, key), article in live.items() if article["language"]["lang"] == "fa"}
    assert 0 < len(persian) < ARTICLES
    assert "knows no languages" in world.khabar(
        "replay", "plan", "articles.raw", "--language", "fa", "--run", "part", status=2
    )
    world.khabar("replay", "plan", "articles.detected", "--language", "fa", "--run", "part")
    world.khabar("replay", "start", "part", "--rate", "40/s")
    assert world.keys("articles.extracted", "part") == persian
    assert world.keys("articles.linked", "part") == persian
    standing = orjson.loads(world.khabar("replay", "status", "part", "--json"))
    assert standing["stages"][0] | {"finished": None} == {
        "stage": "extract", "finished": None, "dropped": {"unwanted": ARTICLES - len(persian)}, "dead": {}, "rests": True,
    }  # fmt: skip
    world.khabar("replay", "drop", "part", "--go")


def test_link_alone_over_some_offsets(world: World) -> None:
    world.khabar("replay", "plan", "articles.extracted", "--offsets", "0:0-30", "--run", "links")
    world.khabar("replay", "start", "links")
    live = asyncio.run(clients.read_all(world.settings, ["articles.extracted"]))
    assert world.keys("articles.linked", "links") == {record.key for record in live if record.offset < 30}
    world.khabar("replay", "drop", "links", "--go")


def test_paused_it_rests_stopped_its_workers_go_and_other_workers_may_join(world: World) -> None:
    world.khabar("replay", "plan", "articles.extracted", "--run", "steered")
    assert "is planned" in world.khabar("replay", "pause", "steered", status=2)
    world.khabar("replay", "start", "steered", "--no-workers")
    world.khabar("replay", "pause", "steered")
    joined = Engine(
        dataclasses.replace(world.settings, run="steered"), Path(world.env["KHABAR_HOME"]) / "joined"
    )
    joined.start(["link"])
    try:
        log = Path(world.env["KHABAR_HOME"]) / "joined" / "link.log"
        deadline = time.monotonic() + 60
        while '"event":"assigned"' not in log.read_text(encoding="utf-8"):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        time.sleep(2)
        assert _steps(world, "steered") == 0
        world.khabar("replay", "resume", "steered")
        while _steps(world, "steered") < ARTICLES:
            assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
            time.sleep(0.2)
        world.khabar("replay", "stop", "steered")
        assert joined.workers["link"].wait(20) == 0
    finally:
        joined.stop()
    assert world.newest("articles.linked", "steered") == world.newest("articles.linked")
    world.khabar("replay", "drop", "steered", "--go")


def linked_tree(folder: Path) -> Path:
    """Return a tree of links to the engine's files: what is changed there changes nothing here."""
    for package in ("services", "shared"):
        shutil.copytree(
            ROOT / package,
            folder / package,
            copy_function=os.symlink,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    return folder


def changed(folder: Path, name: str, was: str, becomes: str) -> Path:
    """Return a tree of links in which the file *name* says *becomes* in place of *was*."""
    linked_tree(folder)
    text = (folder / name).read_text(encoding="utf-8")
    assert text.count(was) == 1
    (folder / name).unlink()
    (folder / name).write_text(text.replace(was, becomes), encoding="utf-8")
    return folder


def test_a_date_rule_switched_off_is_what_the_diff_shows(world: World, tmp_path: Path) -> None:
    other = dataclasses.replace(
        world,
        env=world.env
        | {
            "PYTHONPATH": str(
                changed(
                    tmp_path, "services/clean/page/published.py", "    return labelled\n", "    return {}\n"
                )
            )
        },
    )
    other.khabar("replay", "plan", "articles.raw", "--run", "dateless")
    other.khabar("replay", "start", "dateless")
    found = orjson.loads(world.khabar("replay", "diff", "dateless", "--json", status=1))
    of_clean = [one for one in found["fields"] if one["path"].startswith("clean.")]
    assert [one["languages"] for one in of_clean if one["path"].startswith("clean.published")] == [
        {"fa": 1}
    ], of_clean
    assert {one["path"].split(".")[1].split("[")[0] for one in of_clean} <= {
        "published",
        "why",
        "warnings",
        "quality",
    }, of_clean
    said = world.khabar("replay", "diff", "dateless", status=1)
    assert "clean.published" in said
    assert len(said.splitlines()) <= 45, "one screen"
    world.khabar("replay", "drop", "dateless", "--go")


def test_another_threshold_of_link_is_a_story_that_splits(tmp_path: Path) -> None:
    """Of the two seeds alone: which of many made articles come together depends on who was first."""
    with worked_off(tmp_path, bodies_of_seeds()) as world:
        tree = changed(tmp_path / "tree", "services/link/data/model.json", '"prior": 10.0', '"prior": 1e12')
        other = dataclasses.replace(world, env=world.env | {"PYTHONPATH": str(tree)})
        other.khabar("replay", "plan", "articles.extracted", "--run", "strict")
        other.khabar("replay", "start", "strict")
        found = orjson.loads(world.khabar("replay", "diff", "strict", "--json", status=1))
        assert {stage for stage, (was, now) in found["makers"].items() if was != now} == {"link"}
        assert all(one["path"].startswith("linked.") for one in found["fields"])
        assert {kind: found["stories"][kind]["times"] for kind in ("split", "merged", "moved")} == {
            "split": 1,
            "merged": 0,
            "moved": 0,
        }
        (told,) = [one["reasons"] for one in found["stories"]["split"]["told"]]
        assert [one["verb"] for one in told] == ["joined", "opened"]
        assert told[0]["words"]
        assert " split, of " in world.khabar("replay", "diff", "strict", status=1)


def test_what_cannot_be_run_is_said(world: World) -> None:
    for words, why in (
        (("plan", "articles.linked", "--run", "x"), "no stage reads"),
        (("plan", "articles.raw", "--run", "live"), "no name of a run"),
        (("plan", "stories", "--run", "events"), "names that others have"),
        (("plan", "articles.raw", "--run", "x", "--since", "yesterday"), "no moment"),
        (("plan", "articles.raw", "--run", "x", "--offsets", "0:1-2", "--since", "3d"), "--offsets say all"),
        (("start", "nobody"), "no run nobody"),
    ):
        said = world.khabar("replay", *words, status=2)
        assert why in said, said
