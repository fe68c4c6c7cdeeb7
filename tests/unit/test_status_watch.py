"""The watched screen: drawn in its place, alive while the broker is away, and the terminal as it was when it
ends.
"""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable

import pytest
from aiokafka.errors import KafkaConnectionError

from services.cli import speech
from services.cli.verbs import status_watch
from services.cli.verbs.status_watch import BACK, HOME, OTHER_SCREEN, Course, Reading, bars


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def one_line(minute: int) -> None:
    speech.line(f"{minute} a minute")


def seen(
    looks: Iterable[object],
    monkeypatch: pytest.MonkeyPatch,
    terminal: io.StringIO,
    show: Callable[[int], None] = one_line,
) -> str:
    """Everything that is written while *looks* are found one after the other; an exception among them is
    raised in its turn.
    """
    coming = iter(looks)

    def look() -> int:
        found = next(coming)
        if isinstance(found, BaseException):
            raise found
        assert isinstance(found, int)
        return found

    def readings(minute: int) -> list[Reading]:
        return [Reading("clean", minute, 2.0 * minute), Reading("link", 0, 0.0)]

    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(status_watch, "EVERY_S", 0.0)
    status_watch.watch(look, show, readings, drawn=True)
    return terminal.getvalue()


def test_each_look_is_drawn_over_the_last_and_the_terminal_is_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    said = seen([10, 40, KeyboardInterrupt()], monkeypatch, Terminal())
    assert said.startswith(OTHER_SCREEN)
    drawn, _, after = said.partition(BACK)
    first, second = drawn.split(HOME)[1:]
    assert "10 a minute" in first
    assert "40 a minute" in second
    assert "▃█" in second, "the course of clean: a quarter of the highest, then the highest"
    assert "40 a minute" in after, "what was seen last stays"
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_low_terminal_keeps_the_table_what_to_do_and_the_course(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_watch.shutil, "get_terminal_size", lambda: os.terminal_size((80, 24)))

    def show(_: int) -> None:
        speech.line("\n".join([*(f"row {n}" for n in range(30)), "All is well."]))

    said = seen([5, KeyboardInterrupt()], monkeypatch, Terminal(), show)
    lines = said.partition(BACK)[0].split(HOME)[1].splitlines()
    assert len(lines) == 24, "and one for the rest of the screen"
    shown = "\n".join(lines)
    for part in ("row 0", "row 10", "…", "All is well.", "█", "Ctrl-C ends it"):
        assert part in shown
    assert "row 29" not in shown


def test_a_broker_that_is_away_is_said_and_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    said = seen([7, KafkaConnectionError("gone"), 8, KeyboardInterrupt()], monkeypatch, Terminal())
    frames = said.partition(BACK)[0].split(HOME)[1:]
    assert "no Kafka answers" in frames[1]
    assert "clean" in frames[1], "the course stays in sight"
    assert "8 a minute" in frames[2]


def test_what_the_first_look_raises_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KafkaConnectionError):
        seen([KafkaConnectionError("never there")], monkeypatch, Terminal())


def test_where_no_terminal_is_frames_follow_each_other_without_control_signs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = seen([1, 2, KeyboardInterrupt()], monkeypatch, io.StringIO())
    assert "\x1b" not in said
    assert said.index("1 a minute") < said.index("2 a minute")


def test_sigterm_ends_it_as_ctrl_c_does() -> None:
    """In a process of its own: a signal that comes too late would end the one that runs the tests."""
    program = """
import io, os, signal, sys
from services.cli.verbs import status_watch

class Terminal(io.StringIO):
    def isatty(self):
        return True

def looks():
    yield 1
    os.kill(os.getpid(), signal.SIGTERM)
    yield 2
    raise AssertionError("it went on")

coming, real, sys.stdout, status_watch.EVERY_S = looks(), sys.stdout, Terminal(), 0.0
status_watch.watch(lambda: next(coming), lambda _: None, lambda _: [], drawn=True)
real.write(str(sys.stdout.getvalue().count(status_watch.BACK)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "1"), done.stderr


@pytest.mark.parametrize(
    ("values", "top", "drawn"),
    [([0, 1, 50, 100], 100, "▁▂▅█"), ([], 0, ""), ([0, 0], 0, "▁▁"), ([500], 100, "█"), ([0.01], 60, "▂")],
)
def test_a_bar_a_value_and_anything_above_nothing_is_seen(
    values: list[float], top: float, drawn: str
) -> None:
    assert bars(values, top) == drawn


def test_only_the_newest_looks_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    course = Course()
    for minute in range(200):
        course.add([Reading("clean", minute, 0.0)])
    course.show()
    assert f"The last {status_watch.LOOKS_KEPT} looks" in capsys.readouterr().out
