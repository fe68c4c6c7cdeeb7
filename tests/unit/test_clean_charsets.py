"""Charsets: one bad byte costs one sign, a false label nothing, and a text read wrongly before it came is
read again or named.
"""

from __future__ import annotations

import pytest

from services.clean.edits.ledger import trace
from services.clean.edits.wrong_charset import repaired
from services.clean.page.decoding import from_bytes
from shared.errors import BadRecord
from shared.text import mojibake
from tests.unit.clean_pages import clean

TEXTS = {
    "fa": "شورای شهر اصفهان بودجه سال آینده را بررسی کرد.\n\nاو افزود شهرداری باید تا پایان فصل گزارش هزینه‌ها را ارائه کند و درباره پروژه‌ها توضیح دهد.",
    "ar": "أعلنت وزارة الصحة في تونس افتتاح مستشفى جديد.\n\nوقال الوزير إن المشروع كلف نحو ثمانين مليون دينار وشارك في تمويله البنك الإسلامي للتنمية.",
    "ru": "Городской совет Ривертона утвердил мост через реку.\n\nМэр заявила, что старая переправа больше не выдерживает грузовиков.",
    "fr": "Le conseil municipal a décidé de construire un pont.\n\nLa maire a déclaré que l’ancien était fermé à cause des dégâts de l’été dernier.",
    "tr": "Belediye meclisi yeni köprüyü onayladı.\n\nBaşkan eski köprünün her gün geçen kamyonların ağırlığını taşıyamadığını söyledi.",
    "ja": "市議会は火曜日、川に新しい橋を建設する計画を賛成多数で承認した。\n\n工事は秋に始まり、およそ三年続く見通しだ。",
}
LAST = {lang: text.rpartition("\n")[2] for lang, text in TEXTS.items()}
SCRIPT = (
    b"<script>"
    + b"var a=function(){return document.getElementById('x').style.display='none';};\n" * 50
    + b"</script>"
)


@pytest.mark.parametrize("lang", TEXTS)
@pytest.mark.parametrize("bad", [b"\xff", b"\x92", b"\xe9", b"\xd8", b"\xed\xa0\xbd"])
def test_one_bad_byte_costs_one_sign_and_is_said(lang: str, bad: bytes) -> None:
    head, last = TEXTS[lang].encode().split(b"\n\n")
    found = from_bytes(head + bad + b"\n\n" + last)
    assert (found.charset, found.basis) == ("utf-8", "damaged")
    assert found.text.endswith(LAST[lang])


@pytest.mark.parametrize("lang", ["fa", "ar", "ru", "fr", "ja"])
@pytest.mark.parametrize("lost", [1, 2])
def test_a_page_cut_in_its_last_letter_is_read(lang: str, lost: int) -> None:
    data = (TEXTS[lang] + "😀").encode()
    assert from_bytes(data[:-lost]).text.startswith(TEXTS[lang])
    assert "charset_damaged" in clean(data[:-lost]).warnings


def test_an_emoji_in_two_halves_is_one() -> None:
    data = "شورای شهر \ud83d\ude00 اصفهان".encode("utf-8", "surrogatepass")
    found = from_bytes(data)
    assert (found.text, found.basis) == ("شورای شهر 😀 اصفهان", "utf8")


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("lang", TEXTS)
def test_wide_characters_without_a_mark(lang: str, charset: str) -> None:
    assert from_bytes(TEXTS[lang].encode(charset)).text == TEXTS[lang]
    assert from_bytes(f"<p>{TEXTS[lang]}</p>".encode(charset)[:-1]).text.startswith(f"<p>{TEXTS[lang]}")


def test_a_zero_byte_in_a_sound_page_is_no_wide_character() -> None:
    assert from_bytes(TEXTS["ar"].encode() + b"\0").charset == "utf-8"
    assert from_bytes(b"a plain text\0with zeros\0 between its fields\0").charset == "utf-8"


@pytest.mark.parametrize(("charset", "named"), [("iso2022_jp", "iso-2022-jp"), ("utf-7", "utf-7")])
def test_a_seven_bit_charset_is_read_by_its_name_or_by_its_marks(charset: str, named: str) -> None:
    body = f"<p>{TEXTS['ja']}</p>"
    head = f'<meta http-equiv="Content-Type" content="text/html; charset={named}">'
    assert LAST["ja"] in from_bytes((head + body).encode(charset)).text
    assert from_bytes(body.encode(charset)).basis == "guessed"


@pytest.mark.parametrize(
    "text", ["C++ and 1+1=2, call +4930123456-7", "~{not closed", "a ~{ b ~} c", "\x1b[0m red"]
)
def test_ascii_with_the_marks_of_other_charsets_stays(text: str) -> None:
    assert from_bytes(text.encode()).text == text


@pytest.mark.parametrize("label", ["utf-8", "iso-8859-1", ""])
@pytest.mark.parametrize(
    ("lang", "charset"),
    [
        ("ar", "cp1256"),
        ("ru", "cp1251"),
        ("ru", "koi8-r"),
        ("fr", "cp1252"),
        ("tr", "cp1254"),
        ("ja", "euc_jp"),
    ],
)
def test_a_false_label_is_judged_by_the_letters_and_not_by_the_script(
    lang: str, charset: str, label: str
) -> None:
    head = f'<html><head><meta charset="{label}">'.encode() if label else b"<html><head>"
    page = head + SCRIPT + f"</head><body><p>{LAST[lang]}</p></body></html>".encode(charset)
    assert LAST[lang] in from_bytes(page).text


def test_a_right_label_with_one_bad_byte_is_kept() -> None:
    page = b'<meta charset="shift_jis"><p>' + b"\xff" + TEXTS["ja"].encode("shift_jis")
    found = from_bytes(page)
    assert LAST["ja"] in found.text
    assert found.basis != "guessed"


IN_TWO_WAYS = {("tr", "cp1253"), ("tr", "iso8859-7")}
"""ö is â in the other Greek charset."""
DAMAGED = [
    (lang, wrong)
    for lang in ("fa", "ar", "ru", "fr", "tr")
    for wrong in mojibake.WRONG
    if (lang, wrong) not in IN_TWO_WAYS
]


@pytest.mark.parametrize(("lang", "wrong"), DAMAGED)
def test_utf8_in_any_wrong_charset_is_read_again(lang: str, wrong: str) -> None:
    damaged = "".join(bytes((byte,)).decode(wrong, "ignore") or chr(byte) for byte in TEXTS[lang].encode())
    found, names = repaired(trace(damaged))
    assert found.text == TEXTS[lang]
    assert names <= set(mojibake.NAMES)


def test_a_line_that_two_charsets_read_is_read_as_the_sure_ones_are() -> None:
    both = "köprü".encode().decode("iso8859-7")  # ö is â in windows-1253
    assert len(mojibake.candidates(both)) == 2
    assert repaired(trace(both))[0].text == both
    sure = "“köprüden”".encode().decode("iso8859-7")
    assert repaired(trace(f"{both}\n{sure}"))[0].text.startswith("köprü\n")


def test_a_page_read_wrongly_twice_is_read_again_twice() -> None:
    twice = TEXTS["fa"].encode().decode("latin-1").encode().decode("latin-1")
    assert repaired(trace(twice))[0].text == TEXTS["fa"]


@pytest.mark.parametrize("wrong", ["cp1252", "cp1253", "cp1257", "big5"])
def test_what_a_lossy_reader_left_is_refused(wrong: str) -> None:
    with pytest.raises(BadRecord) as caught:
        repaired(trace(TEXTS["fa"].encode().decode(wrong, "ignore")))
    assert caught.value.reason == "undecodable"


def test_a_damaged_part_of_a_sound_page_is_named() -> None:
    lost = LAST["fa"].encode().decode("cp1252", "ignore")
    assert repaired(trace(TEXTS["ar"] * 2 + "\n" + lost))[1] == {"unrepaired"}


@pytest.mark.parametrize("line", [
    "УКРАЇНІ ПОТРІБНІ МОСТИ", "Ђорђе је рекао да ће мост бити отворен", "Η γέφυρα θα ανοίξει «σύντομα»", "Straße «groß»…", "ÇA VA ÊTRE «TRÈS» CHER…", "فقط» – شرط« ظ",
    "╔══╗ ║ab║ ╚══╝", "√2 ≈ 1.41", "市議会が橋を承認", "Ça coûte 5 €", "São Paulo – ÁGUA É VIDA", "Škoda, Łódź, Ürümqi, Ångström",
])  # fmt: skip
def test_sound_lines_of_any_script_are_left_alone(line: str) -> None:
    assert mojibake.candidates(line) == []
    assert not mojibake.is_damaged(line)


OLD = {
    ("koi8-r", "cp1251"): "Городской совет одобрил строительство моста\nМост",
    ("cp1251", "koi8-r"): "Городской совет одобрил строительство моста\nМост",
    ("cp1254", "cp1252"): "Şehir meclisi yeni köprünün yapılmasını onayladı\nBaşkan ışık istedi",
    ("cp1250", "cp1252"): "Rada zatwierdziła budowę mostu, ludzie się cieszą\nJest już więcej",
    ("iso8859-2", "cp1252"): "Pieniądze zostały znalezione\nJest już więcej",
}


@pytest.mark.parametrize(("right", "wrong"), OLD)
def test_an_old_charset_in_another_is_read_again_where_a_line_tells_it(right: str, wrong: str) -> None:
    text = OLD[right, wrong]
    found, names = repaired(trace(text.encode(right).decode(wrong)))
    assert (found.text, names) == (text, {f"{right}_as_{wrong}".replace("-", "")})
    assert names <= set(mojibake.NAMES)


@pytest.mark.parametrize(
    "line",
    [
        "Það er gott við ströndina og veðrið er þægilegt",
        "ýola çykdy we ýyl üçin ýagşy",
        "a±b, 5 m³/h",
        "¿Qué pasó? años¿qué",
        "НОВЫЙ МОСТ ЧЕРЕЗ РЕКУ",
    ],
)
def test_icelandic_turkmen_and_signs_are_left_alone(line: str) -> None:
    assert mojibake.candidates(line) == []


@pytest.mark.parametrize("label", ["", "utf-8"])
@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("iso8859-2", "Pieniądze zostały znalezione, mówi prezydent"),
        ("cp1250", "Rada miasta zatwierdziła most, dziękuję"),
        ("cp1250", "A munkálatok várhatóan ősszel kezdődnek, a gyűlés után"),
    ],
)
def test_the_charsets_of_central_europe_are_told_by_signs_in_words(
    charset: str, text: str, label: str
) -> None:
    head = f'<meta charset="{label}">' if label else ""
    assert text in from_bytes(f"{head}<p>{text}</p>".encode(charset)).text


@pytest.mark.parametrize(
    ("label", "charset", "text"),
    [
        ("windows-874", "cp874", "สะพานใหม่"),
        ("x-cp1251", "cp1251", "мост"),
        ("iso-8859-8-i", "iso8859_8", "גשר חדש"),
        ("x-x-big5", "big5", "市議會"),
    ],
)
def test_the_names_that_browsers_know_are_known(label: str, charset: str, text: str) -> None:
    found = from_bytes(f'<meta charset="{label}"><p>{text}</p>'.encode(charset))
    assert (text in found.text, found.basis) == (True, "declared")


def test_a_line_full_of_lost_signs_is_damaged() -> None:
    assert mojibake.is_damaged(TEXTS["ja"].encode().decode("big5", "replace"))
