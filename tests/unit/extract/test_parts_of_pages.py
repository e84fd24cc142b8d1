# pages read best unbroken
"""What stands amid or after the text: what belongs to it, and what goes."""

import pytest

from ingest.errors import NotAnArticle
from ingest.extract import extract_article
from tests.unit.extract.pages import PROSE, URL, page, paragraphs

TWEET = (
    '<blockquote class="twitter-tweet"><p>The bridge is open at last, come and see it.</p>'
    '— City of Dale (@dale) <a href="https://twitter.com/dale/status/1">November 17, 2025</a>'
    "</blockquote>"
)
HIGHER = "<p>The new bridge is higher.</p>"
LIVE = """<script type="application/ld+json">{"@type":"LiveBlogPosting","headline":"Bridge opens",
"datePublished":"2025-11-17T10:00:00Z","liveBlogUpdate":[%s]}</script>"""


def amid(html):
    """Return the body of a story with this after its second paragraph."""
    story = f"{paragraphs(PROSE[:2])}{html}{paragraphs(PROSE[2:])}"
    return extract_article(
        page(
            f"<main><h1>Bridge opens after eleven years</h1><div class=story>{story}</div></main>"
        ),
        url=URL,
    ).body.split("\n")


@pytest.mark.parametrize(
    "html",
    [
        '<p>Read also: <a href="/x">The old bridge and its soldiers, a story</a></p>',
        '<p><strong>Read more:</strong></p><p><a href="/x">The old bridge and its soldiers</a></p>',
        '<h3>More on this</h3><ul><li><a href="/x">The old bridge</a></li></ul><h3>Cost</h3>',
        '<p>Read also:</p><div class="related"><a href="/x">The old bridge</a></div>',
        '<h3>More on <a href="/d">Dale and its bridges</a></h3><p><a href="/x">The old one</a></p>',
        '<div class="tooltip-text">How we work is told on a page of its own.</div>',
        '<div class="audio-player"><p>Listen to this article</p><span>0:00 / 4:12</span></div>',
        '<div class="video-player"><h4>Up next</h4><p>The old bridge in 1948</p></div>',
        '<div class="newsletter-signup"><p>Our best reporting, each morning in your inbox.</p></div>',
        '<div class="ad300-top"><p>Buy a bridge for your garden.</p></div>',
        '<div class="paywall-box"><p>Read on for a coin a day.</p></div>',
        '<p class="affiliate-note">We earn something where you buy a bridge by this link.</p>',
        '<div itemprop="author" itemscope><p>Jane Doe has covered rivers for us since 2003.</p></div>',
        '<p itemprop="datePublished">17 November 2025, at noon</p>',
        '<div class="author-bio"><p>Jane Doe has covered rivers for this paper since 2003.</p></div>',
    ],
    ids=[
        "labelled link",
        "label",
        "heading of links",
        "label of links that are related by name",
        "heading that leads elsewhere itself",
        "tooltip",
        "audio",
        "player",
        "newsletter",
        "advertisement",
        "box that asks to pay",
        "note on commissions",
        "author in microdata",
        "time in microdata",
        "biography",
    ],
)
def test_what_is_not_the_story_goes(html):
    assert [line for line in amid(html) if line != "Cost"] == list(PROSE)


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        (
            TWEET,
            [
                "The bridge is open at last, come and see it.",
                "— City of Dale (@dale) November 17, 2025",
            ],
        ),
        (
            f'<div class="social-media-embed">{TWEET}</div>',
            [
                "The bridge is open at last, come and see it.",
                "— City of Dale (@dale) November 17, 2025",
            ],
        ),
        (
            '<p>The report: it costs 20 million, says <a href="/x">the office</a>, and more.</p>',
            ["The report: it costs 20 million, says the office, and more."],
        ),
        ("<h3>What it cost</h3>", ["What it cost"]),
        (
            '<p><span class="dateline">DALE – </span>It is 400 metres long, and it sways.</p>',
            ["DALE – It is 400 metres long, and it sways."],
        ),
        ("<h1>What it cost</h1>", ["What it cost"]),
        ("<h1>BRIDGE OPENS AFTER ELEVEN YEARS</h1><h3>What it cost</h3>", ["What it cost"]),
        ('<h3><a href="#what-it-cost">What it cost</a></h3>', ["What it cost"]),
        ('<h3 id="toc-2">What it cost</h3>', ["What it cost"]),
        ('<h3 id="social-costs">Social costs</h3>', ["Social costs"]),
        ("<ul><li>Length: 400 metres</li></ul>", ["Length: 400 metres"]),
        (
            '<p>Length: 400 metres<br>Height: 30 metres</p><p><a href="/x">The old bridge</a></p>',
            ["Length: 400 metres", "Height: 30 metres"],
        ),
        (
            '<p>“Yes”, he said</p><div class="ad"><a href="/x">Buy a boat</a></div>',
            ["“Yes”, he said"],
        ),
        ('<p class="lead-in paywall">The bridge is 400 metres.</p>', ["The bridge is 400 metres."]),
        (f'<div class="element element-9ad7f">{HIGHER}</div>', ["The new bridge is higher."]),
        (f'<div id="b9f1-ad6d-29ea116ead">{HIGHER}</div>', ["The new bridge is higher."]),
    ],
    ids=[
        "embedded post",
        "embedded post by name",
        "link in a sentence",
        "heading",
        "dateline in its sentence",
        "heading of the first rank",
        "headline again in capitals",
        "heading that leads to itself",
        "heading a table of contents leads to",
        "heading called after what it says",
        "list",
        "lines of a paragraph before a link",
        "line before an advertisement",
        "text one pays for",
        "number of an element",
        "number of a block",
    ],
)
def test_what_is_the_story_stays(html, lines):
    assert amid(html) == [*PROSE[:2], *lines, *PROSE[2:]]


def test_entries_of_a_live_blog_keep_their_times():
    entries = "".join(
        f"<article class=post><time>1{n}:00</time><h3>Entry {n}</h3><p>{PROSE[n]}</p></article>"
        for n in range(3)
    )
    html = page(f"<main><h1>Bridge opens</h1><div>{entries}</div></main>", LIVE % "")

    body = extract_article(html, url=URL).body.split("\n")

    assert body == [line for n in range(3) for line in (f"1{n}:00", f"Entry {n}", PROSE[n])]


def test_a_live_blog_that_is_drawn_by_script_is_read_from_its_json_ld():
    entries = ",".join(
        f'{{"@type":"BlogPosting","headline":"Entry {n}","datePublished":"2025-11-17T1{n}:00:00Z",'
        f'"articleBody":"{PROSE[n]}"}}'
        for n in range(4)
    )
    html = page("<main><h1>Bridge opens</h1><div id=app></div></main>", LIVE % entries)

    body = extract_article(html, url=URL).body.split("\n")

    assert body[:3] == ["2025-11-17T10:00:00Z", "Entry 0", PROSE[0]]
    assert body[-1] == PROSE[3]


@pytest.mark.parametrize(
    "held", ["<template><div>{}</div></template>", '<script type="text/template">{}</script>']
)
def test_a_text_that_waits_in_a_template_is_read(held):
    html = page(f"<main><h1>Bridge opens</h1><div id=x></div></main>{held.format(paragraphs())}")

    assert extract_article(html, url=URL).body == "\n".join(PROSE)


def test_a_paragraph_set_as_a_heading_is_text():
    long = f"{PROSE[0]} {PROSE[1]}"
    html = page(f"<main><h1>Bridge opens</h1><div><h4>{long}</h4><h4>{long}</h4></div></main>")

    assert extract_article(html, url=URL).body == f"{long}\n{long}"


def test_a_lead_as_long_as_a_paragraph_stays_in_the_body_and_a_short_one_stands_apart():
    lead = f"{PROSE[2]} {PROSE[3]}"
    deck = "The steel came from three countries, the old bridge stays."
    story = "<main><h1>Bridge opens after eleven years</h1><p class=lead>{}</p><div>{}</div></main>"

    long = extract_article(page(story.format(lead, paragraphs(PROSE * 2))), url=URL)
    short = extract_article(page(story.format(deck, paragraphs(PROSE * 2))), url=URL)

    assert (long.standfirst, long.body.startswith(lead)) == (lead, True)
    assert (short.standfirst, deck in short.body) == (deck, False)


def test_a_missing_page_is_told_though_its_template_calls_it_an_article():
    html = page(
        "<h1>404 - Page not found</h1><p>What you are looking for cannot be found here.</p>",
        '<meta property="og:type" content="article">',
    )

    with pytest.raises(NotAnArticle, match="error page"):
        extract_article(html, url=URL)


@pytest.mark.parametrize(
    "line",
    [
        '<a href="https://news.example/subscribe">Subscribe now</a> for the whole story.',
        'Subscribers <a href="https://news.example/my-account/">read on here</a> at no cost.',
        'The app is in <a href="https://play.google.com/store/apps/details?id=x">a store</a>.',
        '<a href="https://x.com/d">X</a> <a href="https://facebook.com/d">f</a>, or us.',
    ],
    ids=["subscription", "account", "app", "networks"],
)
def test_a_last_line_that_calls_to_sign_up_goes(line):
    assert last_lines(f"<p>{line}</p>") == PROSE[-1:]


@pytest.mark.parametrize(
    "line",
    [
        'The mayor told it <a href="https://x.com/mayor">on X</a> before anyone had asked him.',
        'The plans lie at <a href="https://dale.example/plans">the town hall</a> until March.',
        'Questions go <a href="mailto:mayor@dale.example">to the mayor</a> until the first of May.',
    ],
    ids=["one network", "another page", "an address"],
)
def test_a_last_line_with_a_link_stays(line):
    assert len(last_lines(f"<p>{line}</p>")) == 2


@pytest.mark.parametrize(
    "line",
    [
        "正是有了他们，才有这座桥！（评论员 王大桥）",
        "„Das war die Sache wert.“",
        "»Det var det værd.«",
        "これが三十年の答えだ」",
        "այս կամուրջը բաց է։",
        "ይህ ድልድይ ክፍት ነው።",
        "ဒီတံတား ဖွင့်ပြီ။",
    ],
)
def test_a_short_last_sentence_is_text_in_any_script(line):
    assert last_lines(f"<p>{line}</p>") == (PROSE[-1], line)


@pytest.mark.parametrize("line", ["(Updated with what it cost)", "（编辑：王大桥）", "Also today:"])
def test_a_short_last_line_that_is_no_sentence_goes(line):
    assert last_lines(f"<p>{line}</p>") == PROSE[-1:]


def in_two_parts(name, before=""):
    """Return how many lines are kept of a story whose longer part lies in a box of this name."""
    longer = paragraphs([f"{text} So it is said." for text in (*PROSE, *PROSE)])
    html = page(
        f"<main><div class=top><h1>Bridge opens after eleven years</h1>"
        f"<div class=text>{paragraphs()}</div></div><div class=ad><img src=x></div>"
        f"<div class=more>{before}<div class={name}>{longer}</div></div></main>"
    )
    return len(extract_article(html, url=URL).body.split("\n"))


def test_a_story_goes_on_in_boxes_called_the_same():
    assert in_two_parts("text") == 3 * len(PROSE)


@pytest.mark.parametrize(
    ("name", "before"),
    [("reply", ""), ("text", "<h1>Another story</h1>")],
    ids=["comments", "another story"],
)
def test_a_longer_text_beside_the_headline_s_is_not_the_story(name, before):
    assert in_two_parts(name, before) == len(PROSE)


@pytest.mark.parametrize(("items", "kept"), [(3, 3), (2, 0)], ids=["list", "two teasers"])
def test_headings_that_are_links_stay_where_a_text_goes_through_them(items, kept):
    html = "".join(
        f'<h3><a href="https://bridge.example/{number}">Bridge {number}</a></h3>'
        f"<p>{text} So much for number {number}.</p>"
        for number, text in enumerate(PROSE[:items])
    )

    assert sum(line.startswith("Bridge") for line in last_lines(html)) == kept


def test_items_set_as_headings_end_a_text():
    html = "<ul><li><h3>Length: 400 metres</h3></li><li><h3>Height: 30 metres</h3></li></ul>"

    assert last_lines(html) == (PROSE[-1], "Length: 400 metres", "Height: 30 metres")


def test_the_stories_that_follow_as_one_scrolls_are_others():
    def story(title, texts):
        return (
            f"<div class=scroll><article class=full><header><h1>{title}</h1></header>"
            f"<div class=text>{paragraphs(texts)}</div></article></div>"
        )

    others = [f"{text} So said witness {number}." for number, text in enumerate(PROSE * 3)]
    html = page(
        f"<main>{story('Bridge opens after eleven years', PROSE)}"
        f"{story('Ferry stops', others)}{story('Ferry runs again', PROSE[:2])}</main>"
    )

    assert extract_article(html, url=URL).body.split("\n") == list(PROSE)


def test_a_line_in_a_box_called_as_the_text_s_begins_it():
    html = page(
        "<main><h1>Bridge opens after eleven years</h1>"
        "<div class=block><h2>What the mayor promised, and what the town got</h2></div>"
        "<div class=other><h2>What the town was promised, in seven pictures</h2></div>"
        f"<div class=block>{paragraphs()}</div></main>"
    )

    first, *others = extract_article(html, url=URL).body.split("\n")

    assert first == "What the mayor promised, and what the town got"
    assert others == list(PROSE)


def test_a_box_of_teasers_after_the_text_is_not_of_it_though_it_carries_no_name():
    teasers = "".join(
        f"<h3>River news {number}</h3><p><a href=/{number}>Ferries between the towns of the lake"
        f" run again, and fares have risen</a></p><p>{text}</p>"
        for number, text in enumerate(PROSE)
    )
    html = page(
        f"<div><h1>Bridge opens after eleven years</h1></div><div>{paragraphs()}</div>"
        f"<div>{teasers}</div>"
    )

    assert extract_article(html, url=URL).body.split("\n") == list(PROSE)


def test_a_last_quotation_keeps_the_name_under_it():
    assert last_lines(TWEET)[2] == "— City of Dale (@dale) November 17, 2025"


def test_a_table_that_lays_out_the_page_is_no_list_of_links():
    links = "".join(f'<p><a href="/{n}">Another story of bridges {n}</a></p>' for n in range(99))
    rows = f"<table><tr><td>{links}</td><td>{paragraphs()}</td></tr></table>"
    html = page(f"<h1>Bridge opens after eleven years</h1><p>{PROSE[0]}</p>{rows}")

    assert extract_article(html, url=URL).body.split("\n") == [PROSE[0], *PROSE]


def test_a_colon_announces_what_is_kept_after_it():
    html = "<p>Sources:</p><ul><li>Dale Gazette, page 4</li><li>Town archive</li></ul>"

    assert last_lines(html)[1:] == ("Sources:", "Dale Gazette, page 4", "Town archive")


def last_lines(html):
    """Return the last paragraph and what is kept of this after it."""
    body = amid_or_after(html)
    return tuple(body[body.index(PROSE[-1]) :])


def amid_or_after(html):
    """Return the body of a story that ends with this."""
    story = f"<main><h1>Bridge opens after eleven years</h1><div class=story>{paragraphs()}{html}"
    return extract_article(page(f"{story}</div></main>"), url=URL).body.split("\n")


def test_what_is_asked_for_each_embedded_post_goes():
    consent = (
        "<div class=embed-box><h3>This cannot be shown</h3><p>Your choice of privacy keeps posts"
        " of other networks from this page; you may change it at the bottom of it at any time.</p>"
        "</div>"
    )
    question = (
        "<p>What did you think when the first lorry crossed, and whom would you have liked to see"
        " there beside the mayor?</p>"
    )
    between = "".join(
        f"<p>{number} more lorries crossed at {number} o'clock, with flags.</p>{{0}}"
        for number in (3, 4, 5)
    )

    asked = amid(between.format(consent))
    put = amid(between.format(question))

    assert asked == [line for line in put if not line.startswith("What did")]
    assert len(put) == len(asked) + 3
