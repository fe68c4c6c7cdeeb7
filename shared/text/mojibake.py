"""Undoes a wrong charset: UTF-8 read as one of twenty others, windows-1256 read as latin-1.

It also tells which lines are damaged beyond repair. It works on one line at a time, because a page is often
damaged in part. A repair must decode strictly: a sound text, written in such a charset, is UTF-8 by chance
only. ftfy 6.3 knows ten of these charsets, and neither windows-1256 nor the pages of DOS that Arabic was read
in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from shared.text import legacy_charsets

WRONG = (
    "cp1252", "latin-1", "cp1256", "cp1251", "cp437", "cp850", "cp720", "cp852", "cp858", "cp866", "cp775", "cp862", "koi8-r", "koi8-u", "mac-roman",
    "mac-cyrillic", "cp1250", "cp1253", "cp1254", "cp1255", "cp1257", "cp1258", "iso8859-2", "iso8859-5", "iso8859-7", "iso8859-9", "iso8859-15",
)  # fmt: skip
"""Charsets of one byte a character that UTF-8 is read in by mistake, the commonest first."""
WRONG_WIDE = "gbk"
"""A charset of two bytes a character that UTF-8 is read in by mistake.

It has a character for nearly every two bytes, so that nothing is lost.
"""
_LOSSY_WIDE = ("cp932", "big5", "cp949")
"""Charsets of two bytes a character that lose some of UTF-8: what is left reads well, and is not what was
written.
"""
_LETTERS_TRAIL = frozenset({"cp720", "cp866", "cp862", "mac-cyrillic", "iso8859-5", "cp1256"})
"""Charsets that have letters where UTF-8 has the bytes that follow: there a few in a row prove nothing."""
NAMES = (
    *(f"utf8_as_{name.replace('-', '')}" for name in (*WRONG, WRONG_WIDE)),
    "cp1256_as_latin1",
    *(f"{right}_as_{wrong}".replace("-", "") for right, wrong in legacy_charsets.PAIRS),
)
"""The names of all repairs, as warnings have them."""

ACCENT_SHARE = 0.25
"""Share of accents in a line from which it may be Arabic of windows-1256 that was read as latin-1."""
ARABIC_SHARE = 0.8
"""Share of Arabic among the letters of a line so read from which the reading is right."""
DAMAGED_SHARE = 0.5
"""Share of what looks like whole characters of UTF-8, or of a line's letters that have an accent, from which
it is no text.
"""
LOST_SHARE = 0.15
"""Share of signs that stand for what a reader could not read, or for nothing at all, from which a line is
damaged.
"""
LEAST_LETTERS = 8
"""A line of fewer characters is not judged as damaged. Where accents are counted, it must have more letters
than that.
"""
LEAST_PAIRS = 3
"""Characters of UTF-8 from which a reading is no chance; with fewer it depends on what they are."""

_PAIR_1256 = re.compile("[طظعغفق][\u0080-\u00bf\u0600-\u06ff\u2000-\u22ff\u0152\u0153\u0192\u02c6]")
_SIGN_1256 = re.compile(
    "[\u0080-\u00aa\u00ac-\u00ba\u00bc-\u00bf\u201a\u201e\u2020-\u2022\u2030\u2039\u203a\u0192\u02c6\u20ac\u2122](?<=[\u0621-\u0643×].)"
)
"""A sign that no text has right after a letter, behind a letter of windows-1256.

The sign is looked for first, since it is rare: that takes half the time.
"""
_LOST = re.compile("[\ufffd\ue000-\uf8ff]")
_LATIN_PAIR = re.compile(
    "[\u00c0-\u017e][\u0080-\u00bf\u02c6-\u02dd\u2013-\u203a\u20ac\u2122ŚśŤťŽžŹźŁłĄąŞşŻżĽľŠšœŒŸƒ]"
)
_ACCENTED = re.compile("[\u00c0-\u00ff]")
_SIGNS = "\u0600-\u06ff\u200b-\u203a\u20ac\u2122\ufe0f\ufeff\u2600-\u27bf\U0001f000-\U0001faff"
"""Arabic letters, signs of typesetting and pictographs, for a class of characters."""
_TYPED = re.compile(f"[\u0009-\u024f{_SIGNS}]*")
"""What a page of Latin and Arabic letters is typed in; only a line that holds more is looked at for the rarer
charsets.
"""
_ODD = re.compile(f"[^\u0009-\u007f\u00a0-\u00bf{_SIGNS}]")
"""What sound lines of Persian, Arabic or English hold none of.

Looked for by an expression: the set of a page's characters takes ten times as long.
"""
_EUROPEAN = re.compile("[\u0000-\u017f\u0218-\u021b\u02c6\u02dc\u2010-\u2044\u20ac\u2122\u2212]*")
"""What a few damaged characters in a line of Latin letters may be."""
_FEW_LEADS = frozenset({0xC2, 0xC3, 0xE2})
"""First bytes of the accents, quotation marks and dashes of Western Europe: one such character is enough."""


@dataclass(frozen=True, slots=True)
class Repair:
    """The right *text* of a line, the *wrong* charset it had been read in and the *right* one."""

    text: str
    wrong: str
    right: str

    @property
    def name(self) -> str:
        """``utf8_as_cp1256``, for instance."""
        return f"{self.right}_as_{self.wrong}".replace("-", "")


@dataclass(frozen=True, slots=True)
class Charset:
    """A wrong charset as it shows: the *byte* of every character above ASCII, and whole UTF-8 ones.

    C1 controls stand for bytes without a character.
    """

    name: str
    byte: dict[str, int]
    whole: re.Pattern[str]

    def holds(self, signs: set[str]) -> bool:
        """Tell whether all of *signs* are of this charset, and some of them begin a character of UTF-8."""
        return signs <= self.byte.keys() and any(self.byte[sign] >= 0xC2 for sign in signs)

    def to_bytes(self, text: str) -> bytes | None:
        """Return the bytes that were read as *text*; None when some of it cannot have been."""
        try:
            return bytes(ord(char) if char < "\x80" else self.byte[char] for char in text)
        except KeyError:
            return None


@cache
def charsets() -> tuple[Charset, ...]:
    """Return the wrong charsets of one byte a character."""
    return tuple(map(_charset, WRONG))


def _charset(name: str) -> Charset:
    chars = [bytes((byte,)).decode(name, "ignore") or chr(byte) for byte in range(0x80, 0x100)]
    trail = _one_of(chars[:0x40])
    whole = f"{_one_of(chars[0x42:0x60])}{trail}"
    if name not in _LETTERS_TRAIL:
        whole += f"|{_one_of(chars[0x60:0x70])}{trail}{{2}}|{_one_of(chars[0x70:0x75])}{trail}{{3}}"
    return Charset(name, {char: 0x80 + index for index, char in enumerate(chars)}, re.compile(whole))


def _one_of(chars: list[str]) -> str:
    return f"[{re.escape(''.join(chars))}]"


def is_suspect(text: str) -> bool:
    """Tell whether *text* may have been read in a wrong charset: cheap, true of few sound lines."""
    if text.isascii():
        return False
    return (
        _ODD.search(text) is not None
        or (any(sign in text for sign in legacy_charsets.SIGNS) and legacy_charsets.has_sure_sign(text))
        or _SIGN_1256.search(text) is not None
    )


def candidates(line: str) -> list[Repair]:
    """Return how *line* may have to be read, one for each text that comes out; none when it is sound."""
    size = len(line.replace(" ", ""))
    if size < 2 or not is_suspect(line):
        return []
    latin, typed = _LATIN_PAIR.search(line), _TYPED.fullmatch(line)
    arabic = _SIGN_1256.search(line)
    repairs: list[Repair] = []
    if latin or arabic or not typed:
        repairs = [repair for charset in charsets() if (repair := _reread(line, charset))]
        repairs += [] if typed else [repair for repair in (_of_wide(line, WRONG_WIDE),) if repair]
    if not repairs and len(_ACCENTED.findall(line)) > ACCENT_SHARE * size:
        repairs = [repair for repair in (_as_arabic(line),) if repair]
    if not repairs:
        repairs = [Repair(*reading) for reading in legacy_charsets.readings(line)]
    return list({repair.text: repair for repair in reversed(repairs)}.values())[::-1]


def _reread(line: str, charset: Charset) -> Repair | None:
    """Return *line* read as UTF-8 when it was that: all of it decodes, and to more than chance gives."""
    signs = {char for char in line if char > "\x7f"}
    data = charset.to_bytes(line) if charset.holds(signs) else None
    if data is None:
        return None
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    above = [char for char in text if char > "\x7f"]
    if len(above) < LEAST_PAIRS and not (
        _EUROPEAN.fullmatch(text) and (len(above) > 1 or any(byte in _FEW_LEADS for byte in data))
    ):
        return None
    return Repair(text, charset.name, "utf-8")


def _of_wide(line: str, name: str) -> Repair | None:
    try:
        text = line.encode(name).decode()
    except UnicodeError:
        return None
    return Repair(text, name, "utf-8") if sum(char > "\x7f" for char in text) >= LEAST_PAIRS else None


def _as_arabic(line: str) -> Repair | None:
    """Return *line* read as windows-1256 instead of latin-1, when nearly all letters are then Arabic."""
    try:
        text = line.encode("latin-1").decode("cp1256")
    except UnicodeError:
        return None
    letters = [char for char in text if char.isalpha()]
    arabic = sum("\u0600" <= char <= "\u06ff" for char in letters) > ARABIC_SHARE * len(letters)
    return Repair(text, "latin-1", "cp1256") if arabic else None


def repair(line: str) -> Repair | None:
    """Return how *line* should read, or None when it is sound, or reads in two ways."""
    repairs = candidates(line)
    return repairs[0] if len(repairs) == 1 else None


def carried(line: str, repair: Repair) -> Repair | None:
    """Return *line*, unclear by itself, read as others of its text had to be (*repair*)."""
    text = (
        legacy_charsets.reread(line, repair.wrong, repair.right)
        if (repair.right, repair.wrong) in legacy_charsets.PAIRS
        else ""
    )
    return Repair(text, repair.wrong, repair.right) if text else None


def is_damaged(line: str) -> bool:
    """Tell whether *line*, which no repair reads, was all the same read in a wrong charset."""
    size = len(line.replace(" ", ""))
    if size < LEAST_LETTERS or not is_suspect(line):
        return False
    if len(_LOST.findall(line)) > max(LEAST_PAIRS, LOST_SHARE * size) or (
        2 * len(_PAIR_1256.findall(line)) > DAMAGED_SHARE * size
        and len(_SIGN_1256.findall(line)) > LEAST_PAIRS
    ):
        return True
    letters = [char for char in line if char.isalpha()]
    if len(letters) > LEAST_LETTERS and len(_ACCENTED.findall(line)) > DAMAGED_SHARE * len(letters):
        return True
    signs = {char for char in line if char > "\x7f" and char != "\ufffd"}
    typed = _TYPED.fullmatch(line)
    if typed and not _LATIN_PAIR.search(line):
        return False
    if any(
        sum(map(len, charset.whole.findall(line))) > DAMAGED_SHARE * size
        for charset in charsets()
        if _nearly_holds(charset, signs)
    ):
        return True
    return not typed and any(_of_wide(line, name) for name in _LOSSY_WIDE)


def _nearly_holds(charset: Charset, signs: set[str]) -> bool:
    """Tell whether a charset has nearly all of *signs*: some may have been lost, others added later."""
    return len(signs - charset.byte.keys()) <= len(signs) // 10 and any(
        charset.byte.get(sign, 0) >= 0xC2 for sign in signs
    )


def pieces(repair: Repair) -> list[tuple[int, int, str]]:
    """Return ``(start, end, right text)`` of every damaged stretch, so that offsets stay exact.

    One wrong character is one byte of the right text; stretches end at ASCII characters, which stay as they
    are.
    """
    if repair.wrong == WRONG_WIDE:
        return [(0, len(repair.text.encode().decode(WRONG_WIDE)), repair.text)]
    out: list[tuple[int, int, str]] = []
    end = begin = 0
    stretch: list[str] = []
    for char in repair.text:
        size = len(char.encode(repair.right))
        if char.isascii():
            if stretch:
                out.append((begin, end, "".join(stretch)))
                stretch = []
            begin = end + size
        else:
            stretch.append(char)
        end += size
    if stretch:
        out.append((begin, end, "".join(stretch)))
    return out
