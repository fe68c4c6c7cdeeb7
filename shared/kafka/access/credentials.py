"""How a client logs in: its TLS context and its password, read from their files whenever a client is made."""

from __future__ import annotations

import ssl
from functools import lru_cache
from pathlib import Path
from typing import Any

from aiokafka.errors import KafkaError

from shared.settings import PREFIX, BadSetting, Settings

Stamp = tuple[tuple[str, int, int, int], ...]
"""The version of each file: its path, its inode, its size, and when it was written (ns)."""


class BadLogin(BadSetting, KafkaError):  # type: ignore[misc]  # aiokafka has no types
    """A file that clients log in with cannot be used.

    It may be well again in a moment, so workers go on trying as for any error of Kafka.
    """

    def __str__(self) -> str:
        return str(self.args[0])  # without the name of the class, which aiokafka sets before it


def options(settings: Settings) -> dict[str, Any]:
    """Return what a client of aiokafka is given to log in; nothing for plaintext.

    Raises BadLogin when a file cannot be used.
    """
    login: dict[str, Any] = {}
    if settings.kafka_security != "plaintext":
        login["security_protocol"] = settings.kafka_security.upper()
    if settings.kafka_security.endswith("ssl"):
        login["ssl_context"] = context(settings)
    if settings.kafka_security.startswith("sasl"):
        login["sasl_mechanism"] = settings.kafka_mechanism
        login["sasl_plain_username"] = settings.kafka_username
        login["sasl_plain_password"] = password(settings)
    return login


def password(settings: Settings) -> str:
    """Return the password; raises BadLogin.

    White space around it does not belong to it: editors end a file with a new line.
    """
    path = settings.kafka_password_file
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadLogin(f"{_variable('password')}={path!r} cannot be read: {_cause(error)}") from None
    if not text:
        raise BadLogin(f"{_variable('password')}={path!r} is empty")
    return text


def context(settings: Settings) -> ssl.SSLContext:
    """Return the TLS context of the files as they are now; raises BadLogin.

    The broker must show that it has the name it is called by.
    """
    return _context(
        settings.kafka_ca_file, settings.kafka_cert_file, settings.kafka_key_file, stamp(settings)
    )


def stamp(settings: Settings) -> Stamp:
    """Return which version of the files there is; raises BadLogin when one is not there."""
    versions = []
    for name in ("ca", "cert", "key", "password"):
        path = getattr(settings, f"kafka_{name}_file")
        if path:
            try:
                stat = Path(path).stat()
            except OSError as error:
                raise BadLogin(f"{_variable(name)}={path!r} cannot be read: {_cause(error)}") from None
            versions.append((path, stat.st_ino, stat.st_size, stat.st_mtime_ns))
    return tuple(versions)


def certificate_end(settings: Settings) -> float | None:
    """Return when our own certificate expires (Unix seconds); None when it cannot be read."""
    try:
        return ssl.cert_time_to_seconds(str(ssl._ssl._test_decode_cert(settings.kafka_cert_file)["notAfter"]))  # type: ignore[attr-defined]  # noqa: SLF001 - nothing public reads a certificate that is not a peer's, and what refuses it does not say why
    except (OSError, KeyError):
        return None


@lru_cache(maxsize=8)
def _context(ca: str, cert: str, key: str, _version: Stamp) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca or None)
    except OSError as error:  # what is no certificate is one too
        raise BadLogin(f"{_variable('ca')}={ca!r} holds no certificate in PEM: {_cause(error)}") from None
    if cert:
        try:
            context.load_cert_chain(cert, key, password=_no_passphrase)
        except OSError as error:
            pair = f"{_variable('cert')}={cert!r} and {_variable('key')}={key!r}"
            raise BadLogin(f"{pair} cannot be used: {_cause(error)}") from None
    return context


def _no_passphrase() -> str:
    """Refuse an encrypted key: OpenSSL would ask the terminal, and a worker would stand still."""
    raise OSError("the key is encrypted: give one without a passphrase, that only this user may read")


def _variable(name: str) -> str:
    return f"{PREFIX}KAFKA_{name.upper()}_FILE"


def _cause(error: Exception) -> str:
    """Return what is wrong in words: ``strerror`` of OpenSSL holds its source line too."""
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.lower().replace("_", " ")
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
