"""Three embedded nodes that are one cluster: any of them may be killed, and its partitions go on under
another leader.

    with Cluster(folder) as cluster:
        producer = AIOKafkaProducer(bootstrap_servers=cluster.bootstrap)
        cluster.nodes[0].bounce(kill=True)

Each node is broker and controller. Every topic, those of offsets and transactions too, lies on all three, and
what is confirmed lies on two at least. A killed node is missed after three seconds
(``broker.session.timeout.ms``), and may register again only then.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from shared.broker.config import HOST, choose_port
from shared.broker.installation import HOME, Progress, quiet
from shared.broker.node import Broker

NODES = 3
IN_SYNC = 2
SHARED = {
    "default.replication.factor": str(NODES),
    "min.insync.replicas": str(IN_SYNC),
    "offsets.topic.replication.factor": str(NODES),
    "offsets.topic.num.partitions": str(NODES),
    "transaction.state.log.replication.factor": str(NODES),
    "transaction.state.log.min.isr": str(IN_SYNC),
    "transaction.state.log.num.partitions": str(NODES),
}
"""Partitions of offsets and transactions: one a node, so that the loss of any node is the loss of a
coordinator.
"""


class Cluster:
    """Three nodes in folders of their own under *folder*; *settings* are Kafka's own and win over ours."""

    def __init__(
        self,
        folder: Path,
        *,
        settings: Mapping[str, str] | None = None,
        home: Path = HOME,
        progress: Progress = quiet,
    ) -> None:
        ports = _distinct(2 * NODES)
        voters = ",".join(f"{number}@{HOST}:{port}" for number, port in enumerate(ports[NODES:], 1))
        shared = {"controller.quorum.voters": voters, **SHARED, **(settings or {})}
        self.nodes = tuple(
            Broker(
                folder / f"node-{number}",
                port=port,
                controller_port=controller_port,
                settings={"node.id": str(number), **shared},
                home=home,
                progress=progress,
            )
            for number, (port, controller_port) in enumerate(
                zip(ports[:NODES], ports[NODES:], strict=True), 1
            )
        )

    @property
    def bootstrap(self) -> str:
        """Return ``host:port,…`` for clients: they find the cluster through whichever node lives."""
        return ",".join(node.bootstrap for node in self.nodes)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start all and return when each answers; raises BrokerError, and leaves none behind."""
        try:
            with ThreadPoolExecutor(NODES) as pool:  # a node alone waits for a second one
                list(pool.map(Broker.start, self.nodes))
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """End all in order, at the same time: the last one would find nobody to hand its partitions to."""
        with ThreadPoolExecutor(NODES) as pool:
            list(pool.map(Broker.stop, self.nodes))

    def kill(self) -> None:
        """End all at once."""
        for node in self.nodes:
            node.kill()


def _distinct(count: int) -> list[int]:
    """Return *count* free ports, no two the same."""
    found = dict.fromkeys(choose_port() for _ in range(count))
    while len(found) < count:
        found[choose_port()] = None
    return list(found)
