"""The match key: what hashing, duplicates and linking compare. Never shown."""

from __future__ import annotations

from shared.text.digits import TO_ASCII
from shared.text.letters import SAME, ZWNJ

DROPPED = (
    "ءٔـ\u200d\u00ad\ufeff\u061c" + ZWNJ
    + "".join(map(chr, (*range(0x064B, 0x0660), 0x0670, *range(0x06D6, 0x06DD), *range(0x06DF, 0x06E9), *range(0x06EA, 0x06EE))))
    + "".join(map(chr, (0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A))))
)  # fmt: skip

FOLD: dict[int, str | int | None] = {
    **SAME,
    **TO_ASCII,
    **dict.fromkeys(map(ord, "يىئېۍ"), "ی"),
    **dict.fromkeys(map(ord, "كڪ"), "ک"),
    **dict.fromkeys(map(ord, "أإآٱ"), "ا"),
    **dict.fromkeys(map(ord, "ةۀہەھۂ"), "ه"),
    **dict.fromkeys(map(ord, "“”„«»‹›"), '"'),
    **dict.fromkeys(map(ord, "‘’"), "'"),
    ord("ؤ"): "و",
    ord("٫"): ".",
    ord("٬"): ",",
    **dict.fromkeys(map(ord, DROPPED)),
}


def match_key(text: str) -> str:
    """Return *text* without half-spaces, marks and spelling habits, in lower case and with single spaces.

    ``match_key(restored) == match_key(text)`` for every half-space that was put in or taken out, so nothing
    that is compared depends on the half-space restorer being right.
    """
    return " ".join(text.translate(FOLD).casefold().split())
