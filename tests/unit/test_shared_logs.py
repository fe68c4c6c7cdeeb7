"""A hostile title stays one line and cannot turn a terminal around."""

from __future__ import annotations

import logging

import orjson

from shared.logs import JsonLines, Seldom


def record(message: str, created: float = 1.0, name: str = "khabar") -> logging.LogRecord:
    made = logging.LogRecord(name, logging.INFO, "", 0, message, None, None)
    made.created = created
    return made


def test_one_line_no_control_no_bidi_and_the_same_text() -> None:
    hostile = "a\nb\x1b[31m\u202eevil\u2066\u2028\u200fx\x7f\x9f"
    line = JsonLines().format(record(hostile))
    assert "\n" not in line
    assert not any(char in line for char in "\x1b\u202e\u2066\u2028\u200f\x7f\x9f")
    assert orjson.loads(line)["event"] == hostile


def test_a_client_repeats_itself_seldom_and_we_are_never_silenced() -> None:
    seldom = Seldom()
    theirs = [seldom.filter(record("no broker", at, "aiokafka")) for at in (0.0, 1.0, 9.0, 11.0)]
    assert theirs == [True, False, False, True]
    assert all(seldom.filter(record("lane-open", at)) for at in (0.0, 0.1))
