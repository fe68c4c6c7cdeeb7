"""How the embedded broker is set up: its ports and its properties."""

from __future__ import annotations

import random
import socket
from collections.abc import Mapping
from pathlib import Path

from shared.broker.installation import BrokerError

HOST = "127.0.0.1"
NODE_ID = 1
PORTS = range(20_000, 32_000)
"""Below every system's ephemeral range: a client that retries a closed port up there may connect to itself
and keep it.
"""


STAYS_LEADER = {"controlled.shutdown.enable": "false", "broker.session.timeout.ms": "60000"}
"""A lone node keeps its leaderships while it ends, and while it was stopped for a moment: who loses them amid
a commit loses the commit's markers (``deposing``). Of sixteen lanes at work, one orderly stop of Kafka's own
tore a commit from ten partitions.
"""


def choose_port(wanted: int = 0) -> int:
    """Return *wanted* if it is free, or any free port for 0; raises BrokerError when it is taken."""
    if wanted:
        if _is_free(wanted):
            return wanted
        raise BrokerError(f"port {wanted} is taken: stop what listens there or choose another port")
    for port in random.sample(PORTS, 100):
        if _is_free(port):
            return port
    raise BrokerError(f"no free port among a hundred tried between {PORTS.start} and {PORTS.stop}")


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        # as Java binds: a port in TIME_WAIT is free
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((HOST, port))
        except OSError:
            return False
        return True


def properties(port: int, controller_port: int, data: Path, settings: Mapping[str, str]) -> str:
    """Return ``server.properties`` of one node that is broker and controller; *settings* are added or win."""
    listeners = f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}"
    chosen = {
        "process.roles": "broker,controller",
        "node.id": str(NODE_ID),
        "listeners": listeners,
        "advertised.listeners": listeners,
        "inter.broker.listener.name": "PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "controller.quorum.voters": f"{NODE_ID}@{HOST}:{controller_port}",  # named here and not in the data, so that ports may change
        "log.dirs": str(data),
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        # nodes of a cluster shall miss each other soon
        **(STAYS_LEADER if is_lone(settings) else {"broker.session.timeout.ms": "3000"}),
        "broker.heartbeat.interval.ms": "500",
        "auto.create.topics.enable": "false",
        "log.cleaner.dedupe.buffer.size": str(16 << 20),  # 128 MB by default, half of our heap
        **settings,
    }
    return _lines(chosen)


def is_lone(settings: Mapping[str, str]) -> bool:
    """Tell whether a node with *settings* is all there is: nobody has named it other voters."""
    return "controller.quorum.voters" not in settings


def controller_properties(controller_port: int, data: Path) -> str:
    """Return the properties of the same node as its controller alone."""
    chosen = {
        "process.roles": "controller",
        "node.id": str(NODE_ID),
        "listeners": f"CONTROLLER://{HOST}:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT",
        "controller.quorum.voters": f"{NODE_ID}@{HOST}:{controller_port}",
        "log.dirs": str(data),
    }
    return _lines(chosen)


def _lines(chosen: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in chosen.items())
