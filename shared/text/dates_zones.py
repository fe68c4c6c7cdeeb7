"""Time zones as pages name them, and the one zone of a country."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

PLACES: dict[str, str] = {
    **dict.fromkeys(("غرینتش", "گرینویچ", "جرینتش", "غرینیتش", "gmt", "utc", "z", "greenwich"), "UTC"),
    **dict.fromkeys(("تهران", "طهران", "ایران", "محلی تهران", "tehran"), "Asia/Tehran"),
    **dict.fromkeys(("مکه المکرمه", "مکه", "السعودیه", "الریاض", "مکه مکرمه"), "Asia/Riyadh"),
    **dict.fromkeys(("القاهره", "قاهره", "مصر"), "Africa/Cairo"),
    **dict.fromkeys(("بغداد", "العراق"), "Asia/Baghdad"),
    **dict.fromkeys(("بیروت", "لبنان"), "Asia/Beirut"),
    **dict.fromkeys(("دمشق", "سوریا"), "Asia/Damascus"),
    **dict.fromkeys(("عمان", "الاردن"), "Asia/Amman"),
    **dict.fromkeys(("القدس", "فلسطین"), "Asia/Hebron"),
    **dict.fromkeys(("الدوحه", "قطر"), "Asia/Qatar"),
    **dict.fromkeys(("ابوظبی", "ابو ظبی", "الامارات", "دبی"), "Asia/Dubai"),
    **dict.fromkeys(("کابل", "افغانستان"), "Asia/Kabul"),
    **dict.fromkeys(("موسکو", "مسکو"), "Europe/Moscow"),
    **dict.fromkeys(("لندن",), "Europe/London"),
    **dict.fromkeys(("باریس", "پاریس"), "Europe/Paris"),
    **dict.fromkeys(("واشنطن", "واشنگتن", "نیویورک", "et"), "America/New_York"),
    "est": "-05:00", "edt": "-04:00", "pst": "-08:00", "pdt": "-07:00", "cet": "+01:00", "cest": "+02:00", "msk": "+03:00", "irst": "+03:30",
    "eet": "+02:00", "eest": "+03:00", "irdt": "+04:30", "wib": "+07:00", "pkt": "+05:00", "jst": "+09:00",
}  # fmt: skip
"""Folded names → zone or offset. «عمان» is Amman: Muscat's outlets write «مسقط»."""

DOUBTFUL = frozenset({"ist", "ast", "cst", "bst", "mst", "sst", "gst", "cdt", "mdt", "amt", "wst", "ect", "act"})
"""Abbreviations of more than one zone: a time beside them is not believed."""

_COUNTRIES = """
IR Asia/Tehran AF Asia/Kabul IQ Asia/Baghdad SA Asia/Riyadh AE Asia/Dubai QA Asia/Qatar KW Asia/Kuwait BH Asia/Bahrain OM Asia/Muscat YE Asia/Aden
SY Asia/Damascus LB Asia/Beirut JO Asia/Amman PS Asia/Hebron IL Asia/Jerusalem EG Africa/Cairo SD Africa/Khartoum LY Africa/Tripoli TN Africa/Tunis
DZ Africa/Algiers MA Africa/Casablanca MR Africa/Nouakchott SO Africa/Mogadishu DJ Africa/Djibouti TR Europe/Istanbul PK Asia/Karachi IN Asia/Kolkata
BD Asia/Dhaka AZ Asia/Baku AM Asia/Yerevan GE Asia/Tbilisi TJ Asia/Dushanbe TM Asia/Ashgabat UZ Asia/Tashkent KG Asia/Bishkek GB Europe/London
IE Europe/Dublin FR Europe/Paris DE Europe/Berlin AT Europe/Vienna CH Europe/Zurich IT Europe/Rome NL Europe/Amsterdam BE Europe/Brussels SE Europe/Stockholm
NO Europe/Oslo DK Europe/Copenhagen FI Europe/Helsinki PL Europe/Warsaw CZ Europe/Prague HU Europe/Budapest RO Europe/Bucharest BG Europe/Sofia
GR Europe/Athens UA Europe/Kyiv BY Europe/Minsk RS Europe/Belgrade HR Europe/Zagreb JP Asia/Tokyo KR Asia/Seoul CN Asia/Shanghai TH Asia/Bangkok
VN Asia/Ho_Chi_Minh MY Asia/Kuala_Lumpur SG Asia/Singapore PH Asia/Manila KE Africa/Nairobi NG Africa/Lagos ZA Africa/Johannesburg ET Africa/Addis_Ababa
"""
_PARTS = _COUNTRIES.split()
COUNTRIES: dict[str, str] = dict(zip(_PARTS[::2], _PARTS[1::2], strict=True))
"""ISO 3166 code → zone, for countries that have one zone (or whose outlets write the capital's)."""


def zone(name: str) -> dt.tzinfo:
    """Return the zone of an IANA name, or of an offset as ``+03:30``."""
    if name[0] in "+-":
        minutes = int(name[1:3]) * 60 + int(name[4:6])
        return dt.timezone(dt.timedelta(minutes=-minutes if name[0] == "-" else minutes))
    return ZoneInfo(name)
