"""Feeds: how often each is asked, and that none is ever given up."""

from __future__ import annotations

import asyncio
import random
from itertools import pairwise

import pytest
from msgspec.structs import replace

from services.feed.polling import schedule
from services.feed.polling.answer_headers import fresh_for_s, retry_after_s
from services.feed.polling.delivered import MARK, mark, marks, remembered
from services.feed.polling.host_gates import MOST_GATES, PAUSE_S, HostGates
from services.feed.polling.schedule import DAY_S, HOUR_S, LONGEST_S, SHORTEST_S, WEEK_S, FeedState

NOW = 1_800_000_000.0
STATE = FeedState(address="https://x.ir/rss", delivered=b"12345678")


def wait_s(state: FeedState) -> float:
    return state.due_ms / 1000 - NOW


def answered(state: FeedState, *, least_s: float = 0.0, new: int = 0, of: int = 20) -> FeedState:
    return schedule.after_answer(state, now_s=NOW, chance=0.5, least_s=least_s, new=new, of=of)


@pytest.mark.parametrize("gap_s", [300.0, 3_600.0, 40_000.0])
def test_the_interval_follows_how_often_news_come(gap_s: float) -> None:
    chance, state, now, published, waits = random.Random(7), STATE, NOW, NOW, []
    for _ in range(400):
        now = state.due_ms / 1000 if state.due_ms else now
        new = 0
        while published < now:
            published += chance.expovariate(1 / gap_s)
            new += 1
        state = schedule.after_answer(state, now_s=now, chance=chance.random(), least_s=0.0, new=new, of=20)
        waits.append(state.interval_s)
    assert all(SHORTEST_S <= wait <= LONGEST_S for wait in waits)
    usual = sum(waits[100:]) / len(waits[100:])
    assert min(LONGEST_S, 0.2 * gap_s) <= usual <= max(SHORTEST_S * 1.6, min(LONGEST_S, 1.0 * gap_s))


def test_a_feed_half_of_which_is_new_is_asked_as_often_as_may_be() -> None:
    assert answered(replace(STATE, interval_s=LONGEST_S), new=10, of=20).interval_s == SHORTEST_S
    first = FeedState(address="https://x.ir/rss")
    assert answered(first, new=20, of=20).interval_s == first.interval_s


def test_what_the_publisher_asks_for_is_a_lower_bound_up_to_a_day() -> None:
    quick = replace(STATE, interval_s=SHORTEST_S)
    assert wait_s(answered(quick, least_s=3_000, new=1)) >= 3_000
    assert wait_s(answered(replace(quick, ttl_s=3_000), least_s=60)) >= 3_000
    assert DAY_S <= wait_s(answered(quick, least_s=31_536_000, new=1)) <= 1.1 * DAY_S
    assert wait_s(answered(quick, new=1)) < 1.2 * SHORTEST_S


def test_skipped_hours_are_skipped_unless_all_are() -> None:
    hour = int(NOW // HOUR_S) % 24
    after = answered(replace(STATE, interval_s=SHORTEST_S, skip_hours=(hour, (hour + 1) % 24)), new=1)
    assert int(after.due_ms / 1000 // HOUR_S) % 24 == (hour + 2) % 24
    assert (
        wait_s(answered(replace(STATE, interval_s=SHORTEST_S, skip_hours=tuple(range(24))), new=1))
        <= DAY_S + HOUR_S
    )


def test_errors_are_backed_off_from_and_never_end_a_feed() -> None:
    state, waits = STATE, []
    for _ in range(1_000):
        state = schedule.after_failure(state, now_s=NOW, chance=1.0)
        waits.append(wait_s(state))
    assert waits[:4] == pytest.approx([132, 264, 528, 1056])
    assert max(waits) <= 1.1 * LONGEST_S
    assert answered(state).errors == 0
    assert answered(state).standing == "fresh"


def test_retry_after_is_obeyed_up_to_a_day() -> None:
    assert 7_200 <= wait_s(schedule.after_failure(STATE, now_s=NOW, chance=0.0, retry_after_s=7_200)) <= 8_000
    assert wait_s(schedule.after_failure(STATE, now_s=NOW, chance=1.0, retry_after_s=1e9)) <= 1.1 * DAY_S


def test_what_is_gone_is_asked_once_a_week() -> None:
    state = schedule.after_gone(STATE, now_s=NOW, chance=0.5)
    assert (state.standing, WEEK_S <= wait_s(state) <= 1.1 * WEEK_S) == ("gone", True)
    assert answered(state).standing == "fresh"


def test_an_address_that_a_feed_moved_to_is_left_again_when_it_fails() -> None:
    state = replace(STATE, moved_to="https://captive.example/", etag='"1"')
    for _ in range(schedule.MOVE_FORGOTTEN_AFTER):
        assert state.asked == "https://captive.example/"
        state = schedule.after_failure(state, now_s=NOW, chance=0.0)
    assert (state.asked, state.etag) == (STATE.address, "")


@pytest.mark.parametrize(
    ("cache_control", "age", "fresh"),
    [
        ("public, max-age=600", "", 600),
        ('MAX-AGE="60"', "45", 15),
        ("max-age=60", "3600", 0),
        ("s-maxage=600", "", 0),
        ("no-cache", "", 0),
        ("max-age=never", "x", 0),
    ],
)
def test_freshness(cache_control: str, age: str, fresh: float) -> None:
    assert fresh_for_s(cache_control, age) == fresh


def test_retry_after_is_seconds_or_a_date() -> None:
    assert retry_after_s(" 120 ", NOW) == 120
    assert retry_after_s("Fri, 15 Jan 2027 08:10:00 GMT", NOW) == 600
    assert [
        retry_after_s(value, NOW) for value in ("", "soon", "-5", "Fri, 15 Jan 2020 08:10:00 GMT", "9" * 40)
    ] == [0] * 5


def test_what_was_delivered_is_remembered_within_bounds() -> None:
    old = [mark([str(n).encode()]) for n in range(700)]
    kept = remembered(b"", old[:600])
    assert marks(kept) == set(old[:600]), "a document is remembered whole"
    kept = remembered(kept, old[590:620])
    assert len(kept) == 500 * MARK
    assert set(old[590:620]) <= marks(kept)
    assert remembered(kept, old[590:620]) == kept


class HandClock:
    """A clock that moves when somebody sleeps, to the first who wakes."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds
        await asyncio.sleep(0)


async def test_a_host_is_asked_one_at_a_time_with_pauses_and_not_before_it_says_so() -> None:
    clock = HandClock()
    gates, inside, entered = HostGates(clock, lambda: 0.0), 0, list[float]()

    async def visit() -> None:
        nonlocal inside
        async with gates.entered("x.ir"):
            inside += 1
            assert inside == 1
            entered.append(clock.now())
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(visit() for _ in range(5)))
    assert all(later - earlier >= PAUSE_S for earlier, later in pairwise(entered))
    gates.hold("x.ir", 100)
    held = clock.now()
    await visit()
    assert entered[-1] - held >= 100
    gates.hold("x.ir", 1e9)
    held = clock.now()
    await visit()
    assert entered[-1] - held <= 3_600


async def test_gates_of_hosts_that_nobody_asks_are_forgotten() -> None:
    clock = HandClock()
    gates = HostGates(clock, lambda: 0.0)
    for n in range(3 * MOST_GATES):
        async with gates.entered(f"{n}.example"):
            clock.time += 0.1
    assert len(gates._gates) <= MOST_GATES + 1
