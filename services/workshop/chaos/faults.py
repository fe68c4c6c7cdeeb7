"""How each fault is done, and how it is known that it was felt: a stall must end in a fencing, a dead slot in
a new one.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable

import psutil

from services.workshop.chaos.crew import FIRST, SECOND, Worker
from services.workshop.chaos.loads import Flow
from services.workshop.chaos.plan import Fault, Kind
from services.workshop.chaos.poison import poison
from services.workshop.chaos.redriving import redrive
from services.workshop.chaos.watching import Stuck, Unfelt, progress, transactions, until
from services.workshop.chaos.world import World
from shared.wire.topics import FLOW, STAGES

LOST_S = 2.0
TRIES = 8
QUICK_S = 0.05
"""How often it is looked whether a transaction is open: it is for half a second."""

STOPPED_S, STANDS_S = 0.8, 1.2
"""A worker that was stopped: after the first, what is still open is its own; if that does not move within the
second, it surely is.
"""


async def kill(world: World, _flow: Flow, fault: Fault) -> None:
    """Kill a worker."""
    world.crew.kill(world.crew.workers[fault.stage, FIRST])
    world.crew.hire(fault.stage)


async def massacre(world: World, _flow: Flow, _fault: Fault) -> None:
    """Kill every worker."""
    killed = list(world.crew.workers.values())
    for worker in killed:
        world.crew.kill(worker)
    for worker in killed:
        world.crew.hire(worker.stage, worker.name)


async def term(world: World, _flow: Flow, fault: Fault) -> None:
    """Let a worker drain."""
    await asyncio.to_thread(world.crew.drain, world.crew.workers[fault.stage, FIRST])
    world.crew.hire(fault.stage)


async def scale(world: World, _flow: Flow, fault: Fault) -> None:
    """Go from one worker to two, to the other one, to two, to one."""
    second = await _joined(world.crew.hire(fault.stage, SECOND))
    await progress(world.settings, fault.stage)
    await asyncio.to_thread(world.crew.drain, world.crew.workers[fault.stage, FIRST])
    await progress(world.settings, fault.stage)
    await _joined(world.crew.hire(fault.stage))
    await progress(world.settings, fault.stage)
    await asyncio.to_thread(world.crew.drain, second)


async def stall(world: World, _flow: Flow, fault: Fault) -> None:
    """Stop a worker in a transaction; another one takes its lanes over, and it is fenced when it comes
    back.
    """
    second = await _joined(world.crew.hire(fault.stage, SECOND))
    await _fenced(world, fault, [world.crew.workers[fault.stage, FIRST], second])
    await asyncio.to_thread(world.crew.drain, second)


async def outlast(world: World, _flow: Flow, fault: Fault) -> None:
    """Stop the lone worker in a transaction until the broker has aborted that."""
    await _fenced(world, fault, [world.crew.workers[fault.stage, FIRST]])


async def _joined(worker: Worker) -> Worker:
    """Return *worker* once it has lanes, or was told that there are none for it."""
    before = worker.said("assigned")

    async def assigned() -> bool:
        return worker.said("assigned") > before

    await until(assigned, f"the worker {worker.name} of {worker.stage} joins")
    return worker


async def _fenced(world: World, fault: Fault, workers: list[Worker]) -> None:
    """Stop one of *workers* in a transaction until somebody has ended that, and see it fenced; raises Unfelt
    when it never is.
    """
    for number in range(TRIES):
        worker = workers[(fault.chance + number) % len(workers)]
        before = worker.said("fenced")
        if not await _stopped_until_ended(world, fault.stage, worker):
            continue

        async def said(worker: Worker = worker, before: int = before) -> bool:
            return worker.said("fenced") > before

        try:
            await until(said, f"{worker.stage} says that it was fenced", 20.0)
        except Stuck:
            continue
        return
    raise Unfelt(f"{fault}: no worker was fenced in {TRIES} stalls")


async def _stopped_until_ended(world: World, stage: str, worker: Worker) -> bool:
    """Stop *worker* in a transaction of its own and let it go on when that has been ended by others; False
    when it had none.
    """
    async with transactions(world.settings, FLOW[STAGES.index(stage) + 1].name) as look:
        await until(look, f"{stage} opens a transaction", every_s=QUICK_S)
        worker.signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(STOPPED_S)
            early = await look()
            await asyncio.sleep(STANDS_S)
            late = await look()
            stuck = {part: offset for part, offset in early.items() if late.get(part) == offset}
            if not stuck:
                return False

            async def ended() -> bool:
                now = await look()
                return all(now.get(part) != offset for part, offset in stuck.items())

            await until(ended, f"the transaction of a stopped worker of {stage} is ended")
        finally:
            worker.signal(signal.SIGCONT)
    return True


async def crash(world: World, _flow: Flow, fault: Fault) -> None:
    """Kill a slot."""
    slot = await _slot(world, fault)
    slot.kill()
    await _replaced(world, fault, slot)


async def hang(world: World, _flow: Flow, fault: Fault) -> None:
    """Stop a slot for ever."""
    slot = await _slot(world, fault)
    slot.suspend()
    await _replaced(world, fault, slot)


async def _slot(world: World, fault: Fault) -> psutil.Process:
    async def slots() -> list[psutil.Process]:
        return world.crew.workers[fault.stage, FIRST].slots()

    found = await until(slots, f"{fault.stage} has a process slot")
    return found[fault.chance % len(found)]


async def _replaced(world: World, fault: Fault, old: psutil.Process) -> None:
    async def replaced() -> bool:
        return any(slot.pid != old.pid for slot in world.crew.workers[fault.stage, FIRST].slots())

    await until(replaced, f"{fault.stage} has another process slot")


async def flood(_world: World, flow: Flow, _fault: Fault) -> None:
    """Feed a burst."""
    await flow.burst()


async def poisoned(world: World, _flow: Flow, fault: Fault) -> None:
    """Send every kind of poison once."""
    await poison(world.settings, fault.stage, world.lanes, fault.chance)


async def redriven(world: World, _flow: Flow, fault: Fault) -> None:
    """Send poison, and its letters back by an operator who is killed over it, as is the stage."""
    await redrive(world, fault, await poison(world.settings, fault.stage, world.lanes, fault.chance))


async def bounce(world: World, _flow: Flow, fault: Fault) -> None:
    """Restart a broker in order."""
    await asyncio.to_thread(world.nodes[fault.chance % len(world.nodes)].bounce)


async def away(world: World, _flow: Flow, _fault: Fault) -> None:
    """Keep the lone broker away."""
    (node,) = world.nodes
    await asyncio.to_thread(node.stop)
    await asyncio.sleep(world.outage_s)
    await asyncio.to_thread(node.start)


async def lose(world: World, _flow: Flow, fault: Fault) -> None:
    """Kill a node by force; the others go on, and it comes back."""
    node = world.nodes[fault.chance % len(world.nodes)]
    await asyncio.to_thread(node.kill)
    await asyncio.sleep(LOST_S)
    await progress(world.settings, fault.stage)
    await asyncio.to_thread(node.start)


DONE_BY: dict[Kind, Callable[[World, Flow, Fault], Awaitable[None]]] = {
    "kill": kill,
    "massacre": massacre,
    "term": term,
    "scale": scale,
    "stall": stall,
    "outlast": outlast,
    "crash": crash,
    "hang": hang,
    "poison": poisoned,
    "flood": flood,
    "redrive": redriven,
    "bounce": bounce,
    "away": away,
    "lose": lose,
}
