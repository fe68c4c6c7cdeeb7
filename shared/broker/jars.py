"""The locked list of the broker's jars: coordinate, bytes and sha256 of each.

``python -m shared.broker.jars`` resolves it again.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

KAFKA = "4.4.0"
LOG4J = "2.25.5"
"""The log4j that Kafka 4.4.0 itself resolves to; without the bridge from slf4j the broker is silent, errors
included.
"""

WANTED = (
    f"org.apache.logging.log4j:log4j-slf4j-impl:{LOG4J}+org.apache.logging.log4j:log4j-core:{LOG4J}",
    f"org.apache.kafka:kafka_2.13:{KAFKA}",
)
"""Resolved one by one, the later wins: resolved together, log4j's own table of versions pulls kafka-clients
down to 3.8.0.
"""

LOCK = Path(__file__).parent / "data" / "kafka_jars.toml"


@dataclass(frozen=True, slots=True)
class Jar:
    """One locked jar; *at* is its Maven coordinate ``group:artifact:version``."""

    at: str
    bytes: int
    sha256: str

    @property
    def file(self) -> str:
        """Return the jar's file name."""
        _, artifact, version = self.at.split(":")
        return f"{artifact}-{version}.jar"


def locked() -> tuple[Jar, ...]:
    """Return the committed list."""
    return tuple(Jar(**entry) for entry in tomllib.loads(LOCK.read_text(encoding="utf-8"))["jar"])


def resolve(folder: Path) -> Iterator[Jar]:
    """Resolve WANTED over the network, with *folder* for the downloads, and give its jars."""
    import jgo  # noqa: PLC0415 - the optional part "broker"

    by_project: dict[str, Jar] = {}
    for coordinate in WANTED:
        jars = list(jgo.build(coordinate, cache_dir=folder).all_jars)
        listed = tomllib.loads((jars[0].parents[1] / "jgo.lock.toml").read_text(encoding="utf-8"))[
            "dependencies"
        ]
        names = {f"{item['artifactId']}-{item['version']}.jar": item for item in listed}
        for path in jars:
            item, body = names[path.name], path.read_bytes()
            project = f"{item['groupId']}:{item['artifactId']}"
            by_project[project] = Jar(
                f"{project}:{item['version']}", len(body), hashlib.sha256(body).hexdigest()
            )
    yield from (by_project[project] for project in sorted(by_project))


def main() -> None:
    """Write the list anew; the difference to the committed one is what an update changes."""
    import tempfile  # noqa: PLC0415 - only the command needs it

    with tempfile.TemporaryDirectory() as folder:
        entries = [
            f'[[jar]]\nat = "{jar.at}"\nbytes = {jar.bytes}\nsha256 = "{jar.sha256}"\n'
            for jar in resolve(Path(folder))
        ]
    LOCK.write_text("# Written by python -m shared.broker.jars\n\n" + "\n".join(entries), encoding="utf-8")


if __name__ == "__main__":
    main()
