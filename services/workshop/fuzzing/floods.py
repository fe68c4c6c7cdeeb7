"""Texts that attack one habit of a reader each: so much of one thing that whatever looks at it twice
shows.
"""

from __future__ import annotations

from random import Random

FLOODS: dict[str, tuple[str, ...]] = {
    "marks": ("\u0301", "\u0650", "\u064b", "\u0654", "\u0489", "\u0e48", "\u20dd"),
    "dots": (".", "…", "۔", "。", "·", ". ", "..\n"),
    "signs": ("!", "؟", "،", "؛", "-", "—", "_", "*", "~", "=", "|", "•", "#", "/", "\\", ":", "(", ")"),
    "zero_width": ("\u200b", "\u200c", "\u200d", "\ufeff", "\u2060", "\u00ad", "ـ"),
    "bidi": ("\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069", "\u200e", "\u200f", "\u061c"),
    "controls": ("\x00", "\x01", "\x07", "\x08", "\x1b[31m", "\x1f", "\x7f", "\x85", "\x9b", "\ufffe", "\ufffd"),
    "breaks": ("\n", "\r", "\r\n", "\u2028", "\u2029", "\x0b", "\x0c", "\x1c", "\x85"),
    "spaces": (" ", "\u00a0", "\u3000", "\t", "\u2003", "\u202f", " \n"),
    "quotes_open": ("«", "“", '"', "‘", "„", "‹", "『", "'"),
    "quotes": ("«س» ", "“a” ", '"b" ', "» گفت: «", "” he said “", "«قال» "),
    "digits": ("1", "۲", "٣", "४", "½", "²", "①", "Ⅻ", "𝟘", ",", "٬", ".", "٫", "/", ":", "%"),
    "numbers": ("12.5 ", "1,000,000 ", "۱۲٬۰۰۰ ", "1e999 ", "هزار ", "میلیون ", "مليون ", "hundred ", "و ", "صد ", "دلار ", "$", "نصف ", "million ", "٪"),
    "dates": (
        "۳۲ بهمن ۱۴۰۰ ", "31 February 2022 ", "99/99/9999 ", "1400/13/45 ", "0000-00-00 ", "٣٠ فبراير ", "29 Feb 2100 ", "چهارشنبه ", "دیروز ",
        "۵۰۰۰۰ سال پیش ", "999999999 days ago ", "25:61 ", "قبل 99999999999999999999 عام ", "9999-12-31T23:59:60+99:99 ", "1/1/1 ", "۰/۰/۰ ", "yesterday ",
    ),
    "names": (
        "ایران ", "جیک سالیوان ", "Jake Sullivan ", "محمد بن سلمان بن ", "عبد ", "Mr. ", "Dr. ", "آیت‌الله ", "وزير الخارجية ", "وزارت ", "U.S. ", "Al-", "Aa ",
        "وزارت خارجه ", "رئیس جمهور ", "أبو ",
    ),
    "speech": ("گفت: ", "گفت که ", "به نقل از ", "وقال ", "said that ", "according to ", "بحسب ", "نقلا عن ", "به گزارش ", "قالت: ", "he ", "افزود ", "told "),
    "addresses": ("http://a.b/", "https://", "www.", "x@y.z", "http://[::1", "%2e%2e/", "t.me/", "//", "?a=", "&", "@", "#ایران", "http://x/http://x/"),
    "letters": ("ا", "a", "漢", "ـ", "ی", "ك", "İ", "ß", "ﷺ", "ﻻ", "𐍈", "ا\u200c"),
    "emoji": ("👩\u200d👩\u200d👧", "🇮🇷", "👍🏽", "😀", "\ufe0f", "🏴\U000e0067\U000e007f", "*️⃣"),
    "entities": ("&amp;", "&#0;", "&#xD800;", "&#x110000;", "&amp;amp;", "&lt;", "&nbsp", "&#99999999999999;", "&", "&zwnj;", "&#x202e;", "&amp;#38;"),
    "tags": (
        "<p>", "<b", "</", "<!--", "-->", "<![CDATA[", "<table><tr><td>", "<script>", "<a href=", "<div ", '"', "'", ">", "<", "<br>", "</p", "<h1>", "<title>",
        "<!", "<?", "<pre>", "<svg", "<meta ", "<time datetime=", "<a href='javascript:x'>",
    ),
    "mojibake": ("Ø§Ù„", "ÙˆØ²", "Ã©", "â€™", "Ø", "Ù", "Û\u008c", "Ð¿", "ï»¿", "Ã\u0083Â"),
    "half_spaces": ("می شود ", "گرفتهاند ", "ها", "های ", "نمی", "ی ", "ه اند ", "میشوندهایشان", "بی", "تر ", "پیش بینی ", "ای\u200c"),
    "json": ('{"articleBody":"', "[", "]", '"', "\\", "{", "\\u", "\\ud800", "}", '"@type":"NewsArticle",', "null,"),
    "lines": ("ایسنا\n", "کد خبر: 1\n", "الوقت\n", "منبع:\n", "a\n", "\n\n\n", "به گزارش\n", "لینک کوتاه\n", "Reuters\n", "۱۴۰۰/۱۱/۰۷\n", "- \n"),
    "words": ("گفت‌وگو ", "ministers ", "الاتفاق ", "Ämter ", "とても", "नमस्ते ", "ܫܠܡܐ ", "ئەوە ", "ہے ", "the ", "و", "در ", "x" * 40 + " "),
}  # fmt: skip


def flood(dice: Random, size: int, *names: str) -> str:
    """Return about *size* characters of the floods called *names*, of any when none is named: one unit over
    and over, a few in turn, or many in disorder.
    """
    units = [unit for name in names or (dice.choice(list(FLOODS)),) for unit in FLOODS[name]]
    few = dice.choices(units, k=dice.choice([1, 1, 2, 3, len(units)]))
    if dice.random() < 0.5:
        turn = "".join(few)
        return (turn * (size // len(turn) + 1))[:size]
    return "".join(dice.choices(few, k=size // max(1, sum(map(len, few)) // len(few)) + 1))[:size]
