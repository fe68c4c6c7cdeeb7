"""Java's cache of Kafka's classes: with it a broker is ready in 0.65 s instead of 1.9 s.

A broker that ends in order writes it where there is none (4 s); it serves one build of Java, so only the
wheel's has one.
"""

from __future__ import annotations

from pathlib import Path

from shared.broker.installation import Parts


def using(parts: Parts) -> tuple[str, ...]:
    """Return the flags with which Java takes its classes from the cache; none where there is none."""
    kept = _kept(parts)
    return (f"-XX:AOTCache={kept}",) if kept.exists() else ()


def writing(parts: Parts, folder: Path) -> tuple[str, ...]:
    """Return the flags by which a broker of *folder* writes the cache as it ends; none where Java cannot."""
    return (f"-XX:AOTCacheOutput={_made(folder)}",) if parts.wheel else ()


def keep(parts: Parts, folder: Path) -> None:
    """Keep what a broker that has ended in *folder* has written, if it has."""
    if _made(folder).exists():
        _made(folder).replace(_kept(parts))


def _kept(parts: Parts) -> Path:
    return parts.folder / f"classes-{parts.wheel}.aot"


def _made(folder: Path) -> Path:
    return folder / "classes.aot"
