"""Which broker a verb speaks to, ``KHABAR_KAFKA`` or that of ``khabar broker start``; and its topics."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

from services.cli.speech import OUTSIDE_FAILED, Failure
from shared.broker import node
from shared.kafka import declare
from shared.kafka.access import credentials
from shared.settings import PREFIX, Settings
from shared.wire import topics

SHOWN_TOPICS = 3


def laptop_folder(settings: Settings) -> Path:
    """Return where ``khabar broker start`` keeps its data."""
    return settings.folder / "broker"


def known() -> Settings:
    """Return the settings with a broker in them; raises Failure with the next command when there is none."""
    settings = Settings.from_env()
    if settings.kafka:
        credentials.options(settings)  # a file that cannot be used is said before anything begins
        return settings
    standing = node.status(laptop_folder(settings))
    if standing is None:
        raise Failure(
            "no Kafka is known",
            "start one with: ./khabar broker start   (or set KHABAR_KAFKA=host:port)",
            code=OUTSIDE_FAILED,
        )
    return dataclasses.replace(settings, kafka=standing.bootstrap)


def connected(run: str | None = None) -> Settings:
    """Return the same for a verb that needs the topics of *run*, by default the one in the settings.

    Raises Failure when they are not there, KafkaError when the broker is not. Without topics every client
    would wait in its own way, for up to a minute. Whoever logs in is shown only topics that it may use, so
    there nothing can be said.
    """
    settings = known() if run is None else dataclasses.replace(known(), run=run)
    if settings.kafka_security == "plaintext" and (lacking := asyncio.run(declare.missing(settings))):
        raise _none_there(settings, lacking)
    return settings


def _none_there(settings: Settings, lacking: list[str]) -> Failure:
    if settings.run != topics.LIVE:
        advice = f"see the runs with: ./khabar replay status   (or make them with: {PREFIX}RUN={settings.run} ./khabar topics apply)"
        return Failure(f"there is no run {settings.run}: it has no topics", advice, code=OUTSIDE_FAILED)
    named = ", ".join(lacking[:SHOWN_TOPICS]) + (
        f" and {len(lacking) - SHOWN_TOPICS} more" if len(lacking) > SHOWN_TOPICS else ""
    )
    what = f"{len(lacking)} topics are missing" if len(lacking) > 1 else "a topic is missing"
    return Failure(f"{what} ({named})", "create them with: ./khabar topics apply", code=OUTSIDE_FAILED)
