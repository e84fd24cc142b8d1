"""News agencies by every name they sign with."""

from __future__ import annotations

import re
from types import MappingProxyType

# Longer spellings stand before shorter ones that begin them.
SPELLINGS = MappingProxyType(
    {
        "AA": (
            "Anadolu Agency",
            "Anadolu Ajansı",
            "Anadolu",
            "وكالة الأناضول",
            "الأناضول",
            "الاناضول",
            "ئانادۆلو",
            "آناتولی",
            "Анадолу",
            "AA",
        ),
        "SANA": ("سانا", "SANA", "САНА"),
        "Xinhua": ("شينخوا", "Xinhua", "XINHUA", "新华社", "新華社", "Синьхуа"),
        "TASS": ("ТАСС", "TASS", "تاس"),
        "RIA Novosti": ("РИА Новости", "RIA Novosti"),
        "Sputnik": ("سبوتنيك عربي", "سبوتنيك", "Sputnik"),
        "Reuters": ("رويترز", "Thomson Reuters", "Reuters", "REUTERS", "ロイター"),
        "AFP": ("أ ف ب", "ا ف ب", "أ.ف.ب", "ا.ف.ب", "أف ب", "فرانس برس", "AFP"),
        "AP": ("أ ب", "ا ب", "أسوشيتد برس", "AP"),
        "WAM": ("وام", "WAM"),
        "SPA": ("واس", "SPA"),
        "QNA": ("قنا", "QNA"),
        "KUNA": ("كونا", "KUNA"),
        "Petra": ("بترا", "Petra", "PETRA"),
        "MENA": ("أ ش أ", "أ.ش.أ", "ا ش ا", "أ ش ا", "MENA"),
        "NNA": ("وطنية", "NNA"),
        "INA": ("واع", "INA"),
        "WAFA": ("وفا", "WAFA"),
        "IRNA": ("ایرنا", "إيرنا", "ايرنا", "ارنا", "إرنا", "IRNA"),
        "ISNA": ("ایسنا", "إيسنا", "ISNA"),
        "Mehr": ("مهر", "Mehr", "MNA"),
        "ANSA": ("ANSA",),
        "EFE": ("EFE",),
        "dpa": ("د ب أ", "د.ب.أ", "dpa", "DPA"),
        "Kyodo": ("Kyodo News", "Kyodo", "共同通信", "共同"),
        "Jiji": ("時事通信", "時事", "Jiji Press"),
        "Yonhap": ("يونهاب", "Yonhap", "聯合", "韩联社"),
        "ANI": ("ANI",),
        "PTI": ("PTI",),
    }
)

_BY_SPELLING = {name: code for code, names in SPELLINGS.items() for name in names}
_LONGEST_FIRST = sorted(_BY_SPELLING, key=len, reverse=True)

#: Matches any agency's name, as a group's inside.
ANY_AGENCY = "|".join(re.escape(name) for name in _LONGEST_FIRST)

#: Names that are a word of a language too, or initials: they sign only within a fixed form.
ANY_ARABIC_AGENCY = "|".join(
    re.escape(name) for name in _LONGEST_FIRST if "\u0600" <= name[0] <= "\u06ff"
)


def agency_named(text: str) -> str | None:
    """Return the code of the agency that a name stands for."""
    return _BY_SPELLING.get(" ".join(text.split()))
