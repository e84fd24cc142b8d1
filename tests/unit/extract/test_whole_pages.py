# pages read best unbroken
"""The text, the whole text and nothing but the text: on whole small pages of our own."""

from zoneinfo import ZoneInfo

import pytest

from ingest.extract import explain_page, extract_article
from ingest.model import ArticleRules, Source
from tests.unit.extract.pages import ARABIC, PROSE, URL, article_page, page, paragraphs

BODY = "\n".join(PROSE)


def body_of(html, **more):
    return extract_article(html, url=URL, **more).body


def test_paragraphs_are_kept_and_what_surrounds_them_is_not():
    html = page(
        "<nav><ul><li><a href=/a>Home</a><li><a href=/b>World</a></ul></nav>"
        f"<main><h1>Bridge opens</h1>{paragraphs()}</main>"
        "<aside><p>Another story, told at some length, about a ferry that no longer sails.</p></aside>"
        "<footer><p>All rights reserved by the publisher of this site, whoever that is.</p></footer>"
    )

    assert body_of(html) == BODY


@pytest.mark.parametrize(
    "intruder",
    [
        '<div class="newsletter-signup"><p>Get our letter each morning, with all that matters in it.</p></div>',
        '<div class="related"><h3>Read also</h3><p>The ferry sails no more, its captain said on Sunday.</p></div>',
        '<ul class="share-buttons"><li><a href=#f>Facebook</a><li><a href=#t>Twitter</a></ul>',
        '<div class="advertisement"><p>Buy two tyres and get the third one for the price of four.</p></div>',
        '<section id="comments"><p>I have crossed it twice already and it is a very fine bridge.</p></section>',
        '<div id="onetrust-consent-sdk"><p>We value your privacy and store cookies on your computer.</p></div>',
        "<figure><img src=b.jpg><figcaption>The bridge, seen from the north bank at noon.</figcaption></figure>",
        '<p><a href="/ferry">Read more: the ferry that no longer sails, and its captain</a></p>',
        '<div style="display:none"><p>This text is for machines only and for nobody who reads here.</p></div>',
        "<script>var text = '<p>Not a paragraph but a line of somebody's script, all of it.</p>';</script>",
        "<SCRIPT>document.write('<p>Not a paragraph but what some script would write here.</p>')</SCRIPT>",
        "<script><!-- '<script><p>Not a paragraph but a script in a comment.</p></script>' --></script>",
        "<!-- <script> --><!-- </script> -->",
        "<ul><li><a href=/1>One story of today</a><li><a href=/2>Another story of today</a></ul>",
        '<div class="author-bio"><p>The writer has lived by the river for all of her long life.</p></div>',
    ],
)
def test_what_is_not_the_article_leaves_its_middle(intruder):
    inside = paragraphs(PROSE[:2]) + intruder + paragraphs(PROSE[2:])

    assert body_of(page(f"<h1>Bridge opens</h1><div class=story>{inside}</div>")) == BODY


def test_a_name_of_noise_is_not_believed_when_it_holds_the_text():
    html = page(f"<h1>Bridge opens</h1><div class='has-sidebar widget'>{paragraphs()}</div>")

    assert body_of(html) == BODY


def test_a_page_builder_that_calls_every_paragraph_noise_keeps_its_text():
    parts = "".join(f'<div class="toc-chapter"><p>{text}</p></div>' for text in PROSE)

    assert body_of(page(f"<h1>Bridge opens</h1><div>{parts}</div>")) == BODY


def test_text_between_line_breaks_is_read_without_paragraph_tags():
    html = page(f"<table><tr><td><h1>Bridge opens</h1>{'<br><br>'.join(PROSE)}</td></tr></table>")

    assert body_of(html) == BODY


def test_the_article_with_the_headline_goes_before_a_longer_second_one():
    second = paragraphs([f"A second article says this, in sentence number {n}." for n in range(30)])
    html = page(
        f"<article><h1>Bridge opens after eleven years</h1>{paragraphs()}</article>"
        f"<div class=more>{second}</div>",
        "<title>Bridge opens after eleven years</title>",
    )

    assert body_of(html) == BODY


def test_sub_heads_lists_and_quotes_stay_and_idle_headings_go():
    html = (
        article_page(after="")
        .replace(
            f"<p>{PROSE[2]}</p>".encode(),
            f"<h3>The steel</h3><p>{PROSE[2]}</p><ul><li>Three countries sent their steel.</ul>"
            "<blockquote>It will outlast us all, said one.</blockquote>".encode(),
        )
        .replace(f"<p>{PROSE[3]}</p>".encode(), f"<p>{PROSE[3]}</p><h3>Read also</h3>".encode())
    )

    article = extract_article(html, url=URL)

    assert article.body.split("\n") == [
        PROSE[0],
        PROSE[1],
        "The steel",
        PROSE[2],
        "Three countries sent their steel.",
        "It will outlast us all, said one.",
        PROSE[3],
    ]
    assert "<h3>The steel</h3>" in article.body_html
    assert "<ul>\n<li>Three countries sent their steel.</li>\n</ul>" in article.body_html
    assert (
        "<blockquote>\n<p>It will outlast us all, said one.</p>\n</blockquote>" in article.body_html
    )


def test_a_table_of_facts_is_a_row_a_line():
    table = (
        "<table><tr><th>Span</th><th>Metres</th></tr><tr><td>Main</td><td>412</td></tr>"
        "<tr><td>Side</td><td>90</td></tr></table>"
    )
    html = page(
        f"<h1>Bridge opens</h1><div>{paragraphs(PROSE[:2])}{table}{paragraphs(PROSE[2:])}</div>"
    )

    article = extract_article(html, url=URL)

    assert "Span | Metres\nMain | 412\nSide | 90" in article.body
    assert "<tr><td>Main</td><td>412</td></tr>" in article.body_html


def test_a_table_is_judged_by_its_own_cells_alone():
    laid_out = f"<table><tr><td>{paragraphs(PROSE[:2])}</td></tr></table>"
    empty = "<table><tr><td></td><td></td><td></td></tr></table>"

    article = extract_article(page(f"<h1>Bridge opens</h1>{laid_out}{empty}"), url=URL)

    assert article.body == "\n".join(PROSE[:2])


def test_inline_markup_is_reduced_to_links_and_stress():
    html = article_page().replace(
        b"The new bridge",
        b"<b>The</b> <i onclick=x()>new</i> <a href='/bridge' onclick=y()>bridge</a>"
        b"<a href='javascript:z()'>!</a>",
    )

    article = extract_article(html, url=URL)

    assert article.body_html.startswith(
        '<p><strong>The</strong> <em>new</em> <a href="https://news.example/bridge">bridge</a>!'
    )


def test_a_lead_above_the_text_is_its_standfirst_and_no_line_of_the_body():
    lead = "After eleven years of waiting the town has its bridge, and a quarrel about its name."
    html = article_page(before=f'<div class="lead"><p>{lead}</p></div>')

    article = extract_article(html, url=URL)

    assert article.body == BODY
    assert article.standfirst == lead


def test_short_lines_at_the_edges_are_no_text():
    inside = f"<p>17 November 2025</p>{paragraphs()}<p>Source: town hall</p>"

    assert body_of(page(f"<h1>Bridge opens</h1><div>{inside}</div>")) == BODY


def test_a_stream_that_scripts_move_into_place_is_read():
    html = page(
        "<main></main><div hidden id='S:1a'>"
        f"<h1>Bridge opens</h1><div dir=ltr class=prose>{paragraphs()}</div></div>"
        "<script>$RC('B:1a','S:1a')</script>"
    )

    assert body_of(html) == BODY


STORED = [
    '<script id="__NEXT_DATA__" type="application/json">{"props":{"article":{"blocks":['
    + ",".join(f'{{"kind":"text","text":"{text}"}}' for text in PROSE)
    + "]}}}</script>",
    '<script>window.__NUXT__ = {"state": {"html": "'
    + "".join(f"<p>{text}<\\/p>" for text in PROSE)
    + '"}};</script>',
    '<script>self.__next_f.push([1,"1:'
    '[[\\"$\\",\\"p\\",null,{\\"children\\":\\"'
    + '\\"}],[\\"$\\",\\"p\\",null,{\\"children\\":\\"'.join(PROSE)
    + '\\"}]]\\n"])</script>',
    '<script type="application/ld+json">{"@type":"NewsArticle","headline":"Bridge opens",'
    '"articleBody":"' + "\\n".join(PROSE) + '"}</script>',
]


@pytest.mark.parametrize("script", STORED, ids=["next", "nuxt", "flight", "json-ld"])
def test_data_for_scripts_is_the_last_candidate(script):
    assert body_of(page(f"<h1>Bridge opens</h1><div id=root></div>{script}")) == BODY


def test_data_for_scripts_never_replace_text_that_is_there():
    script = '<script type="application/ld+json">{"@type":"Article","articleBody":"%s"}</script>'

    assert body_of(article_page(head=script % ("Other words entirely. " * 60))) == BODY


def test_text_under_a_wrong_name_is_found_when_nothing_else_is():
    html = page(f"<h1>Bridge opens</h1><div class=comments>{paragraphs()}</div><p>Menu</p>")

    assert body_of(html) == BODY


def test_what_browsers_keep_after_the_end_of_html_is_kept():
    assert body_of(page(f"<p>Menu</p></body></html><div>{paragraphs(PROSE * 4)}</div>")).startswith(
        PROSE[0]
    )


def test_an_element_left_open_does_not_swallow_the_article():
    html = page(f"<header><button>Menu</header><main><h1>Bridge</h1>{paragraphs()}</main>")

    assert body_of(html).endswith(BODY)


LEGAL = "النص المنشور هنا جزء مما يصل المشتركين عبر نظام تدفق الأخبار (HAS). للاشتراك يرجى الاتصال."
WIRE = Source(
    slug="example-wire",
    name="Example Wire",
    agency="EW",
    homepage="https://news.example/",
    timezone=ZoneInfo("Europe/Istanbul"),
    languages=("ar",),
    article=ArticleRules(
        title=("h1.none", "h1"),
        standfirst=("h4",),
        authors=(".head > span:not(.when)",),
        published=("span.when",),
        sections=(".sections a",),
        tags=(".tags a",),
        place=(".text > h6",),
        image=("img.big",),
        image_credit=("img.big + span.editor:not(:has(a))",),
        notice=("span.editor:has(a)",),
        body=(".text > div",),
        drop=("h6", "span.editor", "::not css::"),
    ),
)
ARABIC_PAGE = page(
    "<main><div class=sections><a href=/a>الدول</a>, <a href=/b>سوريا</a></div>"
    "<h1>افتتاح الجسر الجديد فوق النهر</h1><h4>بعد أحد عشر عاما من العمل</h4>"
    "<div class=head><span>Ayşe Örnek&nbsp;|</span>"
    "<span class=when>17.11.2025 - محدث : 18.11.2025</span></div>"
    "<img class=big src=/b.jpg><span class=editor>@example</span>"
    f"<div class=text><h6>Istanbul</h6><div><p>إسطنبول / الأناضول</p>{paragraphs(ARABIC)}"
    f"<span class=editor><a href='/ar/p/form/1001'>{LEGAL}</a></span></div></div>"
    "<div class=tags><a href=/t>جسر</a></div></main>",
    attributes='dir="rtl"',
)


def test_a_source_s_selectors_speak_first():
    article = extract_article(ARABIC_PAGE, url=URL, source=WIRE)

    assert article.body == "\n".join(ARABIC)
    assert article.standfirst == "بعد أحد عشر عاما من العمل"
    assert article.authors == ("Ayşe Örnek",)
    assert article.sections == ("الدول", "سوريا")
    assert article.tags == ("جسر",)
    assert article.image == "https://news.example/b.jpg"
    assert article.image_credit == "@example"
    assert (article.place, article.agency) == ("Istanbul", "AA")
    assert article.notice == LEGAL
    assert article.published.iso() == "2025-11-17"
    assert article.modified.iso() == "2025-11-18"
    assert article.language == "ar"
    assert article.rule == "example-wire"


def test_a_selector_that_finds_nothing_leaves_it_to_the_generic_way():
    article = extract_article(article_page(), url=URL, source=WIRE)

    assert article.body == BODY
    assert article.rule == "generic"


def test_every_block_tells_its_fate():
    blocks = explain_page(article_page(before="<nav><a href=/>Home</a></nav>"), url=URL)

    assert [block.reason for block in blocks if block.text in PROSE] == ["kept"] * len(PROSE)
    assert blocks[0].reason == "headline" or blocks[0].reason == "outside"
    assert blocks[-1].place.startswith("p < div.story < main")
    assert all(block.in_article for block in blocks if block.reason == "kept")


def test_an_anchor_that_leads_nowhere_is_no_link():
    """A short first paragraph in one would be dropped as a link."""
    html = page(
        f"<h1>Bridge</h1><a name=top><p>(EW) - Ferries wait.</p>{paragraphs()}</a>{'<a ' * 2000}>"
    )

    assert body_of(html) == f"(EW) - Ferries wait.\n{BODY}"
