"""Feeds: what is remembered over a restart, what an index names, and who must wait for whom."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from services.feed.delivery import Receipt
from services.feed.polling.schedule import FeedState
from services.feed.submission import Submission
from tests.unit.feed_world import START, FakeDoor, FastClock, Feed, World, link, opened, polling


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - the world is watched from outside
            await asyncio.sleep(0.01)


def feed(path: str, *at: float, kind: str = "rss") -> Feed:
    return Feed(path, "x.test", kind, "", [(START + seconds, number) for number, seconds in enumerate(at, 1)])  # type: ignore[arg-type]


def due_now(states: dict[str, FeedState]) -> dict[str, FeedState]:
    return {address: replace(state, due_ms=0) for address, state in states.items()}


async def test_a_restart_goes_on_where_the_last_poller_stopped() -> None:
    given, door = feed("/a", -20, -10), FakeDoor()
    async with opened(World(FastClock(100), [given])) as world:
        async with polling(world, door) as poller:
            await until(lambda: len(door.notes) == 1)
            assert poller.states == door.notes
        assert [url for url, _, _ in door.taken] == [link(given, 1), link(given, 2)], "the oldest first"
        async with polling(world, door, due_now(door.notes)):
            await until(lambda: world.not_modified == 1)
        given.articles.append((START, 3))
        async with polling(world, door, due_now(door.notes)):
            await until(lambda: len(door.taken) > 2)
        assert [url for url, _, _ in door.taken] == [link(given, n) for n in (1, 2, 3)]
        known = door.notes[world.address(given)]
        assert (known.errors, known.etag) == (0, '"3-0"')


async def test_a_feed_is_not_asked_before_it_is_due_again() -> None:
    given, door = feed("/a", -10), FakeDoor()
    async with opened(World(FastClock(400), [given])) as world:
        async with polling(world, door):
            await until(lambda: len(door.notes) == 1)
        async with polling(world, door, door.notes):
            await world.clock.sleep(300)
        assert sum(world.asked.values()) == 1


async def test_a_feed_that_moved_for_good_is_asked_at_its_new_address() -> None:
    old, new, door = feed("/a", -10), feed("/a-new", -10), FakeDoor()
    old.flaw = "moved"
    async with opened(World(FastClock(100), [old, new])) as world:
        async with polling(world, door):
            await until(lambda: len(door.notes) == 1)
        assert door.notes[world.address(old)].moved_to == world.address(new)
        async with polling(world, door, due_now(door.notes)):
            await until(lambda: world.not_modified == 1)
        assert world.asked == {"x.test/a": 1, "x.test/a-new": 2}


async def test_the_sitemaps_of_an_index_are_polled_for_as_long_as_it_names_them() -> None:
    one = feed("/1.xml", -10, kind="sitemap")
    two = feed("/2.xml", -5, kind="sitemap")
    index = feed("/index.xml", kind="index")
    listed_too = feed("/3.xml", -7, kind="sitemap")
    door = FakeDoor()
    async with opened(World(FastClock(100), [index, listed_too])) as world:
        for child in (one, two):
            world.feeds[child.host, child.path] = child
        index.sitemaps = [world.address(child) for child in (one, two, listed_too)]
        async with polling(world, door) as poller:
            await until(lambda: len(door.notes) == 4)
            assert {url for url, _, _ in door.taken} == {link(child, 1) for child in (one, two, listed_too)}
            assert door.notes[world.address(index)].children == tuple(index.sitemaps)
        # the poller must know them from its memory
        del (world.feeds[one.host, one.path], world.feeds[two.host, two.path])
        states = door.notes | due_now({world.address(index): door.notes[world.address(index)]})
        index.sitemaps = [world.address(two)]
        async with polling(world, door, states) as poller:
            assert world.address(one) in poller.states
            await until(lambda: world.address(one) not in door.notes)
            assert set(poller.states) == {world.address(each) for each in (two, listed_too, index)}, (
                "what is listed itself stays"
            )


async def test_nobody_is_asked_while_clean_is_too_far_behind() -> None:
    door = FakeDoor()
    async with opened(World(FastClock(100), [feed("/a", -10)])) as world:
        world.hold.see(1_000.0)
        async with polling(world, door):
            await world.clock.sleep(100)
            assert sum(world.asked.values()) == 0
            world.hold.see(0.0)
            await until(lambda: len(door.taken) == 1)


class SlowDoor(FakeDoor):
    """A broker that takes its time."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = asyncio.Event()

    async def hand_over(self, submissions: Sequence[Submission]) -> list[Receipt]:
        self.begun.set()
        await asyncio.sleep(0.3)
        return await super().hand_over(submissions)


async def test_what_is_being_delivered_is_delivered_and_remembered_before_the_end() -> None:
    given, door = feed("/a", -10), SlowDoor()
    async with opened(World(FastClock(100), [given])) as world:
        async with polling(world, door):
            await door.begun.wait()
        assert [url for url, _, _ in door.taken] == [link(given, 1)]
        assert len(door.notes[world.address(given)].delivered) == 8


async def test_a_bug_that_one_feed_finds_does_not_cost_the_others() -> None:
    bad, good, door = feed("/bad", -10), feed("/good", -10), FakeDoor()
    async with opened(World(FastClock(100), [bad, good])) as world:
        broken = FeedState(address=world.address(bad), delivered="AAAA")  # type: ignore[arg-type]
        async with polling(world, door, {broken.address: broken}):
            await until(lambda: world.outcomes["bug"] > 0 and len(door.taken) == 1)
        assert door.taken[0][0] == link(good, 1)
