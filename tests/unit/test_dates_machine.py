"""Dates as programs write them: read whole where a field declares a date, and never in running text."""

from __future__ import annotations

import pytest

from shared.text import dates, dates_machine, epochs

DECLARED = [
    ("Thu Jan 27 14:02:00 +0000 2022", "2022-01-27T14:02:00.000Z"),
    ("Thu Jan 27 14:02:00 2022", "2022-01-27T10:32:00.000Z"),
    ("Thu Jan 27 14:02:00 CET 2022", "2022-01-27T13:02:00.000Z"),
    ("Thu, 27 Jan 22 14:02:00 +0000", "2022-01-27T14:02:00.000Z"),
    ("Thursday, 27-Jan-22 14:02:00 GMT", "2022-01-27T14:02:00.000Z"),
    ("27/Jan/2022:14:02:00 +0330", "2022-01-27T10:32:00.000Z"),
    ("Wed, 27 Jan 99 14:02:00 +0000", "1999-01-27T14:02:00.000Z"),
    ("1643277720", "2022-01-27T10:02:00.000Z"),
    ("1643277720000", "2022-01-27T10:02:00.000Z"),
    ("1643277720.25", "2022-01-27T10:02:00.000Z"),
    ("/Date(1643277720000)/", "2022-01-27T10:02:00.000Z"),
    ("20220127140200", "2022-01-27T10:32:00.000Z"),
    ("202201271402", "2022-01-27T10:32:00.000Z"),
    ("20220127T140200Z", "2022-01-27T14:02:00.000Z"),
    ("14001107140200", "2022-01-27T10:32:00.000Z"),
    ("2022-W04-4", "2022-01-27"),
    ("2022-027", "2022-01-27"),
    ("2022-01-27T14:02:00.123456789Z", "2022-01-27T14:02:00.000Z"),
    ("2022-01-27 14:02:00 UTC", "2022-01-27T14:02:00.000Z"),
    ("27 January 2022, 5.30pm", "2022-01-27T14:00:00.000Z"),
]


@pytest.mark.parametrize(("text", "expected"), DECLARED)
def test_a_declared_date_is_read_in_the_form_of_its_program(text: str, expected: str) -> None:
    found = dates_machine.declared(text, lang="en")
    assert found
    assert dates.value(found, "Asia/Tehran") == expected
    assert found.raw == text


@pytest.mark.parametrize(
    "text",
    [
        "2022012714",
        "2033012714",
        "0",
        "-1",
        "12",
        "2022-W54-1",
        "2022-367",
        "2022-000",
        "99999999999999",
        "Thu Foo 27 14:02:00 2022",
    ],
)
def test_what_may_be_another_number_is_no_date(text: str) -> None:
    assert dates_machine.declared(text, lang="en") is None


@pytest.mark.parametrize(
    "text", ["1643277720", "20220127140200", "call 1643277720 now", "2022-027", "Thu, 27 Jan 22 14:02"]
)
def test_digits_in_a_line_are_not_taken_for_a_moment(text: str) -> None:
    found = dates.parse(text, lang="en")
    assert found is None or found.precision == "day"


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (631_152_000, "1990-01-01T00:00:00+00:00"),
        ("1643277720", "2022-01-27T10:02:00+00:00"),
        (1643277720.25, "2022-01-27T10:02:00.250000+00:00"),
        (1643277720250, "2022-01-27T10:02:00.250000+00:00"),
        ("1643277720250000", "2022-01-27T10:02:00.250000+00:00"),
        (1643277720250000000, "2022-01-27T10:02:00.250000+00:00"),
        (1_950_000_000, "2031-10-17T10:40:00+00:00"),
    ],
)
def test_a_number_that_counts_from_1970_is_one_moment_in_every_unit(number: object, expected: str) -> None:
    found = epochs.moment(number)
    assert found
    assert found.isoformat() == expected


@pytest.mark.parametrize(
    "number",
    [0, 631_151_999, 4_102_444_800, 20220127, 2022012714, "2030011512", 202201271402, 20220127140200, 10**11, 10**20, True, None, "", "x",
     float("nan"), float("inf")],
)  # fmt: skip
def test_a_number_that_may_be_a_day_or_an_hour_is_no_moment(number: object) -> None:
    assert epochs.moment(number) is None
