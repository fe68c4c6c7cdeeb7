from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from services.workshop.judging.detect import subject

FLOORS = Path(__file__).parent / "floors" / "detect.json"


def test_what_is_no_language_is_und_as_often_as_the_floors_ask() -> None:
    floors = {
        name.removeprefix("probes."): least
        for name, least in json.loads(FLOORS.read_text()).items()
        if name.startswith("probes.")
    }
    assert floors
    measured = subject.probes()
    assert {name: measured[name] for name, least in floors.items() if measured[name] < least} == {}


def test_files_are_measured_by_the_fields_of_their_rows(tmp_path: Path) -> None:
    rows = [
        {"set": "titles", "lab": "fa", "text": "وزیر خارجه گفت گفت‌وگوها ادامه دارد"},
        {"set": "titles", "lab": "ar", "text": "ایران"},
    ]
    _write(tmp_path / "held.jsonl.gz", rows)
    _write(tmp_path / "else.jsonl.gz", [{"id": 1}])
    (tmp_path / "more").mkdir()
    _write(tmp_path / "more" / "x.jsonl.gz", [{"case": "clean", "lang": "fa", "text": rows[0]["text"]}])
    found = subject.evaluate(tmp_path)
    assert set(found) == {"texts", "hostile", "probes"}
    assert found["hostile"] == {"clean": 100.0}
    assert found["texts"]["titles"]["macro_f1_core7"] == pytest.approx(33.33, abs=0.01)
    assert found["texts"]["titles"]["aloud"] == 50.0


def test_a_folder_without_known_files_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no file of a known form"):
        subject.evaluate(tmp_path)


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_bytes(gzip.compress("\n".join(json.dumps(row) for row in rows).encode()))
