"""Sources that a page names for itself."""

from __future__ import annotations

import pytest

from services.clean.lines import agencies
from services.clean.lines.named_sources import named_sources
from services.clean.lines.verdicts import BODY, Verdict


def named(line: str, *, is_source_line: bool = False) -> list[tuple[str, str, str]]:
    verdict = Verdict("source_line", "pattern") if is_source_line else BODY
    return [(s.kind, s.name, s.agency) for s in named_sources(agencies.load(), [line], [verdict])]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("به گزارش خبرگزاری فارس، وزیر خارجه گفت", [("self_claimed", "خبرگزاری فارس", "farsnews")]),
        ("به گزارش آوای نشاط ، «جیک سالیوان» گفت", [("self_claimed", "آوای نشاط", "")]),
        (
            "به گزارش ایسنا به نقل از رویترز، نفت گران شد",
            [("self_claimed", "ایسنا", "isna"), ("relayed", "رویترز", "reuters")],
        ),
        ("ميدل ايست نيوز: قال مستشار الأمن القومي", [("dateline", "ميدل ايست نيوز", "middleeastnews")]),
        ("واشنطن (رويترز) - قال مسؤول أمريكي", [("dateline", "رويترز", "reuters")]),
        ("القدس المحتلة - الأناضول - قالت مصادر", [("dateline", "الأناضول", "anadolu")]),
        ("تهران - ایرنا - رئیس جمهور گفت", [("dateline", "ایرنا", "irna")]),
        ("LONDON (Reuters) - The minister said", [("dateline", "Reuters", "reuters")]),
        ("قال المسؤول نقلا عن رويترز إن الأمر انتهى", [("relayed", "رويترز", "reuters")]),
        ("آکسیوس به نقل از مقام‌های آمریکایی نوشت", []),
        ("الرئيس: لن نتراجع عن هذا القرار أبدا", []),
    ],
)
def test_in_a_kept_line(line: str, expected: list[tuple[str, str, str]]) -> None:
    assert named(line) == expected


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("RTالجزيرة", ["RT", "الجزيرة"]),
        ("منبع: فارس", ["فارس"]),
        ("المصدر: رويترز، الجزيرة", ["رويترز", "الجزيرة"]),
        ("Source: AFP | BBC News", ["AFP", "BBC News"]),
    ],
)
def test_in_a_source_line(line: str, names: list[str]) -> None:
    found = named(line, is_source_line=True)
    assert [name for _, name, _ in found] == names
    assert {kind for kind, _, _ in found} == {"declared"}
