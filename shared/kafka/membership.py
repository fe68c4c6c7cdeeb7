"""Whether a consumer is a member of its group, by its coordinator's answers to its heartbeats."""

from __future__ import annotations

import time

from aiokafka import AIOKafkaConsumer

from shared.settings import Settings


class Membership:
    """The place of a consumer in its group; ``watch`` one once it has started.

    After a session without an answer the group takes a member for dead, and so does ``check``: a client whose
    broker is gone raises nothing and tries on for ever.
    """

    def __init__(self, settings: Settings) -> None:
        self._session_s = settings.session_ms / 1000
        self._heard: float | None = None

    def watch(self, consumer: AIOKafkaConsumer) -> None:
        """Listen to the answers that *consumer* gets from now on."""
        coordinator = consumer._coordinator  # noqa: SLF001 - the client tells nobody how its heartbeats fare
        beat, self._heard = coordinator._do_heartbeat, time.monotonic()  # noqa: SLF001

        async def heard() -> bool:
            answered: bool = await beat()
            if answered:
                self._heard = time.monotonic()
            return answered

        coordinator._do_heartbeat = heard  # noqa: SLF001

    def check(self) -> tuple[bool, str]:
        """Tell whether it is a member whose coordinator answers, and if not, why."""
        if self._heard is None:
            return False, "not a member of the group yet"
        silent = time.monotonic() - self._heard
        return (
            silent <= self._session_s,
            "ok" if silent <= self._session_s else f"Kafka has not answered for {silent:.0f} s",
        )
