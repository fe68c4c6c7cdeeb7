"""A Kafka that lets nobody in without TLS and a password, where every principal has its own rights and no
more.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from shared.broker.config import HOST, choose_port
from shared.broker.node import Broker
from shared.settings import Settings

ADMIN = "admin"
NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def replaced(path: Path, content: bytes) -> None:
    """Write a file as a careful tool does: nobody ever sees half of it."""
    made = path.with_suffix(".new")
    made.write_bytes(content)
    made.replace(path)


class Authority:
    """Signs certificates; Python 3.13 takes an authority only with its key usage said."""

    def __init__(self, folder: Path, common: str = "khabar test authority") -> None:
        self.key, self.name = ec.generate_private_key(ec.SECP256R1()), name(common)
        usage = dict.fromkeys(
            (
                "digital_signature",
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "encipher_only",
                "decipher_only",
            ),
            False,
        )
        identifier = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
        made = self._builder(self.name, self.key, NOW + DAY)
        made = made.add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        ).add_extension(identifier, critical=False)
        made = made.add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
        self.file = folder / f"{common.replace(' ', '-')}.pem"
        self.file.write_bytes(made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, until: dt.datetime
    ) -> x509.CertificateBuilder:
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
        )
        return (
            made.serial_number(x509.random_serial_number())
            .not_valid_before(NOW - 30 * DAY)
            .not_valid_after(until)
        )

    def issue(self, common: str, *, days: float = 1) -> tuple[bytes, bytes]:
        """Return a certificate that ends in *days* (one of the past has expired), and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._builder(name(common), key, NOW + days * DAY)
        addresses = [x509.IPAddress(ipaddress.ip_address(HOST)), x509.DNSName("localhost")]
        made = made.add_extension(x509.SubjectAlternativeName(addresses), critical=False)
        both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        made = made.add_extension(x509.ExtendedKeyUsage(both), critical=False)
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        made = made.add_extension(identifier, critical=False)
        return made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM), pem(key)


@dataclass
class SecuredKafka:
    """One node: SASL_SSL where our clients go, and a second door whose certificate has expired."""

    folder: Path
    users: tuple[str, ...]
    authority: Authority = field(init=False)
    broker: Broker = field(init=False)
    expired_port: int = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.authority = Authority(self.folder)
        ports = [choose_port() for _ in range(3)]
        self.expired_port = ports[1]
        for user in (ADMIN, *self.users):
            self.password_file(user).write_text(f"{user}-secret\n", encoding="utf-8")
            self.certify(user)
        self.broker = Broker(
            self.folder / "kafka",
            port=ports[0],
            controller_port=ports[2],
            settings=self._properties(ports),
        )
        self.broker.passwords = {user: f"{user}-secret" for user in (ADMIN, *self.users)}
        self.broker.ready = _listens

    def password_file(self, user: str) -> Path:
        return self.folder / f"{user}.password"

    def certify(self, user: str, *, days: float = 1, authority: Authority | None = None) -> None:
        """Give *user* a new certificate and key, in the place of the old ones."""
        certificate, key = (authority or self.authority).issue(user, days=days)
        replaced(self.folder / f"{user}.pem", certificate)
        replaced(self.folder / f"{user}.key", key)

    def login(self, user: str, **more: str) -> dict[str, str]:
        """Return the settings with which *user* logs in."""
        return {
            "kafka": self.broker.bootstrap,
            "kafka_security": "sasl_ssl",
            "kafka_username": user,
            "kafka_password_file": str(self.password_file(user)),
            "kafka_ca_file": str(self.authority.file),
            "kafka_cert_file": str(self.folder / f"{user}.pem"),
            "kafka_key_file": str(self.folder / f"{user}.key"),
        } | more

    def settings(self, user: str, **more: str) -> Settings:
        return Settings(**self.login(user, **more))  # type: ignore[arg-type]

    def variables(self, user: str, **more: str) -> dict[str, str]:
        """Return the environment that makes *user* log in."""
        return {f"KHABAR_{key.upper()}": value for key, value in self.login(user, **more).items()}

    def _properties(self, ports: list[int]) -> Mapping[str, str]:
        listeners = f"SASL_SSL://{HOST}:{ports[0]},EXPIRED://{HOST}:{ports[1]},CONTROLLER://{HOST}:{ports[2]}"
        jaas = f'org.apache.kafka.common.security.scram.ScramLoginModule required username="{ADMIN}" password="{ADMIN}-secret";'
        properties = {
            "listeners": listeners,
            "advertised.listeners": listeners,
            "inter.broker.listener.name": "SASL_SSL",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,EXPIRED:SASL_SSL",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
            "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": jaas,
            "listener.name.expired.scram-sha-512.sasl.jaas.config": jaas,
            "listener.name.sasl_ssl.ssl.client.auth": "requested",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": f"User:{ADMIN};User:ANONYMOUS",  # the latter is the broker itself, at the controller's door of this machine
            "allow.everyone.if.no.acl.found": "false",
        }
        for listener, days in (("sasl_ssl", 1.0), ("expired", -1.0)):
            certificate, key = self.authority.issue("broker", days=days)
            store = self.folder / f"{listener}.store.pem"  # Kafka reads PEM: no keytool is needed
            store.write_bytes(key + certificate)
            properties |= {
                f"listener.name.{listener}.ssl.keystore.type": "PEM",
                f"listener.name.{listener}.ssl.keystore.location": str(store),
                f"listener.name.{listener}.ssl.truststore.type": "PEM",
                f"listener.name.{listener}.ssl.truststore.location": str(self.authority.file),
            }
        return properties


def _listens(port: int) -> bool:
    """Say whether somebody accepts connections: Kafka opens its doors last of all."""
    try:
        socket.create_connection((HOST, port), 1).close()
    except OSError:
        return False
    return True
