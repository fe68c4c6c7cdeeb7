"""Why Kafka does not let us in or does not let us do something, in one line that says what to do.

aiokafka says «Unable to bootstrap» alike for a wrong password, an expired certificate and a broker that is
away. Here the broker is asked again, and its answer put into words. A name, a file or a right may be named; a
password never is.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from typing import Any

from aiokafka.client import collect_hosts
from aiokafka.conn import create_conn
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    UnsupportedSaslMechanismError,
)

from shared.kafka.access import credentials
from shared.settings import Settings

ASK_S = 5.0
ACTIONS_REFUSED = {
    TopicAuthorizationFailedError: "use the topic",
    GroupAuthorizationFailedError: "use the group",
    TransactionalIdAuthorizationFailed: "use the transactional id",
    ClusterAuthorizationFailedError: "do this with the cluster",
}
NO_LONGER_VALID = 10
NOT_YET_VALID = 9
"""OpenSSL's codes of a certificate that has expired, and of one that begins later."""

TLS_ALERT = 0x15
"""The byte with which a TLS port answers plaintext; a client of Kafka takes it for part of a length."""


class Refused(KafkaError):  # type: ignore[misc]  # aiokafka has no types
    """Kafka is there and does not let us in; the message says why and what to do."""

    def __str__(self) -> str:
        return str(self.args[0])  # without the name of the class, which aiokafka sets before it


async def start_client(client: Any, settings: Settings) -> None:
    """Start *client*; raises Refused where Kafka does not let it in, else what the client raises."""
    try:
        await client.start()
    except KafkaConnectionError as error:
        why = await why_refused(settings)
        if why is not None:
            raise Refused(why) from error
        raise
    except tuple(ACTIONS_REFUSED) as error:
        raise Refused(refusal(error, settings)) from error


def refusal(error: BaseException, settings: Settings) -> str | None:
    """Return in words what *error* says of a login or a missing right; None for anything else."""
    for error_class, action in ACTIONS_REFUSED.items():
        if isinstance(error, error_class):
            subject = error.args[0] if error.args else ""
            names = (
                ", ".join(sorted(subject))
                if isinstance(subject, set | frozenset | list | tuple)
                else str(subject).removeprefix("Unable to get coordinator id for ")
            )
            who = settings.kafka_username or "this client"
            beside = ", or do it as a super user" if error_class is ClusterAuthorizationFailedError else ""
            return (
                f"Kafka does not let {who} {action} {names}".rstrip()
                + f": grant it what ./khabar topics acl says{beside}"
            )
    return str(error) if isinstance(error, Refused | credentials.BadLogin) else None


async def why_refused(settings: Settings) -> str | None:
    """Return why the brokers of the settings let us in nowhere; None when one does, or when none is there.

    Raises BadLogin.
    """
    why = None
    for host, port, _ in collect_hosts(settings.kafka):
        try:
            async with asyncio.timeout(ASK_S):
                line = await create_conn(
                    host, port, request_timeout_ms=int(ASK_S * 1000), **credentials.options(settings)
                )
        except (OSError, KafkaError, TimeoutError) as error:
            why = why or _cause(error, f"{host}:{port}", settings)
        else:
            line.close()
            return None
    return why


def _cause(error: BaseException, place: str, settings: Settings) -> str | None:
    """Return in words why the broker at *place* refused us with *error*; None when it was not there."""
    cause = error.__cause__ or error
    user, secret = settings.kafka_username, settings.kafka_password_file
    match cause:
        case SaslAuthenticationFailed():
            return f"Kafka at {place} refuses {user}: the password in {secret} is wrong, or there is no such user"
        case UnsupportedSaslMechanismError() | IllegalSaslStateError():
            return f"Kafka at {place} does not take {settings.kafka_mechanism}: set KHABAR_KAFKA_MECHANISM to what it offers"
        case ssl.SSLError():
            return _tls(cause, place, settings)
        case asyncio.IncompleteReadError() if (cause.expected or 0) >> 24 == TLS_ALERT:
            return f"{place} does not answer in plaintext: if it wants TLS or a password, set KHABAR_KAFKA_SECURITY"
    return None


def _tls(error: ssl.SSLError, place: str, settings: Settings) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _broker_certificate(error, place, settings)
    if "ALERT" in (error.reason or ""):
        return _our_certificate(error, place, settings)
    return f"{place} speaks no TLS: set KHABAR_KAFKA_SECURITY=plaintext, or name the port where it does"


def _broker_certificate(error: ssl.SSLCertVerificationError, place: str, settings: Settings) -> str:
    if error.verify_code in (NO_LONGER_VALID, NOT_YET_VALID):
        return f"the certificate of Kafka at {place} {'has expired' if error.verify_code == NO_LONGER_VALID else 'is not valid yet'}: renew it there"
    trusted = (
        f"KHABAR_KAFKA_CA_FILE={settings.kafka_ca_file}"
        if settings.kafka_ca_file
        else "the authorities of this machine"
    )
    return f"the certificate of Kafka at {place} is not to be trusted: {error.verify_message} (by {trusted})"


def _our_certificate(error: ssl.SSLError, place: str, settings: Settings) -> str:
    if not settings.kafka_cert_file:
        return (
            f"Kafka at {place} asks for a certificate: set KHABAR_KAFKA_CERT_FILE and KHABAR_KAFKA_KEY_FILE"
        )
    ours = f"our certificate KHABAR_KAFKA_CERT_FILE={settings.kafka_cert_file}"
    ends = credentials.certificate_end(settings)
    if ends is not None and ends < time.time():
        return f"{ours} expired on {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime(ends))}: renew it; Kafka at {place} refuses it"
    reason = (error.reason or "").lower().replace("_", " ")
    return f"Kafka at {place} refuses {ours} ({reason}): its authority must be one that the broker trusts"
