"""The interface's languages: the same keys, digits, calendars, plurals; and what the pages reckon."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from services.link.reasons.evidence import time_label
from services.web.addresses import outside, path, shortened, with_query
from services.web.tongue import TONGUES, chosen, tongue

TEMPLATES = Path(__file__).parents[2] / "services" / "web" / "templates"


def keys(lang: str) -> dict[str, set[str] | None]:
    return {
        key: set(value) if isinstance(value, dict) and key != "counts" else None
        for key, value in tongue(lang).words.items()
    }


def test_every_language_has_every_word() -> None:
    assert keys("en") == keys("fa") == keys("ar")
    for lang in TONGUES:
        assert set(tongue(lang).words["counts"]) == set(tongue("en").words["counts"])
        assert len(tongue(lang).words["months"]) == len(tongue(lang).words["jalali_months"]) == 12
        for key, said in tongue("en").words.items():
            if isinstance(said, str):
                assert set(re.findall(r"{\w+}", said)) == set(
                    re.findall(r"{\w+}", tongue(lang).words[key])
                ), (lang, key)


def test_every_word_of_a_template_is_there_and_every_word_is_used() -> None:
    text = "".join(one.read_text(encoding="utf-8") for one in TEMPLATES.glob("*.html"))
    code = "".join(one.read_text(encoding="utf-8") for one in TEMPLATES.parent.rglob("*.py"))
    said = (
        set(re.findall(r"t\.say\('(\w+)'", text))
        | set(re.findall(r"tongue\.say\(\"(\w+)\"", code))
        | set(re.findall(r"\('\w+', '(filter_\w+)'\)", text))
    )
    words = {key for key, value in tongue("en").words.items() if isinstance(value, str)}
    said -= {"found_"}  # the rest of it is how it was found
    assert said - words == set()
    unused = words - said - {key for key in words if key.startswith(("edit_", "found_", "problem_", "ops_"))}
    assert unused == set()


@pytest.mark.parametrize(
    ("lang", "moment", "said"),
    [
        ("en", "2022-01-27T10:32:00.000Z", "27 January 2022 · 10:32 UTC"),
        ("fa", "2022-01-27T10:32:00.000Z", "۷ بهمن ۱۴۰۰ · ۱۰:۳۲ UTC"),
        ("ar", "2022-01-27T10:32:00.000Z", "٢٧ يناير ٢٠٢٢ · ١٠:٣٢ UTC"),
    ],
)
def test_a_moment_is_written_in_the_calendar_of_the_reader(lang: str, moment: str, said: str) -> None:
    assert tongue(lang).moment(moment) == said
    assert tongue(lang).day("2022-01") == tongue(lang).digits("2022-01"), "a month is no day"


def test_counts_take_the_form_that_their_number_wants() -> None:
    assert [tongue("en").count("articles", n) for n in (0, 1, 2)] == ["0 articles", "1 article", "2 articles"]
    assert [tongue("ar").count("articles", n) for n in (1, 2, 3, 11, 103)] == [
        "مقالة واحدة",
        "مقالتان",
        "٣ مقالات",
        "١١ مقالة",
        "١٠٣ مقالات",
    ]
    assert tongue("fa").number(1234.5, 1) == "۱٬۲۳۴٫۵"


@pytest.mark.parametrize(
    ("label", "fa", "ar"),
    [
        ("no date in one of the articles", "در یکی از خبرها تاریخی نیست", "لا تاريخ في إحدى المقالتين"),
        ("55 minutes apart", "۵۵ دقیقه فاصله", "بفارق ٥٥ دقيقة"),
        ("1 hour apart", "۱ ساعت فاصله", "بفارق ساعة واحدة"),
        ("up to 4 hours apart", "تا ۴ ساعت فاصله", "بفارق حتى ٤ ساعات"),
        ("2 to 5 hours apart", "۲ تا ۵ ساعت فاصله", "بفارق من ٢ إلى ٥ ساعات"),
        ("50 minutes to 3 hours apart", "۵۰ دقیقه تا ۳ ساعت فاصله", "بفارق من ٥٠ دقيقة إلى ٣ ساعات"),
        ("Jake Sullivan ≠ Eyal Hulata", "Jake Sullivan ≠ Eyal Hulata", "Jake Sullivan ≠ Eyal Hulata"),
    ],
)
def test_what_link_says_in_its_own_words_is_said_in_the_readers(label: str, fa: str, ar: str) -> None:
    assert [tongue(lang).reason(label) for lang in ("fa", "ar")] == [fa, ar]


def test_names_behind_words_of_link_run_their_own_way() -> None:
    assert tongue("fa").form("the same words, but Sari ≠ اراک") == ("همان واژه‌ها، اما ", "Sari ≠ اراک")
    assert tongue("ar").form("55 minutes apart") == ("", "55 minutes apart")


@pytest.mark.parametrize(
    "apart", [[0.0], [60.0], [3300.0, 3300.0], [0.0, 15000.0], [3000.0, 11000.0], [7200.0, 18000.0], []]
)
def test_every_span_that_link_tells_is_understood(apart: list[float]) -> None:
    label = time_label(np.array(apart))
    assert tongue("en").reason(label) == label
    assert re.search("[A-Za-z]", tongue("fa").reason(label)) is None


def test_the_language_is_that_of_the_address_then_of_the_cookie_then_of_the_browser() -> None:
    assert chosen("fa", "ar", "en") == "fa"
    assert chosen("xx", "ar", "en") == "ar"
    assert chosen(None, None, "de;q=0.9, fa-IR;q=0.8, en") == "fa"
    assert chosen(None, None, "") == "en"


def test_a_reader_follows_http_alone() -> None:
    assert outside("https://example.org/a?b=c") == "https://example.org/a?b=c"
    for url in (
        "javascript:alert(1)",
        "data:text/html,x",
        "//example.org",
        "http://",
        "http://[",
        "JAVASCRIPT:x",
        "ftp://x/",
        None,
    ):
        assert outside(url) is None, url


def test_addresses_and_long_titles() -> None:
    assert path("entity", "p:JK SLFN/x?") == "/entity/p:JK%20SLFN%2Fx%3F"
    assert shortened("a b " * 1000, 9) == "a b a b …"
    assert len(shortened("x" * 2_000_000)) < 310


def test_an_address_keeps_what_is_not_changed_and_says_nothing_of_what_is_empty() -> None:
    kept = {"lang": "fa", "sort": "newest"}
    assert with_query("/", kept, sort="growing", place="iso:IR") == "/?lang=fa&sort=growing&place=iso%3AIR"
    assert with_query("/", kept, lang=None, sort="") == "/"
    assert with_query("/search", q="الف & ب") == "/search?q=%D8%A7%D9%84%D9%81+%26+%D8%A8"
