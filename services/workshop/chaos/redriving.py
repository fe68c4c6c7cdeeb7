"""An operator who sends the letters of a stage back with ``khabar dead``, is killed over it, and begins
again.
"""

from __future__ import annotations

import asyncio
import dataclasses
import subprocess
import sys

from services.cli.worker_processes import environment
from services.workshop.chaos.crew import FIRST
from services.workshop.chaos.plan import Fault
from services.workshop.chaos.watching import Stuck, open_transactions, until
from services.workshop.chaos.world import World
from shared.kafka import clients
from shared.wire import topics

KILLS, TRIES = 2, 4
ENDS_S = 60.0
AT_A_TIME = 4
"""Letters a transaction: several of them, so that one is killed between two others."""


async def redrive(world: World, fault: Fault, expected: int) -> None:
    """Send the letters of the stage back once there are as many as *expected*.

    The operator is killed with a transaction open, twice, and the first time the stage's worker with him.
    """
    letters = topics.spelled(topics.dead(fault.stage), world.settings.run)

    async def lying() -> bool:
        return len(await clients.read_all(world.settings, [letters])) >= expected

    await until(lying, f"{fault.stage} has {expected} letters")
    for number in range(KILLS):
        operator = _begun(world, fault.stage)

        async def at_work(operator: subprocess.Popen[bytes] = operator) -> bool:
            return operator.poll() is not None or bool(
                await open_transactions(world.settings, topics.LETTER_MARKS.name)
            )

        await until(at_work, f"an operator begins on the letters of {fault.stage}")
        operator.kill()
        operator.wait()
        if not number:
            world.crew.kill(world.crew.workers[fault.stage, FIRST])
            world.crew.hire(fault.stage)
    for _ in range(TRIES):
        if await asyncio.to_thread(_status, _begun(world, fault.stage)) == 0:
            return
    raise Stuck(f"the letters of {fault.stage} cannot be sent back")


def _status(operator: subprocess.Popen[bytes]) -> int:
    try:
        return operator.wait(ENDS_S)
    except subprocess.TimeoutExpired:
        operator.kill()
        return operator.wait()


def _begun(world: World, stage: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "services.cli", "dead", "redrive", "--stage", stage, "--go"]
    own = environment(dataclasses.replace(world.settings, batch_records=AT_A_TIME))
    with (world.crew.folder / "operator.log").open("ab") as log:
        return subprocess.Popen(command, env=own, stdout=log, stderr=log)  # noqa: S603 - our own command
