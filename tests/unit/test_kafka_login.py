"""How clients log in: settings that do not fit are refused, secrets are shown nowhere, files that cannot be
used are named.
"""

from __future__ import annotations

import dataclasses
import ssl
from pathlib import Path

import pytest
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError
from secured_kafka import Authority

from services.cli import outside_faults, worker_processes
from shared.kafka.access import credentials, refusals
from shared.settings import BadSetting, Settings

SESAME = "sesame-123"
LOGIN = {
    "KHABAR_KAFKA": "host:1",
    "KHABAR_KAFKA_SECURITY": "sasl_ssl",
    "KHABAR_KAFKA_USERNAME": "khabar-clean",
}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"KHABAR_KAFKA_SECURITY": "tls"}, "must be plaintext or ssl or sasl_ssl or sasl_plaintext"),
        (LOGIN, "needs KHABAR_KAFKA_USERNAME and KHABAR_KAFKA_PASSWORD_FILE"),
        (LOGIN | {"KHABAR_KAFKA_PASSWORD": "secret"}, "KHABAR_KAFKA_PASSWORD is not a setting"),
        (
            LOGIN | {"KHABAR_KAFKA_PASSWORD_FILE": "p", "KHABAR_KAFKA_MECHANISM": "GSSAPI"},
            "must be SCRAM-SHA-512 or",
        ),
        (
            LOGIN | {"KHABAR_KAFKA_PASSWORD_FILE": "p", "KHABAR_KAFKA_SECURITY": "sasl_plaintext"},
            "sends passwords without TLS",
        ),
        (
            LOGIN | {"KHABAR_KAFKA_PASSWORD_FILE": "p", "KHABAR_KAFKA_SECURITY": "plaintext"},
            "are used with KHABAR_KAFKA_SECURITY=sasl_ssl alone",
        ),
        ({"KHABAR_KAFKA_CA_FILE": "ca.pem"}, "need KHABAR_KAFKA_SECURITY=ssl or sasl_ssl"),
        ({"KHABAR_KAFKA_SECURITY": "ssl", "KHABAR_KAFKA_CERT_FILE": "c.pem"}, "go together"),
        ({"KHABAR_KAFKA_ALLOW_PLAIN_SASL": "1"}, "must be yes or no"),
    ],
)
def test_what_does_not_fit_together_is_refused_in_words(given: dict[str, str], said: str) -> None:
    with pytest.raises(BadSetting, match=said):
        Settings.from_env(given)


def test_a_password_without_tls_must_be_allowed() -> None:
    given = LOGIN | {
        "KHABAR_KAFKA_PASSWORD_FILE": "p",
        "KHABAR_KAFKA_SECURITY": "sasl_plaintext",
        "KHABAR_KAFKA_ALLOW_PLAIN_SASL": "yes",
    }
    assert Settings.from_env(given).kafka_security == "sasl_plaintext"


@pytest.fixture
def login(tmp_path: Path) -> Settings:
    authority = Authority(tmp_path)
    for name, content in zip(("c.pem", "c.key"), authority.issue("khabar-clean"), strict=True):
        (tmp_path / name).write_bytes(content)
    (tmp_path / "password").write_text(f"{SESAME}\n", encoding="utf-8")
    return Settings(
        kafka="host:1",
        kafka_security="sasl_ssl",
        kafka_username="khabar-clean",
        kafka_password_file=str(tmp_path / "password"),
        kafka_ca_file=str(authority.file),
        kafka_cert_file=str(tmp_path / "c.pem"),
        kafka_key_file=str(tmp_path / "c.key"),
    )


def test_the_password_is_read_and_shown_nowhere(login: Settings) -> None:
    given = credentials.options(login)
    assert (given["sasl_plain_password"], given["sasl_mechanism"], given["security_protocol"]) == (
        "sesame-123",
        "SCRAM-SHA-512",
        "SASL_SSL",
    )
    assert given["ssl_context"].verify_mode is ssl.CERT_REQUIRED
    assert given["ssl_context"].check_hostname
    assert "sesame" not in repr(login)
    assert "sesame" not in repr(dataclasses.replace(login, ingest_token=SESAME))
    assert "sesame" not in repr(worker_processes.environment(login)), "a child reads the file itself"


@pytest.mark.parametrize("field", ["ca", "cert", "key", "password"])
def test_a_file_that_is_away_or_broken_is_named(login: Settings, tmp_path: Path, field: str) -> None:
    name = f"kafka_{field}_file"
    away = dataclasses.replace(login, **{name: str(tmp_path / "away")})  # type: ignore[arg-type]
    with pytest.raises(
        credentials.BadLogin, match=f"KHABAR_{name.upper()}='.*away' cannot be read: No such file"
    ):
        credentials.options(away)
    (tmp_path / "broken").write_bytes(
        b"" if field == "password" else b"-----BEGIN CERTIFICATE-----\nhalf of i"
    )
    broken = dataclasses.replace(login, **{name: str(tmp_path / "broken")})  # type: ignore[arg-type]
    with pytest.raises(credentials.BadLogin, match=f"KHABAR_{name.upper()}='.*broken' ") as caught:
        credentials.options(broken)
    assert str(caught.value).startswith("KHABAR_")
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, KafkaError), "workers try on: a renewal may be half done"
    assert outside_faults.explained(caught.value).exit_code == 2


def test_a_key_of_another_certificate_is_refused(login: Settings, tmp_path: Path) -> None:
    (tmp_path / "c.key").write_bytes(Authority(tmp_path, "other").issue("khabar-clean")[1])
    with pytest.raises(credentials.BadLogin, match="key values mismatch"):
        credentials.options(login)


def test_a_context_is_made_anew_when_a_file_is_renewed_and_not_before(
    login: Settings, tmp_path: Path
) -> None:
    first = credentials.context(login)
    assert credentials.context(login) is first
    for name, content in zip(
        ("c.pem", "c.key"), Authority(tmp_path, "other").issue("khabar-clean"), strict=True
    ):
        (tmp_path / name).write_bytes(content)
    assert credentials.context(login) is not first


def test_a_missing_right_is_said_with_its_owner(login: Settings) -> None:
    said = refusals.refusal(TopicAuthorizationFailedError({"stories", "articles.raw"}), login)
    assert (
        said
        == "Kafka does not let khabar-clean use the topic articles.raw, stories: grant it what ./khabar topics acl says"
    )
    assert refusals.refusal(KafkaError("something else"), login) is None
