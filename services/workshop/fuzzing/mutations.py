"""Plain mutation: bytes turned, cut, doubled and replaced, without knowing what they mean."""

from __future__ import annotations

from random import Random

PIECES = (
    b"\x00", b"\xff", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b'"', b"\\", b"\\u0000", b"\\ud800", b"{", b"}", b"[", b"]", b":", b",", b"null", b"NaN", b"-0",
    b"1e999", b"9" * 400, b"\xef\xbb\xbf", b"\xe2\x80\xae", b"\xe2\x80\xa8", b"<", b">", b"&#0;", b"true", b'"clean":', b'"schema":9,', b"\n",
)  # fmt: skip


def mutated(dice: Random, data: bytes, times: int = 0) -> bytes:
    """Return *data* after *times* changes of a byte or a stretch (a few when 0)."""
    made = bytearray(data)
    for _ in range(times or dice.choice([1, 1, 2, 4, 16])):
        at = dice.randrange(len(made) + 1)
        end = min(len(made), at + dice.choice([1, 1, 2, 8, 64, 512]))
        match dice.randrange(5):
            case 0 if at < len(made):
                made[at] ^= 1 << dice.randrange(8)
            case 1:
                made[at:at] = dice.choice(PIECES)
            case 2:
                del made[at:end]
            case 3:
                made[at:at] = made[at:end] * dice.choice([1, 1, 2, 50])
            case _:
                made[at:end] = dice.choice(PIECES)
    return bytes(made)


def spliced(dice: Random, one: str, other: str) -> str:
    """Return pieces of both texts in turn."""
    cuts = [
        (dice.randrange(len(text) + 1), dice.randrange(len(text) + 1))
        for text in (one, other) * dice.choice([1, 2, 5])
    ]
    return "".join(
        text[min(cut) : max(cut)] for text, cut in zip((one, other) * len(cuts), cuts, strict=False)
    )
