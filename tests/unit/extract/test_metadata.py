# pages read best unbroken
"""Headline, authors, times, language and the rest: what head and page say together."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from ingest.extract import extract_article
from ingest.extract.authors import names_in
from ingest.extract.jsonld import article_of, read_json, text_of
from ingest.model import ArticleRules, Precision, Source, ZoneReason
from tests.unit.extract.pages import ARABIC, PROSE, URL, article_page, page, paragraphs


def ld(fields):
    return f'<script type="application/ld+json">{{"@type":"NewsArticle",{fields}}}</script>'


def read(head="", *, before="", url=URL, **more):
    return extract_article(article_page(head=head, before=before), url=url, **more)


def wire(**fields):
    return Source(
        slug="example-wire",
        name="Example Wire",
        homepage="https://news.example/",
        **{"timezone": ZoneInfo("Asia/Damascus"), **fields},
    )


# ── JSON-LD ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        '{"headline": "A",}',
        '<!-- {"headline": "A"} -->',
        '/* <![CDATA[ */ {"headline": "A"} /* ]]> */',
        "{&quot;headline&quot;: &quot;A&quot;}",
        '{"headline": "A"};',
        '{"headline": "A", "note": "two\nlines"}',
        '{"headline": "A"} {"headline": "B"}',
    ],
)
def test_json_ld_is_read_as_leniently_as_it_is_written(text):
    assert read_json(text)["headline"] == "A"


@pytest.mark.parametrize("text", ["", "nothing", "[" * 100_000, "{" + "x" * 3_000_000])
def test_json_ld_that_is_none_says_nothing(text):
    assert read_json(text) is None


def test_the_most_telling_article_of_a_graph_speaks():
    poor = {"@type": "https://schema.org/WebPage"}
    rich = {"@type": ["Thing", "ReportageNewsArticle"], "headline": "A", "datePublished": "x"}

    assert article_of((poor, {"@type": "Article"}, rich)) is rich
    assert article_of(()) == {}


def test_escapes_and_tags_in_values_are_undone():
    assert text_of("A &amp;quot;word&amp;quot; <b>bold</b>") == 'A "word" bold'
    assert text_of([None, {"name": {"@value": "A"}}]) == "A"
    assert text_of(12) == "12"
    assert text_of(True) is None


def test_a_graph_in_several_scripts_is_put_together():
    head = (
        '<script type="application/ld+json">{"@graph":[{"@type":"WebSite","name":"Example Times"},'
        '{"@type":"WebPage","mainEntity":{"@type":"NewsArticle","headline":"Bridge opens at last"}}]}'
        '</script><script type="application/ld+json">broken {</script>'
    )

    assert read(head).title == "Bridge opens at last"


# ── headline ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("", "Bridge opens after eleven years"),
        (
            "<title>Bridge opens after eleven years | Example</title>",
            "Bridge opens after eleven years",
        ),
        ('<meta property="og:title" content="Another bridge - The News">', "Another bridge"),
        ("<title>News Example – Another bridge</title>", "Another bridge"),
        (ld('"headline":"Bridge opens"'), "Bridge opens"),
        (
            ld('"headline":"Bridge opens after eleven years - Example"'),
            "Bridge opens after eleven years",
        ),
        (
            "<title>Bridge opens: all you need</title>"
            + ld('"headline":"Bridge opens: all you need"')
            + '<meta property="og:title" content="Bridge opens after eleven years">',
            "Bridge opens after eleven years",
        ),
        (
            "<title>Bridge opens after 11 years, mayor says</title>",
            "Bridge opens after eleven years",
        ),
    ],
)
def test_the_headline_is_the_editor_s_without_the_site(head, title):
    assert read(head).title == title


def test_a_page_without_any_headline_has_none():
    assert extract_article(page(paragraphs()), url=URL).title is None


def test_a_declared_headline_is_believed():
    html = page(f"<h1>Section</h1><h2 class=t>The bridge</h2>{paragraphs()}")

    assert (
        extract_article(html, url=URL, source=wire(article=ArticleRules(title=("h2.t",)))).title
        == "The bridge"
    )


# ── authors ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("By Ada Example and Bo Beispiel", ("Ada Example", "Bo Beispiel")),
        ("Von Ada Example, Bo Beispiel", ("Ada Example", "Bo Beispiel")),
        ("بقلم: ليلى المثال", ("ليلى المثال",)),
        ("كتبت ليلى المثال", ("ليلى المثال",)),
        ("Ada Example | 17.11.2025", ("Ada Example",)),
        ("Ada Example (ae), senior writer", ("Ada Example",)),
        ("Ada Example ada@news.example", ("Ada Example",)),
        ("https://news.example/author/ada", ()),
        ("Sputnikhttps://news.example/logo.png", ("Sputnik",)),
        ("(أبوظبي - المثال)", ()),
        ("(Ada Example)", ("Ada Example",)),
        ("admin", ()),
        ("By", ()),
        ("A sentence that goes on for far too long to be a name of anyone", ()),
    ],
)
def test_names_are_taken_apart(text, names):
    assert names_in([text]) == names


@pytest.mark.parametrize(
    ("head", "before"),
    [
        (ld('"author":[{"@type":"Person","name":"Ada Example"}]'), ""),
        (ld('"author":"Ada Example"'), ""),
        ('<meta name="author" content="Ada Example">', ""),
        ("", '<div class="byline">By <a href="/ada">Ada Example</a></div>'),
        ("", '<span itemprop="author">Ada Example</span>'),
        ("", '<p><a rel="author" href="/ada">Ada Example</a></p>'),
        (
            '<meta name="author" content="News">' + ld('"author":{"name":"News"}'),
            "<p class=author>Ada Example</p>",
        ),
    ],
)
def test_authors_are_found_wherever_they_stand(head, before):
    assert read(head, before=before).authors == ("Ada Example",)


def test_the_site_itself_is_an_author_only_when_it_says_so():
    named = ld('"author":{"@type":"Organization","name":"News Example"}')
    site = '<meta property="og:site_name" content="News Example">'

    assert read(site + named).authors == ("News Example",)
    assert read(site + '<meta name="author" content="News Example">').authors == ()


# ── times ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("head", "before", "iso"),
    [
        (ld('"datePublished":"2025-11-17T14:09:42+03:00"'), "", "2025-11-17T14:09:42+03:00"),
        (
            '<meta property="article:published_time" content="2025-11-17T14:09:00Z">',
            "",
            "2025-11-17T14:09:00+00:00",
        ),
        ("", '<time datetime="2025-11-17T14:09:00Z">today</time>', "2025-11-17T14:09:00+00:00"),
        ("", '<meta itemprop="datePublished" content="2025-11-17">', "2025-11-17"),
        ("", '<p class="date">17 November 2025</p>', "2025-11-17"),
        ("", "<p>الإثنين 17 نوفمبر 2025</p>", "2025-11-17"),
        (
            ld('"datePublished":"2025-11-17"'),
            "<p class=date>17 November 2025, 14:09</p>",
            "2025-11-17T14:09:00+00:00",
        ),
        (
            "",
            '<script>var a={"itemPublicationDate":"14:09 17/11/2025"}</script>',
            "2025-11-17T14:09:00+00:00",
        ),
        (
            ld('"datePublished":"Sunday, 17 November 2025"'),
            "<p class=date>18.11.2025</p>",
            "2025-11-18",
        ),
    ],
)
def test_the_best_time_of_publication_is_taken(head, before, iso):
    assert read(head, before=before).published.iso() == iso


def test_the_address_may_be_the_only_one_to_name_the_day():
    published = read(url="https://news.example/2025/11/17/bridge").published

    assert published.iso() == "2025-11-17"
    assert published.precision is Precision.DAY


def test_without_any_date_there_is_none():
    article = read()

    assert article.published is None
    assert article.modified is None


def test_a_bare_time_is_the_source_s_local_time():
    published = read(ld('"datePublished":"2025-11-17T14:09:42"'), source=wire()).published

    assert published.iso() == "2025-11-17T14:09:42+03:00"
    assert published.zone is ZoneReason.SOURCE


@pytest.mark.parametrize(
    ("shown", "iso"),
    [
        ("17.11.2025 14:09", "2025-11-17T14:09:00+03:00"),  # local, and called UTC
        ("17.11.2025 17:09", "2025-11-17T14:09:00+00:00"),  # the stamp is right
        ("17.11.2025 11:09", "2025-11-17T11:09:00+03:00"),  # shifted twice
        ("17.11.2025 09:30", "2025-11-17T14:09:00+00:00"),  # some other time
        ("no clock at all", "2025-11-17T14:09:00+00:00"),
    ],
)
def test_the_clock_shown_settles_a_false_utc(shown, iso):
    head = ld('"datePublished":"2025-11-17T14:09:00Z"')

    assert read(head, before=f"<p class=date>{shown}</p>", source=wire()).published.iso() == iso


def test_a_zone_of_no_offset_settles_nothing():
    head = ld('"datePublished":"2025-11-17T14:09:00Z"')

    published = read(head, source=wire(timezone=ZoneInfo("UTC"))).published

    assert published.zone is ZoneReason.TEXT


def test_a_country_with_one_zone_lends_it_to_pages_of_no_source():
    published = read(
        ld('"datePublished":"2025-11-17 14:09"'), url="https://news.example.tr/a"
    ).published

    assert published.iso() == "2025-11-17T14:09:00+03:00"
    assert published.zone is ZoneReason.PAGE


def test_a_change_long_before_publication_is_another_thing_s():
    article = read(
        ld('"datePublished":"2025-11-17T14:00:00Z","dateModified":"2024-01-01T00:00:00Z"')
    )

    assert article.modified is None


def test_a_change_is_read_where_it_is_told_or_shown():
    told = read(ld('"datePublished":"2025-11-17T14:00:00Z","dateModified":"2025-11-17T15:00:00Z"'))
    rules = ArticleRules(published=("p.d",), modified=("p.m",))
    ruled = read(
        before="<p class=d>17.11.2025</p><p class=m>18.11.2025 10:00</p>",
        source=wire(article=rules),
    )

    assert told.modified.iso() == "2025-11-17T15:00:00+00:00"
    assert ruled.published.iso() == "2025-11-17"
    assert ruled.modified.iso() == "2025-11-18T10:00:00+03:00"


def test_a_rule_s_day_may_get_its_minute_from_the_head():
    head = ld('"datePublished":"2025-11-17T14:09:42"')
    source = wire(article=ArticleRules(published=("p.d", "p.none")))

    assert read(head, before="<p class=d>17.11.2025</p>", source=source).published.iso() == (
        "2025-11-17T14:09:42+03:00"
    )


def test_relative_times_count_from_the_time_given():
    now = datetime(2025, 11, 17, 12, tzinfo=UTC)

    assert read(before="<p class=date>5 minutes ago</p>", now=now).published.day == now.date()


# ── language ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("attributes", "head", "texts", "language"),
    [
        ('lang="en-us"', "", PROSE, "en-US"),
        ('lang="en"', "", ARABIC, "ar"),
        ("", '<meta property="og:locale" content="ar_SY">', ARABIC, "ar-SY"),
        ("", '<meta http-equiv="Content-Language" content="ar, en">', ARABIC, "ar"),
        (
            'lang="zh-hant-tw"',
            "",
            ("橋樑在十一年後開放，市長發表了一個小時的講話。" * 4,),
            "zh-Hant-TW",
        ),
        (
            'lang="iw"',
            "",
            ("הגשר החדש מעל הנהר נפתח ביום שני על ידי ראש העיר, שנאם במשך שעה." * 2,),
            "he",
        ),
        ("", "", PROSE, "en"),
        ('lang="no such"', "", ("x" * 30 + ".",), None),
    ],
)
def test_a_declared_language_must_fit_the_letters(attributes, head, texts, language):
    html = page(f"<h1>Bridge</h1><div>{paragraphs(texts)}</div>", head, attributes)

    assert extract_article(html, url=URL).language == language


def test_a_path_may_be_the_only_truth():
    source = wire(path_languages={"kk": "ku"}, languages=("tr", "ku"))

    assert read(url="https://news.example/kk/a/1", source=source).language == "ku"
    assert read(url="https://news.example/en/a/1", source=source).language == "en"


def test_a_source_of_one_language_lends_it():
    html = page(f"<h1>جسر</h1><div>{paragraphs(ARABIC)}</div>", attributes='lang="en"')

    assert extract_article(html, url=URL, source=wire(languages=("fa",))).language == "fa"


# ── the rest ────────────────────────────────────────────────────────────────────────────


def test_sections_come_from_the_article_or_the_breadcrumb():
    crumbs = (
        '<script type="application/ld+json">{"@type":"BreadcrumbList","itemListElement":['
        '{"name":"Home"},{"item":{"name":"World"}},{"name":"Bridges"},{"name":"Bridge opens"},7]}</script>'
    )

    assert read(ld('"articleSection":["World","Roads"]')).sections == ("World", "Roads")
    assert read('<meta property="article:section" content="World">').sections == ("World",)
    assert read(crumbs).sections == ("World", "Bridges")
    assert read().sections == ()


def test_tags_are_split_and_rid_of_the_site():
    site = '<meta property="og:site_name" content="Example Times">'

    assert read(site + ld('"keywords":"bridge, river،town,Example Times"')).tags == (
        "bridge",
        "river",
        "town",
    )
    assert read(ld('"keywords":["bridge","river"]')).tags == ("bridge", "river")
    assert read(
        '<meta property="article:tag" content="bridge"><meta property="article:tag" content="river">'
    ).tags == ("bridge", "river")
    assert read('<meta name="keywords" content="bridge;river">').tags == ("bridge", "river")


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="og:image" content="/b.jpg">',
        ld('"image":[{"url":"/b.jpg"}]'),
        ld('"image":"/b.jpg"'),
        '<meta name="twitter:image" content="/b.jpg">',
        '<link rel="image_src" href="/b.jpg">',
    ],
)
def test_the_lead_picture_is_found(head):
    assert read(head).image == "https://news.example/b.jpg"


@pytest.mark.parametrize(
    ("caption", "credit"),
    [
        ("The bridge at noon. Photo: Ada Example", "Ada Example"),
        ("Köprü. Fotoğraf : Ada Example/EW", "Ada Example/EW"),
        ("The bridge © Ada Example", "Ada Example"),
        ("The bridge at noon (Ada Example).", "Ada Example"),
        ("The bridge at noon", None),
    ],
)
def test_a_caption_may_name_the_photographer(caption, credit):
    article = read(before=f"<figure><img src=b.jpg><figcaption>{caption}</figcaption></figure>")

    assert article.image_caption == caption
    assert article.image_credit == credit


@pytest.mark.parametrize(
    "words", ["Fotoğraf : Ada Example", "تصوير: Ada Example", "写真：Ada Example", "© Ada Example"]
)
def test_words_that_only_name_the_photographer_are_no_caption(words):
    article = read(before=f"<figure><img src=b.jpg><figcaption>{words}</figcaption></figure>")

    assert article.image_caption is None
    assert article.image_credit == "Ada Example"


def test_addresses_are_absolute_and_on_the_web():
    head = (
        "<base href='https://news.example/base/'><link rel=canonical href='../c'>"
        "<link rel=amphtml href='/amp/c'><link rel=shortlink href='https://n.example/1'>"
        "<link rel=next href='/c?page=2'>" + ld('"isBasedOn":{"url":"/source"}')
    )

    article = read(head)

    assert article.canonical == "https://news.example/c"
    assert article.links == ("https://news.example/amp/c", "https://n.example/1")
    assert article.next_page == "https://news.example/c?page=2"
    assert article.based_on == "https://news.example/source"


def test_what_is_no_address_is_none():
    head = (
        "<base href='http://[bad'><link rel=canonical href='javascript:x()'>"
        "<link rel=next href='https://other.example/2'><link rel=amphtml href='http://[bad'>"
    )

    article = read(head)

    assert (article.canonical, article.next_page, article.links) == (None, None, ())


@pytest.mark.parametrize(
    ("head", "partial"),
    [
        (ld('"isAccessibleForFree":"False"'), True),
        (ld('"isAccessibleForFree":false'), True),
        (ld('"isAccessibleForFree":true'), False),
        (ld('"hasPart":{"isAccessibleForFree":false,"cssSelector":".paid"}'), True),
        ('<meta property="article:content_tier" content="locked">', True),
        ("", False),
    ],
)
def test_a_paid_text_is_marked_partial(head, partial):
    assert read(head).partial is partial


def test_the_standfirst_is_the_one_shown_else_the_one_described():
    head = '<meta name="description" content="Described here in a sentence or so.">'
    two = (
        '<div class="summary"><p>The first point of the summary, at length.</p>'
        "<p>The second point of the summary, at length.</p><p>no</p></div>"
    )

    assert read(head).standfirst == "Described here in a sentence or so."
    assert read(head, before=two).standfirst == (
        "The first point of the summary, at length. The second point of the summary, at length."
    )
    assert read().standfirst is None


def test_an_address_that_no_row_can_hold_is_none():
    head = ld('"image": "https://news.example/a\\u0000b.jpg"')

    assert read(head).image is None
