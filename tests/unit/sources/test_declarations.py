"""Every declaration holds, and its datelines are those that the agency writes."""

from zoneinfo import ZoneInfo

import pytest

from ingest.model import Evidence, SourceKind
from ingest.sources import check_source, find_source, is_followed, source_of_url, sources


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.slug)
def test_a_declaration_has_nothing_wrong(source):
    assert check_source(source) == ()


def test_at_least_25_agencies_are_followed_without_asking():
    followed = [
        source
        for source in sources()
        if source.kind is SourceKind.FEED and any(is_followed(feed) for feed in source.feeds)
    ]

    assert len(followed) >= 25


@pytest.mark.parametrize(
    "source",
    [source for source in sources() if source.kind is not SourceKind.BRIDGE],
    ids=lambda source: source.slug,
)
def test_an_agency_owns_the_pages_of_its_feeds_and_home(source):
    owners = {source_of_url(url).slug for url in [source.homepage, *urls_of(source.feeds)]}

    assert owners == {source.slug}


def urls_of(feeds):
    """Return the addresses of feeds."""
    return [feed.url for feed in feeds]


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.slug)
def test_an_unverified_or_listed_feed_is_never_called_confirmed_by_its_agency(source):
    best = {feed.evidence for feed in source.feeds}

    if source.evidence is Evidence.UNVERIFIED:
        assert best == {Evidence.UNVERIFIED}


@pytest.mark.parametrize(
    ("slug", "zone"),
    [("anadolu", "Europe/Istanbul"), ("sana", "Asia/Damascus"), ("yonhap", "Asia/Seoul")],
)
def test_times_without_an_offset_are_the_agency_s_own(slug, zone):
    assert find_source(slug).timezone == ZoneInfo(zone)


DATELINES = [
    ("ansa", "(ANSA) - ROME, JUL 11 - The cabinet met", "ROME"),
    ("ansa", "(ANSA) - REGGIO CALABRIA, 17 NOV - Il porto", "REGGIO CALABRIA"),
    ("ina", "بغداد – واع\nأعلنت الوزارة", "بغداد"),
    ("ina", "واع/ بغداد\nأعلنت الوزارة", "بغداد"),
    ("irna", "تهران- ایرنا- وزیر نیرو گفت", "تهران"),
    ("irna", "طهران / 17 تشرين الثاني/نوفمبر /ارنا- قال الوزير", "طهران"),
    ("kuna", "الكويت - 17 - 11 (كونا) -- أعلن الديوان", "الكويت"),
    ("kuna", "KUWAIT, Nov 17 (KUNA) -- The ministry said", "KUWAIT"),
    ("kyodo", "BEIJING, July 23 Kyodo - A delegation", "BEIJING"),
    ("kyodo", "TOKYO, Nov. 17\nA storm", "TOKYO"),
    ("nna", "وطنية - بيروت - عقد المجلس", "بيروت"),
    ("petra", "عمان 4 كانون الأول (بترا) - بحث الوزير", "عمان"),
    ("petra", "عمان 2 شباط (بترا) -", "عمان"),
    ("pti", "New Delhi, Nov 17 (PTI) The railway", "New Delhi"),
    ("qna", "الدوحة في 17 نوفمبر /قنا/ بحث الوزير", "الدوحة"),
    ("qna", "Doha, November 17 (QNA) - The council", "Doha"),
    ("ria", "МОСКВА, 17 ноя - РИА Новости. Министр", "МОСКВА"),
    ("ria", "РОСТОВ-НА-ДОНУ, 3 мая – РИА Новости, корреспондент. Суд", "РОСТОВ-НА-ДОНУ"),
    ("spa", "الرياض 26 جمادى الأولى 1447 هـ الموافق 17 نوفمبر 2025 م واس\nأعلن", "الرياض"),
    ("spa", "Riyadh, November 17, 2025, SPA -- The ministry", "Riyadh"),
    ("sputnik-arabic", "القاهرة – سبوتنيك. أعلن", "القاهرة"),
    ("sputnik-arabic", "موسكو- سبوتنيك\nأعلن", "موسكو"),
    ("tass", "MOSCOW, January 21. /TASS/. The ministry", "MOSCOW"),
    ("tass", "UNITED NATIONS, May 2. /TASS/. The council", "UNITED NATIONS"),
    ("tass", "МОСКВА, 17 ноября. /ТАСС/. Министр", "МОСКВА"),
    ("wafa", "رام الله 17-11-2025 وفا- شارك", "رام الله"),
    ("wafa", "RAMALLAH, November 17, 2025 (WAFA) – Farmers", "RAMALLAH"),
    ("wam", "ABU DHABI, 17th November, 2025 (WAM) -- The authority", "ABU DHABI"),
    ("wam", "أبوظبي في 17 نوفمبر / وام / أعلنت", "أبوظبي"),
    ("xinhua", "BEIJING, Nov. 17 (Xinhua) -- China", "BEIJING"),
    ("xinhua", "بكين 17 نوفمبر 2025 (شينخوا) أعلنت", "بكين"),
    ("xinhua", "بكين اول سبتمبر 2008 (شينخوا) أعلنت", "بكين"),
    ("xinhua", "新华社北京11月17日电（记者某某）水利部", "北京"),
    ("yonhap", "SEOUL, Nov. 17 (Yonhap) -- South Korea", "SEOUL"),
    ("yonhap", "سيئول، 17 نوفمبر(يونهاب) -- قالت", "سيئول"),
    ("yonhap", "(서울=연합뉴스) 아무개 기자 = 기상청은", "서울"),
]


@pytest.mark.parametrize(("slug", "opening", "place"), DATELINES)
def test_an_agency_s_dateline_gives_its_place(slug, opening, place):
    assert places_at(opening, slug)[:1] == [place]


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.slug)
def test_a_dateline_of_one_agency_is_none_of_another_s(source):
    foreign = [opening for slug, opening, _ in DATELINES if slug != source.slug]

    seen = [opening for opening in foreign if places_at(opening, source.slug)]

    assert [opening for opening in seen if not opening.startswith("TOKYO")] == []


def places_at(opening, slug):
    """Return the places that the datelines declared by `slug` see at the start of a text."""
    matches = (dateline.match(opening) for dateline in find_source(slug).datelines)
    return [found["place"] for found in matches if found]
