"""``khabar status --watch``: the same screen redrawn in its place until Ctrl-C, with each stage's course."""

from __future__ import annotations

import io
import shutil
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, field
from typing import NamedTuple, TextIO, override

from aiokafka.errors import KafkaError

from services.cli import speech
from services.cli.outside_faults import explained

EVERY_S = 5.0
LOOKS_KEPT = 60
BLOCKS = "▁▂▃▄▅▆▇█"
LAG_TOP_S = 60.0
"""A lag is drawn against this, or against the worst one seen: a second of lag shall not look like an hour."""

OTHER_SCREEN, HIDE_CURSOR, NO_WRAP = "\x1b[?1049h", "\x1b[?25l", "\x1b[?7l"
BACK = "\x1b[?7h\x1b[?25h\x1b[?1049l"
HOME, REST_OF_LINE, REST_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"


class Reading(NamedTuple):
    """What one look found of a stage: records a minute out, and the age in seconds of its oldest unread."""

    stage: str
    per_minute: int
    oldest_s: float


@dataclass(slots=True)
class Course:
    """How the stages went over the last looks."""

    looks: dict[str, deque[Reading]] = field(default_factory=dict)

    def add(self, readings: Iterable[Reading]) -> None:
        """Remember one look."""
        for one in readings:
            self.looks.setdefault(one.stage, deque(maxlen=LOOKS_KEPT)).append(one)

    def show(self) -> None:
        """Print a line a stage.

        Rates are drawn against the highest of all stages, lags against LAG_TOP_S or the worst.
        """
        seen = [one for looks in self.looks.values() for one in looks]
        most = max((one.per_minute for one in seen), default=0)
        worst = max((one.oldest_s for one in seen), default=0.0)
        speech.line(
            f"\nThe last {max(map(len, self.looks.values()), default=0)} looks, the newest to the right:"
        )
        speech.table(
            ("stage", f"a minute (up to {most:,})", f"oldest unread (up to {worst:.0f} s)"),
            [
                (
                    stage,
                    bars([one.per_minute for one in looks], most),
                    bars([one.oldest_s for one in looks], max(worst, LAG_TOP_S)),
                )
                for stage, looks in self.looks.items()
            ],
        )


def bars(values: Iterable[float], top: float) -> str:
    """Return a bar a value, the highest for *top*; anything above nothing is seen."""
    highest = len(BLOCKS) - 1
    return "".join(
        BLOCKS[min(highest, max(1, round(highest * value / top)))] if value > 0 else BLOCKS[0]
        for value in values
    )


class _Frame(NamedTuple):
    """The lines of one look, and those of the course below them."""

    body: list[str]
    foot: list[str]

    def fitted(self, height: int) -> list[str]:
        """Return what fits into *height* lines: the course, the body's last line (what to do), its top."""
        room = height - len(self.foot)
        if len(self.body) <= room:
            return [*self.body, *self.foot]
        return [*self.body[: max(0, room - 2)], "  …", self.body[-1], *self.foot][:height]


class _Page(io.StringIO):
    """What a frame is written to; it counts as the terminal that *shown_on* is."""

    def __init__(self, shown_on: TextIO) -> None:
        super().__init__()
        self._shown_on = shown_on

    @override
    def isatty(self) -> bool:
        return self._shown_on.isatty()


def watch[Screen](
    look: Callable[[], Screen],
    show: Callable[[Screen], None],
    readings: Callable[[Screen], Iterable[Reading]],
    *,
    drawn: bool,
) -> None:
    """Look and *show* until Ctrl-C or SIGTERM.

    It is *drawn* in place with the stages' course, or each below the last as *show* prints it. Raises what
    the first look does. When a later one fails, the frame says that the broker does not answer, and the next
    look is tried.
    """
    if not drawn:
        _listed(look, show)
        return
    terminal, course = sys.stdout, Course()

    def screen(found: Screen | None, why: Exception | None) -> _Frame:
        with redirect_stdout(_Page(terminal)) as body:
            if found is not None:
                show(found)
            elif why is not None:
                speech.line(speech.colour(f"khabar: {explained(why).message}", "red"))
        with redirect_stdout(_Page(terminal)) as foot:
            course.show()
            speech.line(f"\n{time.strftime('%H:%M:%S')}, every {EVERY_S:.0f} s. Ctrl-C ends it.")
        return _Frame(body.getvalue().splitlines(), foot.getvalue().splitlines())

    found: Screen | None = look()
    why: Exception | None = None
    frame = _Frame([], [])
    with suppress(KeyboardInterrupt), _in_place(terminal) as draw:
        while True:
            if found is not None:
                course.add(readings(found))
            frame = screen(found, why)
            draw(frame)
            time.sleep(EVERY_S)
            try:
                found, why = look(), None
            except (KafkaError, OSError, TimeoutError) as error:
                found, why = None, error
    if terminal.isatty():
        # what was seen last stays when the other screen is gone
        speech.line("\n".join([*frame.body, *frame.foot]))


def _listed[Screen](look: Callable[[], Screen], show: Callable[[Screen], None]) -> None:
    with suppress(KeyboardInterrupt):
        while True:
            show(look())
            time.sleep(EVERY_S)


@contextmanager
def _in_place(terminal: TextIO) -> Iterator[Callable[[_Frame], None]]:
    """Give a function that draws a frame over the last one; not on a terminal, below it.

    The terminal is left as it was.
    """
    former = signal.signal(signal.SIGTERM, signal.default_int_handler)
    placed = terminal.isatty()

    def draw(frame: _Frame) -> None:
        if placed:
            fitted = frame.fitted(shutil.get_terminal_size().lines - 1)
            terminal.write(HOME + "".join(f"{line}{REST_OF_LINE}\n" for line in fitted) + REST_OF_SCREEN)
        else:
            terminal.write("\n".join([*frame.body, *frame.foot, "", ""]))
        terminal.flush()

    try:
        if placed:
            terminal.write(OTHER_SCREEN + HIDE_CURSOR + NO_WRAP)
        yield draw
    finally:
        if placed:
            terminal.write(BACK)
            terminal.flush()
        signal.signal(signal.SIGTERM, former)
