"""The environment: a typo is an error, and says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.settings import BadSetting, Settings


def test_values_are_read_by_type() -> None:
    found = Settings.from_env({"KHABAR_KAFKA": "host:1", "KHABAR_SLOTS": "3", "KHABAR_RECORD_SECONDS": "1.5", "HOME": "/x"})
    assert (found.kafka, found.slots, found.record_seconds) == ("host:1", 3, 1.5)


@pytest.mark.parametrize(("name", "value"), [("KHABAR_SLOTS", "many"), ("KHABAR_SESION_MS", "1"), ("KHABAR_RUN_FILE", "/not/there")])
def test_a_bad_variable_is_named_with_its_value(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name):
        Settings.from_env({name: value})


def test_a_file_wins_over_the_plain_variable(tmp_path: Path) -> None:
    path = tmp_path / "run"
    path.write_text("v2\n", encoding="utf-8")
    for env in ({"KHABAR_RUN": "v1", "KHABAR_RUN_FILE": str(path)}, {"KHABAR_RUN_FILE": str(path), "KHABAR_RUN": "v1"}):
        assert Settings.from_env(env).run == "v2"
