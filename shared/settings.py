"""The environment, read once at start: ``KHABAR_*`` variables → frozen Settings."""

from __future__ import annotations

import dataclasses
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PREFIX = "KHABAR_"
READ_ELSEWHERE = frozenset({"KHABAR_JAVA", "KHABAR_DEBUG"})
"""Variables that another module reads by itself."""

TAGGERS = ("encoder", "crf", "rules")
MECHANISMS = ("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN")
LARGEST_PORT = 65_535
ADDRESS = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[\w.-]+):(\d{1,5})")
NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
"""What Kafka takes in the name of a topic or a group, with room for ours before it."""

MAY_BE_0 = (
    "replication",
    "ingest_port",
    "web_port",
    "metrics_port",
    "hold_ms",
    "revoke_seconds",
    "drain_seconds",
)
"""Numbers that need not be above 0."""

CHOICES = {
    "kafka_security": ("plaintext", "ssl", "sasl_ssl", "sasl_plaintext"),
    "kafka_mechanism": MECHANISMS,
    "kafka_allow_plain_sasl": ("yes", "no"),
    "tagger": TAGGERS,
    "degraded": ("yes", "no"),
    "feeds_private": ("yes", "no"),
}
"""Settings that take one of few words."""


class BadSetting(ValueError):
    """A variable has a value that cannot be used; the message names both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What can be set: ``KHABAR_<NAME>`` sets the field <name>, ``KHABAR_<NAME>_FILE`` the file with it."""

    kafka: str = ""
    """Brokers to begin with, as ``host:port,host:port``; empty: what ``khabar broker start`` runs."""

    kafka_security: str = "plaintext"
    """How to speak to Kafka; ``sasl_plaintext`` needs ``kafka_allow_plain_sasl``."""

    kafka_mechanism: str = MECHANISMS[0]
    """How to log in, with ``sasl_ssl`` and ``sasl_plaintext``."""

    kafka_username: str = ""
    """Name to log in with."""

    kafka_password_file: str = ""
    """File with the password: never itself, so that no log, error or environment of a child can show it."""

    kafka_ca_file: str = ""
    """PEM file with the authority of the broker's certificate; empty: those that this machine trusts."""

    kafka_cert_file: str = ""
    """PEM file with our own certificate and those up to its authority, for brokers that ask for one."""

    kafka_key_file: str = ""
    """PEM file with the private key of ``kafka_cert_file``."""

    kafka_allow_plain_sasl: str = "no"
    """Whether a password may travel without TLS (``yes``, ``no``): on a network that nobody else hears."""

    run: str = "live"
    """The name that topics, groups and transactional ids carry; ``live``: none."""

    instance: str = ""
    """Name of this worker, which keeps its lanes over a restart within ``session_ms``; empty: it has none."""

    home: Path = Path("~/.cache/khabar")
    """Folder of jars, models, logs and a laptop's broker."""

    lanes: int = 12
    """How many lanes clean, detect and extract have: partitions of their topics when these are created."""

    replication: int = 0
    """Copies of each partition when a topic is created; 0: three where there are three brokers, else one."""

    slots: int = 1
    """Child processes that do the slow work of one worker."""

    batch_records: int = 500
    """The most one transaction holds; a lane takes fewer when they are slow (about a second of work)."""

    record_seconds: float = 20.0
    """Seconds after which a slot that is still at one record is killed: the record is a dead letter."""

    attempts: int = 5
    """How often a record is tried whose stage asks for a retry, before it is a dead letter."""

    session_ms: int = 8_000
    """A worker not heard of for so long loses its lanes: those of a killed one go on within ten seconds."""

    heartbeat_ms: int = 2_000
    """A worker is heard of so often; at most a third of ``session_ms``."""

    rebalance_ms: int = 15_000
    """How long a group waits for its members when lanes are given out anew."""

    transaction_ms: int = 30_000
    """The broker aborts what is open for so long: longer than the worst batch."""

    revoke_seconds: float = 5.0
    """How long a lane that is taken away may still work on its open transaction."""

    drain_seconds: float = 10.0
    """A worker told to stop is gone after so many seconds, whatever it still does."""

    tagger: str = TAGGERS[0]
    """What finds names in extract; ``crf`` is three times faster, its vector that of the lead alone."""

    encoder: str = ""
    """Folder of another sentence encoder (files: ``shared/encoder/source.py``); empty: the shipped one."""

    degraded: str = "no"
    """Whether extract may work without a model that it should use: every record it makes then says so."""

    feed_lag_seconds: float = 300.0
    """A feeder waits while clean is further behind than this."""

    ingest_host: str = "127.0.0.1"
    """Where the HTTP door listens; without ``ingest_token`` on loopback alone."""

    ingest_port: int = 8117
    """Port of the HTTP door; 0: any free one."""

    ingest_token: str = field(default="", repr=False)
    """What a client of the HTTP door must show; empty: nothing."""

    feeds: str = ""
    """File with the feeds to poll: OPML, or one address a line; empty: ``khabar run all`` polls none."""

    feeds_private: str = "no"
    """Whether a feed may lie in a private network: a list made by others must not reach into ours."""

    archive_folder: str = ""
    """Where the archive lies; empty: in a folder of ``home``."""

    archive_days: float = 30.0
    """Days that the archive keeps; with more than the topics keep, a rebuilt one has less than it had."""

    archive_gb: float = 20.0
    """Gigabytes that the archive may take: what came first goes first."""

    web_host: str = "127.0.0.1"
    """Where the analyst's page listens. It asks nobody who they are: elsewhere a proxy before it must."""

    web_port: int = 8118
    """Port of the analyst's page; 0: any free one."""

    web_token: str = field(default="", repr=False)
    """What a reader of the page must show to mark two articles as one story or not; empty: nobody can."""

    base_url: str = ""
    """Address of the page, as ``https://news.example.org``, for exports; empty: as each request says."""

    otlp: str = ""
    """OpenTelemetry collector that spans go to (OTLP over HTTP), as ``http://host:4318``; empty: none."""

    metrics_port: int = 0
    """Port of ``/metrics`` and of the probes; 0: any free one."""

    metrics_host: str = "127.0.0.1"
    """Where ``/metrics`` and the probes listen."""

    hold_ms: float = 0.0
    """Keeps every transaction open this long, so that a test's faults fall into one; 0 outside tests."""

    def __post_init__(self) -> None:
        for setting in dataclasses.fields(self):
            self._check(setting.name)
        _check_login(self)
        for address in self.kafka.split(",") if self.kafka else ():
            if (match := ADDRESS.fullmatch(address)) is None or not 0 < int(match[1]) <= LARGEST_PORT:
                raise BadSetting(
                    f"{PREFIX}KAFKA={self.kafka!r} must be host:port, or several of them with commas between"
                )
        for name, value in (("RUN", self.run), ("INSTANCE", self.instance or "none")):
            if not NAME.fullmatch(value):
                raise BadSetting(
                    f"{PREFIX}{name}={value!r} must be made of the letters A to Z, digits, dots, dashes and underscores"
                )
        if self.otlp and not self.otlp.startswith(("http://", "https://")):
            raise BadSetting(f"{PREFIX}OTLP={self.otlp!r} is no address: write it as http://collector:4318")
        if self.base_url and not self.base_url.startswith(("http://", "https://")):
            raise BadSetting(
                f"{PREFIX}BASE_URL={self.base_url!r} is no address: write it as https://news.example.org"
            )
        if self.heartbeat_ms * 3 > self.session_ms:
            raise BadSetting(
                f"{PREFIX}HEARTBEAT_MS={self.heartbeat_ms} must be at most a third of {PREFIX}SESSION_MS={self.session_ms}"
            )

    def _check(self, field: str) -> None:
        """Raise BadSetting when the value of *field* alone shows that it cannot be used."""
        value, name = getattr(self, field), f"{PREFIX}{field.upper()}"
        if isinstance(value, int | float) and not (
            0 <= value < math.inf if field in MAY_BE_0 else 0 < value < math.inf
        ):
            raise BadSetting(f"{name}={value} must be {'0 or more' if field in MAY_BE_0 else 'above 0'}")
        if field.endswith("_port") and value > LARGEST_PORT:
            raise BadSetting(f"{name}={value} is not a port: 0 (any free one) to {LARGEST_PORT}")
        if value not in (choices := CHOICES.get(field, (value,))):
            raise BadSetting(f"{name}={value!r} must be {' or '.join(choices)}")

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Settings:
        """Read *env*; raises BadSetting on an unknown variable or a value of the wrong type."""
        fields = {field.name: field for field in dataclasses.fields(cls)}
        texts: dict[str, str] = {}
        for name, value in sorted(env.items()):
            if not name.startswith(PREFIX) or name in READ_ELSEWHERE:
                continue
            short = name.removeprefix(PREFIX).lower()
            if short.removesuffix("_file") in fields and short not in fields:
                texts[short.removesuffix("_file")] = _read(name, value)
            elif short not in fields:
                raise BadSetting(
                    f"{name} is not a setting; known are {', '.join(PREFIX + known.upper() for known in fields)}"
                )
            else:
                texts.setdefault(short, value)
        values = {name: _convert(name, value, type(fields[name].default)) for name, value in texts.items()}
        return cls(**values)  # type: ignore[arg-type]

    @property
    def folder(self) -> Path:
        """Where jars, models and a laptop's broker live."""
        return self.home.expanduser()


def _check_login(settings: Settings) -> None:
    """Raise BadSetting unless the settings of the login fit together and all of them are used."""
    name, sasl = f"{PREFIX}KAFKA_", settings.kafka_security.startswith("sasl")
    if settings.kafka_security == "sasl_plaintext" and settings.kafka_allow_plain_sasl != "yes":
        raise BadSetting(
            f"{name}SECURITY=sasl_plaintext sends passwords without TLS: use sasl_ssl, or say {name}ALLOW_PLAIN_SASL=yes"
        )
    if sasl and not (settings.kafka_username and settings.kafka_password_file):
        raise BadSetting(
            f"{name}SECURITY={settings.kafka_security} needs {name}USERNAME and {name}PASSWORD_FILE"
        )
    if not sasl and (settings.kafka_username or settings.kafka_password_file):
        raise BadSetting(
            f"{name}USERNAME and {name}PASSWORD_FILE are used with {name}SECURITY=sasl_ssl alone, it is {settings.kafka_security}"
        )
    if "ssl" not in settings.kafka_security and (
        settings.kafka_ca_file or settings.kafka_cert_file or settings.kafka_key_file
    ):
        raise BadSetting(
            f"{name}CA_FILE, {name}CERT_FILE and {name}KEY_FILE need {name}SECURITY=ssl or sasl_ssl, it is {settings.kafka_security}"
        )
    if bool(settings.kafka_cert_file) != bool(settings.kafka_key_file):
        raise BadSetting(f"{name}CERT_FILE and {name}KEY_FILE go together")


def _read(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadSetting(f"{name}={path!r} cannot be read: {error.strerror}") from None


def _convert(name: str, value: str, kind: type) -> object:
    try:
        return kind(value)
    except ValueError:
        raise BadSetting(
            f"{PREFIX}{name.upper()}={value!r} is not {'a number' if kind is not Path else 'a path'}"
        ) from None
