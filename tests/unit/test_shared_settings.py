"""The environment: a typo is an error, and says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from services.extract.tagger.choice import Choice
from shared.settings import TAGGERS, BadSetting, Settings


def test_values_are_read_by_type() -> None:
    found = Settings.from_env(
        {"KHABAR_KAFKA": "host:1", "KHABAR_SLOTS": "3", "KHABAR_RECORD_SECONDS": "1.5", "HOME": "/x"}
    )
    assert (found.kafka, found.slots, found.record_seconds) == ("host:1", 3, 1.5)


@pytest.mark.parametrize("kafka", ["localhost:9092", "kafka-1.example:9092,kafka_2:9093", "[::1]:9092"])
def test_one_broker_or_several_are_taken(kafka: str) -> None:
    assert Settings.from_env({"KHABAR_KAFKA": kafka}).kafka == kafka


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KHABAR_SLOTS", "many"),
        ("KHABAR_SLOTS", "0"),
        ("KHABAR_SESION_MS", "1"),
        ("KHABAR_RUN_FILE", "/not/there"),
        ("KHABAR_KAFKA", "127.0.0.1:abc"),
        ("KHABAR_KAFKA", "127.0.0.1"),
        ("KHABAR_KAFKA", "127.0.0.1:0"),
        ("KHABAR_KAFKA", "127.0.0.1:70000"),
        ("KHABAR_KAFKA", "kafka://host:9092"),
        ("KHABAR_KAFKA", "a:1,,b:2"),
        ("KHABAR_KAFKA", "a:1, b:2"),
        ("KHABAR_TAGGER", "gpt"),
        ("KHABAR_DEGRADED", "maybe"),
        ("KHABAR_FEEDS_PRIVATE", "1"),
        ("KHABAR_METRICS_PORT", "99999"),
        ("KHABAR_INGEST_PORT", "-1"),
        ("KHABAR_RECORD_SECONDS", "nan"),
        ("KHABAR_RECORD_SECONDS", "inf"),
        ("KHABAR_DRAIN_SECONDS", "-1"),
        ("KHABAR_RUN", "my run"),
        ("KHABAR_RUN", ""),
        ("KHABAR_INSTANCE", "a/b"),
    ],
)
def test_a_bad_variable_is_named_with_its_value(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name) as said:
        Settings.from_env({name: value})
    assert value in str(said.value) or "is not a setting" in str(said.value)
    assert "\n" not in str(said.value)


def test_what_it_may_be_is_said() -> None:
    with pytest.raises(BadSetting, match="must be encoder or crf or rules"):
        Settings(tagger="gpt")
    with pytest.raises(BadSetting, match="must be host:port"):
        Settings(kafka="127.0.0.1:abc")
    assert get_args(Choice) == TAGGERS


@pytest.mark.parametrize(
    ("name", "value", "command"),
    [("KHABAR_KAFKA", "127.0.0.1:abc", ["status"]), ("KHABAR_TAGGER", "gpt", ["run", "extract"])],
)
def test_the_command_says_it_in_one_line_with_the_status_of_wrong_use(
    name: str, value: str, command: list[str]
) -> None:
    given = {key: kept for key, kept in os.environ.items() if not key.startswith("KHABAR_")} | {name: value}
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", *command],
        env=given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert done.stderr.startswith(f"khabar: {name}={value!r} must be ")


def test_a_file_wins_over_the_plain_variable(tmp_path: Path) -> None:
    path = tmp_path / "run"
    path.write_text("v2\n", encoding="utf-8")
    for env in (
        {"KHABAR_RUN": "v1", "KHABAR_RUN_FILE": str(path)},
        {"KHABAR_RUN_FILE": str(path), "KHABAR_RUN": "v1"},
    ):
        assert Settings.from_env(env).run == "v2"


def test_a_token_is_in_no_message() -> None:
    assert "guess-me" not in repr(Settings.from_env({"KHABAR_INGEST_TOKEN": "guess-me"}))
