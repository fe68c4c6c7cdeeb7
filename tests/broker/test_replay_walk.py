"""README's walk from a changed pattern to a promotion and back, run as it stands there."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest
from http_door import free_port
from test_doors import running
from test_replay import ROOT, SEEDS, linked, linked_tree

from services.cli.worker_processes import environment
from shared.broker.node import Broker
from shared.kafka import declare
from shared.settings import Settings

COMMAND = "+ ./khabar "


@pytest.mark.slow
async def test_from_a_changed_pattern_to_its_promotion_and_back(own_broker: Broker, tmp_path: Path) -> None:
    settings = Settings(
        kafka=own_broker.bootstrap, tagger="rules", home=tmp_path / "home", ingest_port=free_port()
    )
    await declare.apply(settings)
    tree = linked_tree(tmp_path / "khabar")
    (tree / "tests").mkdir()
    (tree / "tests" / "seeds").symlink_to(ROOT / "tests" / "seeds")
    (tree / "khabar").write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -m services.cli "$@"\n', encoding="utf-8"
    )
    (tree / "khabar").chmod(0o755)
    env = {name: value for name, value in os.environ.items() if not name.startswith("KHABAR_")}
    env |= environment(settings) | {"KHABAR_HOME": str(settings.home), "PYTHONPATH": str(tree)}
    del env["KHABAR_RUN"]
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Run any day again\n")[2]
    block = re.findall(r"```sh\n(.*?)```", section, flags=re.DOTALL)[0]
    first, *others = block.splitlines()
    log, live_log = tmp_path / "log", tmp_path / "live.log"
    with running(["./khabar", "run", "all"], env, live_log, tree):
        with running(["/bin/sh", "-exc", first], env, log, tree) as feeding:
            assert await asyncio.to_thread(feeding.wait, 60) == 0, log.read_text(encoding="utf-8")
        await linked(settings, len(SEEDS))
        with running(["/bin/sh", "-exc", "\n".join(others)], env, log, tree) as walk:
            assert await asyncio.to_thread(walk.wait, 300) == 0, log.read_text(encoding="utf-8")
    said = log.read_text(encoding="utf-8")
    of = {words.partition("\n")[0]: words.partition("\n")[2] for words in said.split(COMMAND)[1:]}
    plan, begun, differ, would, did, back, gone = (
        next(
            text
            for command, text in of.items()
            if command.startswith(start) and command.rstrip().endswith(end)
        )
        for start, end in (
            ("replay plan", ""),
            ("replay start", ""),
            ("replay diff", ""),
            ("replay promote", "news"),
            ("replay promote", "--go"),
            ("replay rollback", ""),
            ("replay drop", ""),
        )
    )
    assert "2 records" in plan
    assert "Next: ./khabar replay start keep-codes" in plan
    assert "Next: ./khabar replay diff keep-codes" in begun
    assert "clean.publisher_code" in differ
    assert "replay promote keep-codes" in differ
    assert "Would promote: keep-codes, instead of live" in would
    assert "Promoted: keep-codes, instead of live" in did
    assert "Rolled back: from keep-codes to live" in back
    assert "keep-codes is dropped" in gone
