"""Workers as child processes: one that dies is started again, with the truth about its end, and is given up
at last.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator

import pytest

from services.cli.speech import Failure
from services.cli.verbs.run import _ports
from services.cli.worker_processes import MOST_ENDS, Engine, Supervisor, ending
from services.stages import DOORS, VIEWS, WORKERS
from shared.settings import Settings
from shared.wire.topics import STAGES


class Programs(Engine):
    """An engine whose workers are little programs."""

    program: str

    def command(self, stage: str) -> list[str]:
        return [sys.executable, "-c", self.program, stage]


@pytest.fixture
def engine() -> Iterator[Programs]:
    made = Programs(Settings())
    yield made
    made.stop()


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def ended(engine: Engine, stage: str) -> None:
    engine.workers[stage].wait(10)


def test_an_end_is_told_as_it_was() -> None:
    assert (
        ending("clean", -signal.SIGKILL)
        == "clean was killed by SIGKILL: by hand, or by the system because memory ran out"
    )
    assert ending("clean", -signal.SIGSEGV) == "clean was killed by SIGSEGV"
    assert ending("clean", 1) == "clean ended by itself with exit status 1: its last log line says why"
    assert ending("clean", 0) == "clean ended by itself with exit status 0"


def test_a_killed_worker_is_started_again_after_a_pause_that_doubles(engine: Programs) -> None:
    engine.program, clock = "import time; time.sleep(60)", Clock()
    engine.start(["clean", "link"])
    watching = Supervisor(engine, ends_in_order=False, clock=clock)
    others = engine.workers["clean"].pid
    for pause_s in (1.0, 2.0, 4.0):
        before = engine.workers["link"].pid
        os.kill(before, signal.SIGKILL)
        ended(engine, "link")
        assert watching.look()
        clock.now += pause_s - 0.1
        assert watching.look()
        assert engine.workers["link"].pid == before, "not before its pause is over"
        clock.now += 0.2
        assert watching.look()
        assert engine.workers["link"].pid != before
        assert engine.endings() == ""
    assert engine.workers["clean"].pid == others


def test_a_worker_that_always_dies_is_given_up_with_its_reason(engine: Programs) -> None:
    engine.program, clock = "raise SystemExit(1)", Clock()
    engine.start(["link"])
    watching = Supervisor(engine, ends_in_order=False, clock=clock)
    for _ in range(MOST_ENDS - 1):
        ended(engine, "link")
        watching.look()
        clock.now += 16
        watching.look()
    ended(engine, "link")
    with pytest.raises(
        Failure, match=r"link ended by itself with exit status 1.*the 5th time within 300 s"
    ) as last:
        watching.look()
    assert last.value.exit_code == 1


def test_one_that_dies_now_and_then_is_not_given_up(engine: Programs) -> None:
    engine.program, clock = "raise SystemExit(1)", Clock()
    engine.start(["link"])
    watching = Supervisor(engine, ends_in_order=False, clock=clock)
    for _ in range(MOST_ENDS + 3):
        ended(engine, "link")
        watching.look()
        clock.now += 100
        assert watching.look()


def test_wrong_use_is_not_tried_again(engine: Programs) -> None:
    engine.program = "raise SystemExit(2)"
    engine.start(["extract"])
    ended(engine, "extract")
    with pytest.raises(Failure, match="extract ended by itself with exit status 2") as said:
        Supervisor(engine, ends_in_order=False).look()
    assert said.value.exit_code == 2


def test_workers_of_a_run_that_was_stopped_are_let_go(engine: Programs) -> None:
    engine.program = ""
    engine.start(["clean", "link"])
    for stage in ("clean", "link"):
        ended(engine, stage)
    assert not Supervisor(engine, ends_in_order=True).look(), "nobody is left"
    assert Supervisor(engine, ends_in_order=False).look(), "of live they come back"


def test_a_worker_s_port_depends_on_the_first_alone(capsys: pytest.CaptureFixture[str]) -> None:
    first = 20_000 + time.time_ns() // 1_000 % 9_000
    few = _ports(Settings(metrics_port=first), [*STAGES, *VIEWS])
    assert few == {name: first + at for at, name in enumerate((*STAGES, *VIEWS))}
    assert f"http://127.0.0.1:{few['link']}/metrics" in capsys.readouterr().out
    assert few.items() <= _ports(Settings(metrics_port=first), [*STAGES, *VIEWS, *DOORS]).items()
    assert _ports(Settings(), list(WORKERS)) == {}
    with pytest.raises(Failure, match="no room"):
        _ports(Settings(metrics_port=65_535), list(STAGES))
