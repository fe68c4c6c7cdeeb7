"""A plan: which faults strike which stages in which order.

Drawn from a seed before anything starts, so that a seed repeats it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from shared.wire.topics import STAGES

Kind = Literal[
    "kill",
    "massacre",
    "term",
    "scale",
    "stall",
    "outlast",
    "crash",
    "hang",
    "poison",
    "flood",
    "redrive",
    "bounce",
    "away",
    "lose",
]
LONG: dict[int, tuple[Kind, ...]] = {
    1: ("stall", "outlast", "bounce", "away", "scale"),
    3: ("lose", "stall", "bounce", "outlast", "scale"),
}
"""Faults that take their time, by the number of nodes: a plan has the one whose turn it is, so that
neighbouring seeds have them all.

A lone node is never killed by force here: Kafka itself may then lose a prepared commit (ARCHITECTURE.md,
«Known limits»).
"""

SHORT: tuple[Kind, ...] = ("kill", "crash", "redrive", "term", "hang", "massacre", "poison", "flood")
"""Faults that are over in a moment: a plan has the one whose turn it is and others."""

OF_BROKERS: tuple[Kind, ...] = ("bounce", "away", "lose")
OTHERS = 2
Beside = Literal["", "replay", "promote"]
BESIDE: tuple[Beside, ...] = ("promote", "replay", "")
"""What goes on beside live, by the turn of the seed: a run over the past that must make the same, or one that
readers are switched to and back.
"""

ON_A_REPLAY: tuple[Kind, ...] = ("kill", "term", "massacre")
"""Faults on the workers of a replay, which may have finished by then: only what strikes an idle worker too,
and costs no article.
"""

ON_A_FOLLOWER: tuple[Kind, ...] = ("kill", "term", "massacre", "crash", "hang", "stall", "scale")
"""Faults on the workers of a run that follows live and never has nothing to do."""

STRIKES = 2
MEANINGS: dict[Kind, str] = {
    "kill": "SIGKILL of a worker, which is started again",
    "massacre": "SIGKILL of every worker at once, as when a machine loses its power",
    "term": "SIGTERM of a worker: it drains, ends with 0 and is started again",
    "scale": "a second worker of a stage comes, the first one goes and comes back, the second goes",
    "stall": "SIGSTOP of a worker in a transaction for longer than its session: another one takes over, and it is fenced",
    "outlast": "SIGSTOP of a lone worker in a transaction for longer than that may be open: it is fenced and goes on by itself",
    "crash": "SIGKILL of a process slot",
    "hang": "SIGSTOP of a process slot for longer than a record may take",
    "poison": "bytes that are no article, into the input of a stage",
    "flood": "a burst of articles",
    "redrive": "poison, whose letters an operator sends back and is killed over it",
    "bounce": "a broker is restarted in order",
    "away": "the broker is stopped, and away for a while",
    "lose": "SIGKILL of one node of three, the leader of a third of everything",
}


class Fault(NamedTuple):
    """One fault: its kind, the stage it strikes (also where a broker's fault waits for progress), a chance of
    its own and a pause before it.
    """

    kind: Kind
    stage: str
    chance: int
    pause_s: float

    def __str__(self) -> str:
        return (
            f"{self.kind} {self.stage}" if self.kind not in ("massacre", "flood", *OF_BROKERS) else self.kind
        )


class Plan(NamedTuple):
    """The faults of a *seed* on so many *nodes*, and what goes on *beside* them."""

    seed: int
    nodes: int
    faults: tuple[Fault, ...]
    beside: Beside = ""
    from_stage: str = ""
    """Where the run beside live begins."""

    strikes: tuple[Fault, ...] = ()
    """The faults that strike the workers of that run."""

    def __str__(self) -> str:
        beside = (
            f"; {self.beside} from {self.from_stage}: {' · '.join(map(str, self.strikes))}"
            if self.beside
            else ""
        )
        return f"seed {self.seed}, {'three nodes' if self.nodes > 1 else 'one node'}: {' · '.join(map(str, self.faults))}{beside}"

    def has(self, kind: Kind) -> bool:
        """Whether the plan has a fault of *kind* on live."""
        return any(fault.kind == kind for fault in self.faults)


def draw(seed: int, nodes: int) -> Plan:
    """Return the plan of *seed* on one node or three."""
    chance = random.Random(f"{seed}/{nodes}")
    kinds = [*_in_turn(seed, nodes), *chance.sample(SHORT, OTHERS)]
    chance.shuffle(kinds)
    faults = tuple(_fault(kind, chance, STAGES) for kind in kinds)
    beside = BESIDE[seed % len(BESIDE)]
    if not beside:
        return Plan(seed, nodes, faults)
    stages = STAGES[chance.randrange(len(STAGES)) :]
    if beside == "promote":
        strikes = [_fault(kind, chance, stages) for kind in chance.sample(ON_A_FOLLOWER, STRIKES)]
    else:  # in the order of the flow: a stage behind it begins when those before it are done
        strikes = sorted(
            (_fault(kind, chance, stages) for kind in chance.sample(ON_A_REPLAY, STRIKES)), key=_in_the_flow
        )
    return Plan(seed, nodes, faults, beside, stages[0], tuple(strikes))


def _fault(kind: Kind, chance: random.Random, stages: Sequence[str]) -> Fault:
    return Fault(kind, chance.choice(stages), chance.randrange(1 << 30), round(chance.uniform(0.1, 0.8), 2))


def _in_the_flow(fault: Fault) -> int:
    return STAGES.index(fault.stage)


def _in_turn(seed: int, nodes: int) -> Iterator[Kind]:
    """Yield what no run of neighbouring seeds goes without; three nodes lose one in every plan."""
    turn = LONG[nodes][seed % len(LONG[nodes])]
    yield turn
    yield SHORT[seed % len(SHORT)]
    if nodes > 1:
        yield "lose"
