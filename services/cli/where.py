"""Which broker a verb speaks to: ``KHABAR_KAFKA``, or the one that ``khabar broker start`` runs."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from services.cli.show import OUTSIDE_FAILED, Failure
from shared import broker
from shared.settings import Settings


def laptop_folder(settings: Settings) -> Path:
    """Return where ``khabar broker start`` keeps its data."""
    return settings.folder / "broker"


def connected() -> Settings:
    """Return the settings with a broker in them; raises Failure with the next command when there is none."""
    settings = Settings.from_env()
    if settings.kafka:
        return settings
    standing = broker.status(laptop_folder(settings))
    if standing is None:
        raise Failure("no Kafka is known", "start one with: ./khabar broker start   (or set KHABAR_KAFKA=host:port)", code=OUTSIDE_FAILED)
    return dataclasses.replace(settings, kafka=standing.bootstrap)
