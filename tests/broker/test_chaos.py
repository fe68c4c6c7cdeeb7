"""``khabar chaos``: every fault there is, on a lone broker and on three nodes, with runs and their readers
beside live; nothing lost, repeated or remembered wrongly.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from services.workshop.chaos.plan import BESIDE, LONG, SHORT, draw
from services.workshop.chaos.poison import KINDS
from services.workshop.chaos.rerun import PAST

PLANS = {1: range(3, 6), 3: range(2, 4)}
"""Seeds by the number of nodes: few whose plans hold every fault and every load together, as the first test
says.
"""

LIMIT_S = 1_500
pytestmark = pytest.mark.timeout(LIMIT_S + 100)

RECORDS, LANES, OUTAGE_S, AT_ONCE = 40, 4, 8, 1
DRAWN = [(seed, nodes) for nodes, seeds in PLANS.items() for seed in seeds]


def test_the_plans_have_every_fault_and_load_together() -> None:
    drawn = [draw(seed, nodes) for seed, nodes in DRAWN]
    assert {fault.kind for plan in drawn for fault in plan.faults} == {*LONG[1], *LONG[3], *SHORT}
    assert {plan.beside for plan in drawn} == {*BESIDE}
    assert {plan.nodes for plan in drawn} == {1, 3}


def command(nodes: int, seeds: range) -> list[str]:
    words = {
        "--plans": len(seeds), "--seed": seeds.start, "--nodes": nodes, "--records": RECORDS, "--lanes": LANES, "--outage": OUTAGE_S, "--at-once": AT_ONCE
    }  # fmt: skip
    return [
        sys.executable,
        "-m",
        "services.cli",
        "chaos",
        "--json",
        *(str(word) for pair in words.items() for word in pair),
    ]


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[int, int], dict[str, Any]]]:
    """Try all plans, on one node and on three at the same time: a plan mostly waits."""
    given = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("KHABAR_") or name == "KHABAR_JAVA"
    }
    said, running = tmp_path_factory.mktemp("chaos") / "said.txt", list[subprocess.Popen[bytes]]()
    for nodes, seeds in PLANS.items():
        with said.open("ab") as log:
            running.append(
                subprocess.Popen(command(nodes, seeds), env=given, stdout=subprocess.PIPE, stderr=log)
            )
    try:
        found: dict[tuple[int, int], dict[str, Any]] = {}
        for one in running:
            out, _ = one.communicate(timeout=LIMIT_S)
            assert out, said.read_text(encoding="utf-8")
            told = orjson.loads(out)
            assert told["held"] is (one.returncode == 0) is all(plan["held"] for plan in told["plans"]), (
                "the exit status is the verdict"
            )
            found |= {(plan["seed"], plan["nodes"]): plan for plan in told["plans"]}
        yield found
    finally:
        print(said.read_text(encoding="utf-8"))
        for one in running:
            one.kill()
            one.wait()


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "nodes"), DRAWN)
def test_a_plan_holds(tried: dict[tuple[int, int], dict[str, Any]], seed: int, nodes: int) -> None:
    plan, drawn = tried[seed, nodes], draw(seed, nodes)
    assert (plan["held"], plan["wrong"]) == (True, []), plan
    assert plan["faults"] == [str(fault) for fault in drawn.faults]
    assert plan["articles"] >= RECORDS
    struck = sum(fault.kind in ("crash", "hang") for fault in drawn.faults)
    assert 0 <= plan["articles"] - plan["linked"] <= struck, "only a slot's death may cost an article"
    poisons = sum(fault.kind in ("poison", "redrive") for fault in drawn.faults)
    assert plan["letters"] >= poisons * len(KINDS)
    assert plan["sent_back"] >= drawn.has("redrive") * len(KINDS)
    assert plan["state_items"] > RECORDS
    if drawn.beside == "replay":
        assert plan["linked_by_the_run"] == PAST
    if drawn.beside == "promote":
        assert plan["read"] >= plan["linked"], "each once: that none came twice says the verdict"
        assert 0 < plan["read_of_the_run"] < plan["read"]
        assert [str(fault) for fault in drawn.strikes] == plan["strikes"]
