"""A line of JSON → an object.

What writers of JSON let slip costs the value or the character where it stands, not the article.
"""

from __future__ import annotations

import codecs
import re
from typing import Any

from shared.errors import BadRecord
from shared.text.unicode_bytes import pairs_joined
from shared.wire import codec

REPLACEMENT = "\ufffd"
BROKEN_SHARE = 50
"""A line with more broken bytes than one in so many is in another charset: replacing them would leave no
article.
"""
ADVICE = "write it in UTF-8, or give the page's bytes as payload_b64 with their encoding"

_MARKS = (codecs.BOM_UTF8, b"\x1e")
"""What stands before a line and is no part of it: the mark of a file that was put behind another, and that of
a record (RFC 7464).
"""
_HALF = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
"""Half of a sign, whose other half is lost."""

_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|,(?=\s*+[}\]])|[^\s"{}\[\],:]++', re.DOTALL)
"""A string (or what is left of one), a comma with nothing behind it, or a bare word."""
_SLIP = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)|[\x00-\x1f]",
    re.DOTALL,
)
_LONE = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_WORD = re.compile(r"-?(?:0|[1-9]\d*+)(?:\.\d++)?(?:[eE][+-]?\d{1,3})?|true|false|null", re.ASCII)
_MEANT = {"True": "true", "TRUE": "true", "False": "false", "FALSE": "false"}
_NOTHING = re.compile(
    r"[+-]?(?:nan|inf|infinity)|nat|undefined|none|null|[+-]?\.?\d.*", re.IGNORECASE | re.DOTALL | re.ASCII
)
"""Words that JSON has not and stand for nothing, and numbers that are none (``01``, ``.5``, ``1e999``,
``2024-06-04``).
"""


def load(line: bytes, max_bytes: int) -> tuple[dict[str, Any], int]:
    """Return the object in *line*, and how many broken characters in it were replaced by U+FFFD.

    Raises BadRecord: too_large, not_json, not_an_object, undecodable (not UTF-8).
    """
    bare = line.lstrip()
    while bare.startswith(_MARKS):
        bare = bare.removeprefix(_MARKS[0]).removeprefix(_MARKS[1]).lstrip()
    try:
        return codec.load(bare, max_bytes), 0
    except BadRecord as error:
        if error.reason != "not_json":
            raise
        sound, broken = _mended(bare)
        if sound.encode() == bare:
            raise
    return codec.load(sound.encode(), 2 * max_bytes), broken


def text_of(line: bytes) -> tuple[str, int]:
    """Return *line* as text, and how many of its characters were replaced.

    Raises BadRecord (undecodable) when it is not UTF-8.
    """
    try:
        return line.decode(), 0
    except UnicodeDecodeError as error:
        whole = _HALF.sub(REPLACEMENT.encode(), pairs_joined(line))
        text = whole.decode("utf-8", "replace")
        broken = text.count(REPLACEMENT) - line.count(REPLACEMENT.encode())
        if broken > max(1, len(line) // BROKEN_SHARE):
            raise BadRecord(
                "undecodable",
                f"not UTF-8 ({broken} of {len(line)} bytes, the first at {error.start}): {ADVICE}",
            ) from None
        return text, broken


def _mended(line: bytes) -> tuple[str, int]:
    """Return *line* as strict JSON, as far as that can be told, and how many characters were replaced."""
    text, broken = text_of(line)
    lost = 0

    def in_string(slip: re.Match[str]) -> str:
        nonlocal lost
        written = slip[0]
        if written[0] != "\\":  # a tab or line end that nobody escaped
            return f"\\u{ord(written):04x}"
        if written[1] == "x":
            return f"\\u00{written[2:]}"
        if written[1] in '"\\/bfnrt' or (
            written[1] == "u" and len(written) > 2 and not _LONE.fullmatch(written)
        ):
            return written
        if written == "\\'":
            return "'"
        lost += 1
        return REPLACEMENT

    def token(found: re.Match[str]) -> str:
        written = found[0]
        if written[0] == '"':
            return _SLIP.sub(in_string, written)
        if written == ",":
            return ""
        if _WORD.fullmatch(written) and not _too_great(written):
            return written
        return _MEANT.get(written) or ("null" if _NOTHING.fullmatch(written) else written)

    return _TOKEN.sub(token, text.rstrip().removesuffix(",")), broken + lost


def _too_great(number: str) -> bool:
    """Whether *number* has no place in a floating number, as 1e999."""
    return number not in ("true", "false", "null") and float(number) in (float("inf"), float("-inf"))
