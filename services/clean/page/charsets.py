"""Tells the charset of bytes by their text: damaged UTF-8, UTF-16 without a mark, false labels, guesses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from services.clean.edits.first_guess import small_word_share
from shared.errors import BadRecord
from shared.text.legacy_charsets import HUNGARIAN
from shared.text.unicode_bytes import pairs_joined, wide_encoding

type CharsetBasis = Literal["utf8", "declared", "guessed", "damaged"]

SAMPLE_BYTES = 60_000
"""Bytes without markup that are looked at."""
LEAST_SOUND = 0.97
"""A declared charset is believed when at least this share of what its bytes above ASCII give is not a
replacement sign.
"""
MOST_ACCENTED = 0.45
"""Share of a text's letters that have an accent, in languages of Latin letters, at most (Vietnamese: .33)."""
FEW_BROKEN = 2
"""Broken signs that speak against no declared charset, however short the text."""
MOST_BROKEN = 0.05
"""Share of replacement signs up to which a guessed charset is taken."""
LEAST_SEVEN_BIT = 5
"""Letters above ASCII that a seven-bit charset must give when nothing names it."""
SMALL_WORD_SHARE = 0.06
"""Share of small words from which a text is in their language."""
LEAST_KANA = 0.25
"""Share of kana in what is above ASCII from which a text is Japanese."""
FEW_LETTERS = 60
"""Below so many bytes above ASCII a page of Latin letters is read as most are, in windows-1252."""
GUESSES = ["cp1256", "cp1251", "koi8_r", "cp1252", "cp1254", "cp1250", "cp1253", "cp1255", "cp1257", "cp1258", "cp874", "cp932", "euc_jp",
           "gb18030", "big5", "cp949", "iso8859_6", "iso8859_5", "iso8859_2", "iso8859_7", "iso8859_8", "koi8_u", "cp866", "mac_cyrillic", "mac_roman"]  # fmt: skip
"""What a page without a name may be in: what browsers know.

Left alone, Persian in windows-1256 became Kazakh in ptcp154.
"""

_AS_BROWSERS = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252", "windows-1256": "cp1256", "x-sjis": "shift_jis", "gb2312": "gb18030", "gbk": "gb18030", "ks_c_5601-1987": "cp949", "iso-8859-9": "cp1254",
                "iso-8859-11": "cp874", "tis-620": "cp874", "shift_jis": "cp932", "euc-kr": "cp949", "utf-16": "utf-16-le", "unicode": "utf-16-le", "iso-2022-jp": "iso2022_jp_ext", "hz-gb-2312": "hz",
                **dict.fromkeys(("windows-874", "dos-874", "iso885911", "iso8859-11"), "cp874"), **{f"x-cp125{n}": f"cp125{n}" for n in range(9)},
                **dict.fromkeys(("mac", "x-mac-roman", "csmacintosh"), "mac_roman"), **dict.fromkeys(("x-mac-cyrillic", "x-mac-ukrainian"), "mac_cyrillic"),
                **dict.fromkeys(("koi", "koi8", "cskoi8r"), "koi8_r"), "koi8-ru": "koi8_u", "iso88592": "iso8859_2", "csisolatin9": "iso8859_15", "sun_eu_greek": "iso8859_7",
                **dict.fromkeys(("csiso88596e", "csiso88596i", "iso-8859-6-e", "iso-8859-6-i"), "iso8859_6"),
                **dict.fromkeys(("csiso88598e", "csiso88598i", "iso-8859-8-e", "iso-8859-8-i", "visual", "logical"), "iso8859_8"),
                **dict.fromkeys(("csgb2312", "gb_2312", "gb_2312-80", "x-gbk", "chinese", "cp936"), "gb18030"), **dict.fromkeys(("cn-big5", "x-x-big5"), "big5"),
                **dict.fromkeys(("cseucpkdfmtjapanese", "x-euc-jp"), "euc_jp"),
                **dict.fromkeys(("cseuckr", "csksc56011987", "iso-ir-149", "korean", "ks_c_5601-1989", "ksc_5601", "ksc5601", "windows-949"), "cp949")}  # fmt: skip
"""Charsets that pages name and browsers read otherwise (WHATWG Encoding), and those that Python names
otherwise.
"""
_LATIN = frozenset(
    (
        "cp1252 cp1250 cp1254 cp1257 iso-8859-2 iso-8859-15 macintosh mac_roman iso8859_2 windows-1252 "
        "windows-1250"
    ).split()
)
_CENTRAL = ("cp1250", "iso8859_2")
"""Charsets of Central Europe, whose letters are signs in windows-1252."""
_SIGN_IN_WORD = re.compile(
    "(?<=[a-z\u00e0-\u017e])[\u0080-\u00a9\u00ab-\u00ac\u00ae-\u00b4\u00b6\u00b8\u00b9\u00bb-\u00bf](?=[a-z\u00e0-\u017e])"
)
_CYRILLIC = frozenset({"cp1251", "koi8_r", "koi8_u", "iso8859_5", "mac_cyrillic", "cp866"})
_SEVEN_BIT = (
    ("iso2022_jp_ext", re.compile(rb"\x1b(?:\$[@B]|\([IJ]|\$\(D)")),
    ("iso2022_kr", re.compile(rb"\x1b\$\)C")),
    ("hz", re.compile(rb"~\{[!-}]{2}")),
    ("utf-7", re.compile(rb"\+[A-Za-z0-9+/]{3}")),
)
"""Charset, and the mark without which a text is plain ASCII in it."""
_CUT_OFF = re.compile(rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z")
_MARKUP = re.compile(rb"<(script|style)\b.*?</\1\s*>|<!--.*?-->|<[^<>]{0,2000}>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Decoded:
    """The payload as *text*, its *charset*, and how that was known (``damaged``: with broken bytes)."""

    text: str
    charset: str
    basis: CharsetBasis


def as_utf8(data: bytes, *, named: bool) -> Decoded | None:
    """Return *data* as UTF-8 with replacement signs; None when other charsets give more.

    *named*: the page says that it is UTF-8.
    """
    try:
        return Decoded(data.decode("utf-8"), "utf-8", "utf8")
    except UnicodeDecodeError:
        pass
    data = pairs_joined(data)
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd") - data.count(b"\xef\xbf\xbd")
    if not broken:
        return Decoded(text, "utf-8", "utf8")
    sound = _above_ascii(text) - text.count("\ufffd")
    cut = _CUT_OFF.search(data)
    if cut and broken == 1 and (sound or named or len(cut.group()) > 1):
        return Decoded(text, "utf-8", "damaged")
    if broken <= (max(sound, FEW_BROKEN) if named else sound // 2):
        return Decoded(text, "utf-8", "damaged")
    return None


def as_wide(data: bytes) -> Decoded | None:
    """Return *data* as UTF-16 or UTF-32 without a byte order mark; None when it does not read as either."""
    charset = wide_encoding(data)
    return Decoded(data.decode(charset, "replace"), charset, "guessed") if charset else None


def as_seven_bit(data: bytes, names: list[str]) -> Decoded | None:
    """Return ASCII bytes that write other letters (ISO-2022-JP, HZ, UTF-7 …).

    A charset that is not among *names* must give many.
    """
    named = {_AS_BROWSERS.get(name.lower(), name.lower()) for name in names}
    for charset, mark in _SEVEN_BIT:
        if not mark.search(data):
            continue
        try:
            text = data.decode(charset, "replace")
        except (LookupError, ValueError):
            continue
        if charset in named and _above_ascii(text):
            return Decoded(text, charset, "declared")
        if "\ufffd" not in text and sum(char.isalpha() and char > "\x7f" for char in text) >= LEAST_SEVEN_BIT:
            return Decoded(text, charset, "guessed")
    return None


def as_declared(data: bytes, name: str) -> Decoded | None:
    """Return *data* decoded as browsers do; None for an unknown name, or when the text speaks against it."""
    charset = _AS_BROWSERS.get(name.lower(), name)
    try:
        text = data.decode(charset, "replace")
    except (LookupError, ValueError):
        return None
    broken = text.count("\ufffd")
    if not charset or broken > max(FEW_BROKEN, (1 - LEAST_SOUND) * _above_ascii(text)):
        return None
    if charset.lower() in _LATIN:
        plain = _MARKUP.sub(b" ", data[: 4 * SAMPLE_BYTES]).decode(charset, "replace")
        if not _is_latin(plain):
            return None
        if charset == "cp1252" and _is_turkish(plain):
            return Decoded(data.decode("cp1254", "replace"), "cp1254", "guessed")
    return Decoded(text, charset, "damaged" if broken else "declared")


def as_guessed(data: bytes) -> Decoded:
    """Return *data* in a charset guessed from the text between its tags; raises BadRecord (undecodable)."""
    from charset_normalizer import from_bytes as guess  # noqa: PLC0415 - 40 ms and 8 MB, needed by one page in a thousand

    sample = _MARKUP.sub(b" ", data)[:SAMPLE_BYTES]
    likely = (
        ("cp1256", _is_arabic),
        ("iso8859_6", _is_arabic),
        ("euc_jp", _is_japanese),
        ("cp932", _is_japanese),
    )
    for charset, reads_well in likely:
        if reads_well(sample.decode(charset, "replace")):
            return Decoded(data.decode(charset, "replace"), charset, "guessed")
    best = guess(sample, cp_isolation=GUESSES).best()
    if best is None or best.could_be_from_charset is None:
        raise BadRecord("undecodable", f"{len(data)} bytes in no known charset")
    charset = _likelier(best.encoding, sample)
    text = data.decode(charset, "replace")
    if text.count("\ufffd") > MOST_BROKEN * len(text):
        raise BadRecord("undecodable", f"{len(data)} bytes in no known charset")
    return Decoded(text, charset, "guessed")


def _likelier(charset: str, sample: bytes) -> str:
    """Return a guessed charset, or a likelier one: a short sample has too few of the rare letters."""
    if charset in _LATIN:
        if _is_turkish(sample.decode("cp1252", "replace")):
            return "cp1254"
        central = min(_CENTRAL, key=lambda name: _signs_in_words(sample, name))
        plain = sample.decode("cp1252", "replace")
        if _signs_in_words(sample, central) < _signs_in_words(sample, "cp1252") or HUNGARIAN.match(plain):
            return central
        return "cp1252" if _above_ascii(sample.decode("latin-1")) < FEW_LETTERS else charset
    plain = sample.decode(charset, "replace")
    caseless = charset in _CYRILLIC and not any(char.isupper() and char > "\x7f" for char in plain)
    return "cp1255" if caseless and "\ufffd" not in sample.decode("cp1255", "replace") else charset


def _signs_in_words(sample: bytes, charset: str) -> int:
    """Return how many signs stand between two letters, as in «zatwierdzi³a»: the right charset gives none."""
    return len(_SIGN_IN_WORD.findall(sample.decode(charset, "replace")))


def _is_latin(plain: str) -> bool:
    """Tell whether a text of Latin letters came out: no language has accents on nearly half of them."""
    letters = [char for char in plain if char.isalpha()]
    return sum(char > "\x7f" for char in letters) <= MOST_ACCENTED * len(letters)


def _is_turkish(plain: str) -> bool:
    """Tell whether what reads like Icelandic has none of its vowels: ş, ı, ğ are þ, ý, ð in windows-1252."""
    return sum(map(plain.count, "þýðÞÐ")) > 2 * sum(map(plain.count, "áíóúæÁÍÓÚÆ"))


def _is_arabic(plain: str) -> bool:
    """Tell whether words of Persian, Arabic or Urdu came out.

    charset-normalizer gives up on one such page in twelve.
    """
    return any(small_word_share(plain, lang) >= SMALL_WORD_SHARE for lang in ("fa", "ar", "ur"))


def _is_japanese(plain: str) -> bool:
    """Tell whether kana came out, as half of a Japanese text is; other charsets give none."""
    kana = sum("\u3041" <= char <= "\u30fe" for char in plain)
    return "\ufffd" not in plain and kana > LEAST_KANA * _above_ascii(plain)


def _above_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))
