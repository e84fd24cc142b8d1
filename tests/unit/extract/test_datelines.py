"""Datelines, closing marks and notices leave the body and become facts."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from ingest.extract import extract_article
from ingest.extract.closing import cut_closing, cut_signature
from ingest.extract.dateline import dateline_of
from ingest.model import Moment, Precision, Source, ZoneReason
from tests.unit.extract.pages import ARABIC, PROSE, URL, article_page

SAID = "قال الوزير"


@pytest.mark.parametrize(
    ("text", "place", "agency"),
    [
        ("إسطنبول / الأناضول", "إسطنبول", "AA"),
        ("DÜZCE (AA) - Bakan", "DÜZCE", "AA"),
        ("AA / Istanbul / Ali Örnek", "Istanbul", "AA"),
        ("دير الزور-سانا", "دير الزور", "SANA"),
        ("Damascus, Nov. 17 (SANA) The minister", "Damascus", "SANA"),
        (f"بكين 17 نوفمبر 2025 (شينخوا) {SAID}", "بكين", "Xinhua"),
        ("بكين اول سبتمبر 2008 (شينخوا)", "بكين", "Xinhua"),
        ("BEIJING, Nov. 17 (Xinhua) -- A ship", "BEIJING", "Xinhua"),
        ("新华社北京11月17日电（记者某某）今天", "北京", "Xinhua"),
        ("【東京共同】船が港に着いた。", "東京", "Kyodo"),
        ("【ニューヨーク17日共同＝山田太郎】船が港に着いた。", "ニューヨーク", "Kyodo"),
        ("【ワシントン＝時事】船が港に着いた。", "ワシントン", "Jiji"),
        ("【パリ11月17日AFP】船が港に着いた。", "パリ", "AFP"),
        ("【11月17日 AFP】船が港に着いた。", None, "AFP"),
        ("[ロンドン 17日 ロイター] － 船が港に着いた。", "ロンドン", "Reuters"),
        ("［東京　17日　ロイター］ - 船が港に着いた。", "東京", "Reuters"),
        ("MOSCOW, January 21. /TASS/. A ship", "MOSCOW", "TASS"),
        ("МОСКВА, 17 ноября. /ТАСС/. Корабль", "МОСКВА", "TASS"),
        ("МОСКВА, 17 ноя - РИА Новости. Корабль", "МОСКВА", "RIA Novosti"),
        (f"موسكو- سبوتنيك. {SAID}", "موسكو", "Sputnik"),
        ("KATHMANDU, April 25 (Reuters) - A ship", "KATHMANDU", "Reuters"),
        ("Gaza City, Palestinian Territories, May 16, 2021 (AFP) - A",
         "Gaza City, Palestinian Territories", "AFP"),
        ("Strasbourg, 10 juil 2024 (AFP)", "Strasbourg", "AFP"),
        ("GROSETO, Italy (AP) -- A ship", "GROSETO, Italy", "AP"),
        ("ABU DHABI, 17th November, 2025 (WAM) -- A ship", "ABU DHABI", "WAM"),
        (f"أبوظبي في 17 نوفمبر / وام / {SAID}", "أبوظبي", "WAM"),
        ("الرياض 26 جمادى الأولى 1447 هـ الموافق 17 نوفمبر 2025 م واس", "الرياض", "SPA"),
        ("Riyadh, November 17, 2025, SPA -- A ship", "Riyadh", "SPA"),
        (f"الدوحة في 17 نوفمبر /قنا/ {SAID}", "الدوحة", "QNA"),
        (f"الكويت - 17 - 11 (كونا) -- {SAID}", "الكويت", "KUNA"),
        (f"عمان 4 كانون الأول (بترا) - {SAID}", "عمان", "Petra"),
        (f"القاهرة في 17 نوفمبر/أ ش أ/ {SAID}", "القاهرة", "MENA"),
        (f"وطنية - بيروت - {SAID}", "بيروت", "NNA"),
        ("واع/ بغداد", "بغداد", "INA"),
        (f"رام الله 17-11-2025 وفا- {SAID}", "رام الله", "WAFA"),
        ("تهران- ایرنا- گفت", "تهران", "IRNA"),
        ("به گزارش خبرنگار ایسنا، وزیر گفت", None, "ISNA"),
        (f"طهران / 17 تشرين الثاني/نوفمبر /ارنا- {SAID}", "طهران", "IRNA"),
        ("(ANSA) - ROME, JUL 11 - A ship", "ROME", "ANSA"),
        ("Tegucigalpa, Jan 2 (EFE).- A ship", "Tegucigalpa", "EFE"),
        ("Berlin (dpa) - Ein Schiff", "Berlin", "dpa"),
        ("SEOUL, Nov. 17 (Yonhap) -- A ship", "SEOUL", "Yonhap"),
        ("New Delhi [India], November 17 (ANI): A ship", "New Delhi [India]", "ANI"),
    ],
)  # fmt: skip
def test_a_dateline_gives_place_and_agency(text, place, agency):
    found = dateline_of(text)

    assert found is not None
    assert (found.place, found.agency) == (place, agency)


@pytest.mark.parametrize(
    "text",
    [
        "He told the agency (AFP) - and nobody else - that it would not sail.",
        "KOBE – A total of twelve ships",
        "ISTANBUL",
        "قال الوزير في تصريح لوكالة (رويترز) - إن السفينة لن تبحر",
        "The minister said: \"It is ours\" (AP) - and left.",
        "【速報】船が港に着いた。",
        "【東京】共同研究の船が港に着いた。",
        "【共同】船が港に着いた。",
        "[東京 17日 取材] 船が港に着いた。",
    ],
)  # fmt: skip
def test_a_sentence_is_no_dateline(text):
    assert dateline_of(text) is None


def published(day="2025-11-18"):
    at = datetime.fromisoformat(f"{day}T06:00:00+00:00")
    return Moment(at=at, precision=Precision.MINUTE, text=day, zone=ZoneReason.TEXT)


@pytest.mark.parametrize(
    "text",
    [
        "ANKARA, 17 Nov (AA) - Bakan",
        "دمشق-سانا 17-11-2025",
        "دمشق-سانا 17 تشرين الثاني",
        "Damascus, Nov. 17 (SANA) The minister",
        f"بكين 17 نوفمبر 2025 (شينخوا) {SAID}",
        "新华社北京11月17日电（记者某某）今天",
        "新华社北京17日电 今天",
        "新华社北京2025年11月17日电 今天",
        "【ニューヨーク17日共同＝山田太郎】船が港に着いた。",
        "【11月17日 AFP】船が港に着いた。",
        "[ロンドン 17日 ロイター] － 船が港に着いた。",
        "МОСКВА, 17 ноября. /ТАСС/. Корабль",
        "МОСКВА, 17 ноя - РИА Новости. Корабль",
        "ABU DHABI, 17th November, 2025 (WAM) -- A ship",
        f"أبوظبي في 17 نوفمبر / وام / {SAID}",
        "الرياض 26 جمادى الأولى 1447 هـ الموافق 17 نوفمبر 2025 م واس",
        f"الكويت - 17 - 11 (كونا) -- {SAID}",
        f"رام الله 17-11-2025 وفا- {SAID}",
        f"طهران / 17 تشرين الثاني/نوفمبر /ارنا- {SAID}",
        f"القاهرة في 17 نوفمبر/أ ش أ/ {SAID}",
        "New Delhi [India], November 17 (ANI): A ship",
    ],
)
def test_a_dateline_tells_the_day_it_was_filed(text):
    found = dateline_of(text)

    assert found is not None
    assert found.day(published()) == date(2025, 11, 17)


@pytest.mark.parametrize(
    ("text", "said", "day"),
    [
        ("VIENNA, Dec 31 (Reuters) - A ship", published("2026-01-01"), date(2025, 12, 31)),
        ("[ロンドン 31日 ロイター] － 船", published("2026-03-02"), date(2026, 1, 31)),
        ("VIENNA, Jan 2 (Reuters) - A ship", published("2026-01-01"), date(2026, 1, 2)),
        ("VIENNA, May 5 (Reuters) - A ship", published("2026-01-01"), None),
        ("VIENNA, May 5 (Reuters) - A ship", None, None),
        ("VIENNA, May 5, 2021 (Reuters) - A ship", None, date(2021, 5, 5)),
        ("VIENNA, May 5, 2021 (Reuters) - A ship", published(), date(2021, 5, 5)),
        ("الدوحة في 31 نوفمبر /قنا/ قال", published(), None),
        ("[ロンドン 17日 ロイター] － 船", None, None),
        ("DÜZCE (AA) - Bakan", published(), None),
    ],
)
def test_a_day_of_which_nobody_can_tell_the_year_is_none(text, said, day):
    found = dateline_of(text)

    assert found is not None
    assert found.day(said) == day


def test_an_article_keeps_the_day_of_its_dateline():
    head = '<meta property="article:published_time" content="2025-11-18T06:00:00Z">'
    html = article_page(head, texts=(f"HARBOUR, Nov. 17 (Reuters) - {PROSE[0]}", *PROSE[1:]))

    article = extract_article(html, url=URL)

    assert (article.place, article.agency, article.filed) == (
        "HARBOUR",
        "Reuters",
        date(2025, 11, 17),
    )


def test_a_source_s_own_pattern_goes_first():
    wire = Source(
        slug="example-wire",
        name="Example Wire",
        agency="EW",
        homepage="https://news.example/",
        timezone=ZoneInfo("UTC"),
        datelines=(re.compile(r"(?P<place>[A-Z]+) -EW- "),),
    )

    found = dateline_of("HARBOUR -EW- A ship sails.", wire)

    assert found is not None
    assert (found.place, found.agency, found.length) == ("HARBOUR", "EW", 13)


def test_a_dateline_of_its_own_leaves_the_body_with_the_place_above_it():
    html = article_page(texts=("Istanbul", "إسطنبول / كاتب المثال / الأناضول", *ARABIC))

    article = extract_article(html, url=URL)

    assert article.body == "\n".join(ARABIC)
    assert (article.place, article.agency) == ("إسطنبول", "AA")
    assert article.authors == ("كاتب المثال",)


def test_a_dateline_before_the_first_sentence_is_cut():
    html = article_page(texts=(f"HARBOUR, May 5 (Reuters) - {PROSE[0]}", *PROSE[1:]))

    article = extract_article(html, url=URL)

    assert article.body == "\n".join(PROSE)
    assert article.body_html.startswith(f"<p>{PROSE[0]}</p>")
    assert (article.place, article.agency) == ("HARBOUR", "Reuters")


@pytest.mark.parametrize(
    "mark",
    [
        "(النهاية) س ع",
        "انتهى",
        "// انتهى //",
        "(END)",
        "Enditem",
        "■",
        "=== ا.ب",
        "انتهای پیام/ی",
        "-- SPA 14:28 LOCAL TIME 11:28 GMT 0012",
        "bur-dar-gl/fz",
        "Reporting by A. Example; Editing by B. Example",
        "(إعداد فلان للنشرة العربية - تحرير فلان)",
    ],
)
def test_a_closing_mark_becomes_a_credit(mark):
    article = extract_article(article_page(texts=(*PROSE, mark)), url=URL)

    assert article.body == "\n".join(PROSE)
    assert article.credits == (mark,)


def test_marks_at_the_end_of_the_last_sentence_are_cut_one_by_one():
    kept, credits = cut_closing(["One.", "Two. (Reporting by A. Example) (END)"])

    assert kept == ["One.", "Two."]
    assert credits == ("(Reporting by A. Example)", "(END)")


def test_a_text_that_is_but_a_mark_stays():
    assert cut_closing(["(END)"]) == (["(END)"], ())
    assert cut_closing([]) == ([], ())


def test_the_reporter_may_sign_in_brackets():
    assert cut_signature(["It burns.", "(Dana Example)"]) == "Dana Example"
    assert cut_signature(["(Dana Example)"]) is None

    article = extract_article(article_page(texts=(*PROSE, "(Dana Example)")), url=URL)

    assert article.authors == ("Dana Example",)


NOTE = "The site shows a portion of the wire (HAS), in summarized form. Please contact us."
MENTION = "The ministry said its own system (HAS) had failed twice, and that it would be repaired."


def test_a_notice_is_known_by_its_link_even_amid_the_text():
    linked = f'<span class=editor><a href="/en/p/subscription/1001">{NOTE}</a></span>'
    html = article_page(after=linked)

    article = extract_article(html, url=URL)

    assert article.notice == NOTE
    assert article.body == "\n".join(PROSE)


def test_a_notice_is_known_by_standing_last():
    article = extract_article(article_page(texts=(*PROSE, NOTE)), url=URL)

    assert article.notice == NOTE
    assert article.body == "\n".join(PROSE)


def test_a_sentence_that_mentions_has_stays():
    article = extract_article(article_page(texts=(MENTION, *PROSE)), url=URL)

    assert article.notice is None
    assert article.body.startswith(MENTION)
