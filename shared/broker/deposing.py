"""After a forced end the controller lives alone for a moment and takes every leadership from the dead node.

A lone node that was killed comes back as the leader that it was, until its new self is registered. Until then
its transaction coordinator takes up the commits that were prepared; those still under way when the new self
is registered find their partitions without a leader. Kafka 4.4.0 cannot tell these from deleted ones
(``KRaftMetadataCache.getPartitionLeaderEndpoint``): it calls the commit complete without its markers, and
readers of what is committed stand still for ever. Where nobody leads at the start, the coordinator is elected
once, in the same breath as the leaders of all partitions.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

from shared.broker.config import NODE_ID, choose_port, controller_properties
from shared.broker.probe import ask, error_code
from shared.broker.process import Java, launch, stop

UNREGISTER_BROKER = 64
NOT_REGISTERED = 102
"""Kafka's error code when there is nobody to depose; a controller that does not lead yet answers another one.
"""


def is_due(folder: Path) -> bool:
    """Tell whether the node of *folder* ran before: then it left as a leader, stopped or killed."""
    return (folder / "data" / "meta.properties").exists()


def depose(folder: Path, java: Java) -> None:
    """Let the controller of *folder* forget its broker, which thereby leads nothing.

    Raises BrokerError when it does not come up.
    """
    port = choose_port()
    (folder / "controller.properties").write_text(
        controller_properties(port, folder / "data"), encoding="utf-8"
    )
    guard = launch(
        folder, port, java, parent=os.getpid(), properties="controller.properties", ready=_forgotten
    )
    stop(folder)
    guard.wait()


def _forgotten(port: int) -> bool:
    try:
        return error_code(ask(port, UNREGISTER_BROKER, struct.pack(">i", NODE_ID), timeout_s=5.0)) in {
            0,
            NOT_REGISTERED,
        }
    except (OSError, EOFError):
        return False
