"""Attacks codec, clean, detect and extract with atheris, which keeps the inputs that reach new code and
mutates those.

    .venv/bin/python -m pip install atheris==3.1.0
    export KHABAR_TAGGER=rules KHABAR_ENCODER=none KHABAR_DEGRADED=yes
    .venv/bin/python -m services.workshop.fuzzing.coverage_guided clean -max_total_time=300 -timeout=10

The arguments after the target are libFuzzer's; a folder among them keeps the inputs between runs. An input
that breaks a law, or takes longer than *timeout* seconds, is written to ``crash-…`` or ``timeout-…`` in the
working folder, and ends the run; the same command with that file as its argument runs it again. atheris has
wheels for Linux alone (CPython 3.11 to 3.13), so it is in no extra and not in the lock.
"""

from __future__ import annotations

import sys
from random import Random

import atheris

with atheris.instrument_imports(include=["services.clean", "services.detect", "services.extract", "shared"]):
    from services import stages
    from services.workshop.fuzzing import hostile_pages
    from services.workshop.fuzzing.hostile_records import record
    from services.workshop.fuzzing.mutations import mutated
    from services.workshop.fuzzing.targets import TARGETS

    stages.all_work()  # their modules, which are loaded on use

LARGE = 20_000


def mutate(data: bytes, most: int, seed: int) -> bytes:
    """Return another input: half of the time by libFuzzer's own mutation, else by ours or from the generators
    anew.
    """
    dice = Random(seed)
    if (drawn := dice.random()) < 0.5:
        made: bytes = atheris.Mutate(data, most)
        return made
    if drawn < 0.7:
        return mutated(dice, data)[:most]
    if drawn < 0.85:
        return hostile_pages.text(dice, dice.choice([100, 1_000, LARGE])).encode("utf-8", "replace")[:most]
    return record(dice, str(seed))[:most]


def main() -> None:
    """Run the target that the first argument names, until libFuzzer ends it."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in TARGETS:
        sys.exit(f"name one of {', '.join(TARGETS)}")
    atheris.Setup(
        [sys.argv[0], f"-max_len={LARGE * 4}", *sys.argv[2:]], TARGETS[name](), custom_mutator=mutate
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
