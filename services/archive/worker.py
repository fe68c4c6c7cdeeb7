"""``khabar run archive``: keeps the archive, until SIGTERM."""

from __future__ import annotations

from services.archive.archive_metrics import ArchiveMetrics
from services.archive.archivist import NAME, Archivist
from shared.settings import Settings
from shared.version import VERSION
from shared.worker import lifetime


def main(settings: Settings) -> None:
    """Keep the archive until SIGTERM or SIGINT, and end the process."""
    archivist = Archivist(settings, ArchiveMetrics.create(version=VERSION))

    lifetime.run(settings, NAME, lambda stop: lifetime.until_stopped(archivist.run(), stop), archivist.ready)
