"""The embedded Apache Kafka: one KRaft node with its own port and folder, real transactions.

    with Broker(folder) as broker:
        producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap)

Ready means that the cluster answers. A Broker dies with the process that made it, SIGKILL included; one of
``start_detached`` stays until ``stop``.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from shared.broker import class_cache, deposing
from shared.broker.config import HOST, choose_port, is_lone, properties
from shared.broker.installation import HOME, BrokerError, Parts, Progress, gather, quiet, require_room
from shared.broker.probe import answers
from shared.broker.process import (
    Java,
    RunningBroker,
    format_data,
    is_held,
    keep_port,
    kept_port,
    kill,
    launch,
    status,
    stop,
)

__all__ = ["Broker", "BrokerError", "RunningBroker", "start_detached", "status", "stop"]


class Broker:
    """One broker in *folder*, which keeps its data between starts.

    *settings* are Kafka's own and win over ours.

    *port* 0 takes any free one and keeps it over a bounce; *controller_port* 0 takes another at every start,
    which only a lone node may. *home* is where the parts are cached.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        controller_port: int = 0,
        settings: Mapping[str, str] | None = None,
        home: Path = HOME,
        progress: Progress = quiet,
    ) -> None:
        self.folder = folder.absolute()
        self.port = port
        self._controller_port = controller_port
        self._settings = dict(settings or {})
        self.passwords: Mapping[str, str] = {}
        """Users that a new broker knows from its first moment on (SCRAM-SHA-512)."""

        self.ready: Callable[[int], bool] = answers
        """Says whether the broker at a port is up: another question, where *settings* let nobody ask without
        a password.
        """

        self._home = home
        self._progress = progress
        self._guard: subprocess.Popen[bytes] | None = None
        self._parts: Parts | None = None

    @property
    def bootstrap(self) -> str:
        """Return ``host:port`` for clients."""
        return f"{HOST}:{self.port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start and return when the cluster answers; raises BrokerError when it cannot."""
        self._guard = self._launch(parent=os.getpid())

    def stop(self) -> None:
        """End in order; nothing happens when it does not run."""
        if self._guard is not None:
            stop(self.folder)
            self._reap()
            if self._parts:
                class_cache.keep(self._parts, self.folder)

    def kill(self) -> None:
        """End at once, as a power cut would."""
        if self._guard is not None:
            kill(self.folder, self._guard.pid)
            self._reap()

    def bounce(self, *, kill: bool = False) -> None:
        """Stop (or kill) and start again: same data, same port."""
        if kill:
            self.kill()
        else:
            self.stop()
        self.start()

    def detach(self) -> RunningBroker:
        """Start as ``start`` does, to stay when this process ends."""
        self._launch(parent=0).wait()  # its guard has forked away
        running = status(self.folder)
        if running is None:
            raise BrokerError(f"the broker in {self.folder} ended at once")
        return running

    def _reap(self) -> None:
        if self._guard is not None:
            self._guard.wait()
            self._guard = None

    def _launch(self, *, parent: int) -> subprocess.Popen[bytes]:
        parts = self._parts = gather(self._home, self._progress)
        java = Java(parts, class_cache.using(parts))
        require_room(self.folder)
        if is_held(self.folder):
            raise BrokerError(f"a broker runs in {self.folder} already: stop it first")
        self.port = choose_port(self.port)
        text = properties(self.port, choose_port(self._controller_port), self.folder / "data", self._settings)
        (self.folder / "server.properties").write_text(text, encoding="utf-8")
        if is_lone(self._settings) and deposing.is_due(self.folder):
            deposing.depose(self.folder, java)
        format_data(self.folder, java, self.passwords)
        # who stays when this process ends writes no cache: nobody would be there to keep it
        node = java if java.flags or not parent else Java(parts, class_cache.writing(parts, self.folder))
        started = launch(self.folder, self.port, node, parent=parent, ready=self.ready)
        keep_port(self.folder, self.port)
        return started


def start_detached(
    folder: Path,
    *,
    port: int | None = None,
    settings: Mapping[str, str] | None = None,
    home: Path = HOME,
    progress: Progress = quiet,
) -> RunningBroker:
    """Start a broker in *folder* that stays when this process ends; raises BrokerError.

    *port* None is the one it had last time, so that workers which knew it come back to it.
    """
    port = kept_port(folder) if port is None else port
    return Broker(folder, port=port, settings=settings, home=home, progress=progress).detach()
