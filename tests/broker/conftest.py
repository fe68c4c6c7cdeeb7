"""One real broker for the session; every test has a run of its own, hence topics of its own."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.broker.node import Broker

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """``host:port`` of a broker: ``KHABAR_KAFKA`` if set, else the embedded one."""
    given = os.environ.get("KHABAR_KAFKA")
    if given:
        yield given
        return
    with Broker(tmp_path_factory.mktemp("kafka")) as started:
        yield started.bootstrap


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[Broker]:
    """An embedded broker for one test, to be bounced and killed."""
    with Broker(tmp_path / "kafka") as started:
        yield started


@pytest.fixture
def run_name() -> str:
    """A run nobody else has, on a broker that others use too."""
    return f"t{os.getpid()}-{next(_NUMBERS)}"
