"""The pictures of an article and their words: kept, and kept apart from the body."""

import pytest

from ingest.extract import extract_article
from ingest.model import Picture
from tests.unit.extract.pages import PROSE, URL, article_page, page

QUAY = "The quay at dawn, before the first boat has come in from the night's fishing."
NETS = "Nets hang to dry along the harbour wall, as they have done for sixty years."


def pictures(**parts):
    """Return the article of a page and its pictures."""
    article = extract_article(article_page(**parts), url=URL)
    return article, article.pictures


def figure(name, words, maker=""):
    credit = f"<span class=credit>{maker}</span>" if maker else ""
    return f"<figure><img src=/{name}.jpg><figcaption>{words}{credit}</figcaption></figure>"


def test_a_list_of_figures_is_a_list_of_pictures():
    listed = (
        f"<ul class=album><li>{figure('a', QUAY)}</li><li>{figure('b', NETS, 'A. Cam')}</li></ul>"
    )

    article, shown = pictures(after=listed, before=figure("lead", "The bridge."))

    assert shown[0] == Picture(url="https://news.example/lead.jpg", caption="The bridge.")
    assert article.image_caption == "The bridge."
    assert article.body == "\n".join(PROSE)


def test_figures_in_the_text_keep_their_order_and_their_makers():
    texts = (PROSE[0], figure("a", QUAY), PROSE[1], figure("b", NETS, "A. Cam"), *PROSE[2:])

    article, shown = pictures(texts=texts)

    assert shown == (
        Picture(url="https://news.example/a.jpg", caption=QUAY),
        Picture(url="https://news.example/b.jpg", caption=NETS, credit="A. Cam"),
    )
    assert article.body == "\n".join(PROSE)


@pytest.mark.parametrize("name", ["gallery", "slideshow", "photo-gallery", "image_slider"])
def test_the_texts_of_slides_are_their_pictures(name):
    slides = f"<img src=/a.jpg><p>{QUAY}</p><img src=/b.jpg><p>{NETS}</p><span>2/2</span>"
    texts = (PROSE[0], f"<div class={name}>{slides}</div>", *PROSE[1:])

    article, shown = pictures(texts=texts)

    assert shown == (
        Picture(url="https://news.example/a.jpg", caption=QUAY),
        Picture(url="https://news.example/b.jpg", caption=NETS),
    )
    assert article.body == "\n".join(PROSE)


def test_a_page_that_is_nothing_but_slides_keeps_their_texts():
    slides = "".join(
        f"<div class=gallery-slide><img src=/x.jpg><p>{text}</p></div>" for text in PROSE
    )

    article = extract_article(page(f"<h1>Bridge</h1><div class=gallery>{slides}</div>"), url=URL)

    assert article.body == "\n".join(PROSE)


def test_a_carousel_that_leads_nowhere_is_a_gallery_and_teasers_are_none():
    slides = f"{figure('a', QUAY)}{figure('b', NETS)}"
    teasers = "".join(
        f"<li><a href=/{n}><img src=/{n}.jpg></a><p class=caption><a href=/{n}>Story {n}</a></p></li>"
        for n in range(4)
    )
    texts = (PROSE[0], f"<div class=carousel>{slides}</div>", *PROSE[1:], f"<ul>{teasers}</ul>")

    _, shown = pictures(texts=texts)

    assert [one.caption for one in shown] == [QUAY, NETS]


@pytest.mark.parametrize(
    ("attributes", "url"),
    [
        ("src=/a.jpg", "https://news.example/a.jpg"),
        ("src=data:image/gif;base64,AA data-src=/b.jpg", "https://news.example/b.jpg"),
        ("src=/blank.gif data-src=/b.jpg", "https://news.example/b.jpg"),
        ("srcset='/c.jpg 600w, /d.jpg 900w'", "https://news.example/c.jpg"),
        ("data-large='{&quot;https://i.example/e&quot;:1}'", "https://i.example/e"),
        ("src=javascript:x()", None),
    ],
)
def test_the_address_is_the_one_that_a_script_would_load(attributes, url):
    _, shown = pictures(
        before=f"<figure><img {attributes}><figcaption>{QUAY}</figcaption></figure>"
    )

    assert shown == (Picture(url=url, caption=QUAY),)


def test_what_a_picture_stands_beside_is_its_caption_and_a_size_of_letters_is_none():
    texts = (
        f"{PROSE[0]}<img src=/a.jpg><p class=caption>{QUAY}</p>",
        PROSE[1],
        "<div class=text-caption>Four minutes to read</div>",
        *PROSE[2:],
    )

    _, shown = pictures(texts=texts)

    assert shown == (Picture(url="https://news.example/a.jpg", caption=QUAY),)


@pytest.mark.parametrize(
    ("words", "caption", "maker"),
    [
        ("Photo: A. Cam", None, "A. Cam"),
        ("© A. Cam", None, "A. Cam"),
        ("The quay (AP Photo/A. Cam)", "The quay (AP Photo/A. Cam)", "A. Cam"),
        ("The quay ( 15 )", "The quay ( 15 )", None),
    ],
)
def test_words_that_only_name_the_maker_are_no_caption(words, caption, maker):
    _, shown = pictures(before=figure("a", words))

    assert shown == (Picture(url="https://news.example/a.jpg", caption=caption, credit=maker),)


def test_the_same_picture_twice_is_one():
    _, shown = pictures(before=f"{figure('a', QUAY)}<div>{figure('a', QUAY)}</div>")

    assert len(shown) == 1


@pytest.mark.parametrize("kind", ["ImageGallery", "NewsArticle"])
def test_an_album_in_json_ld_is_read(kind):
    name = "associatedMedia" if kind == "ImageGallery" else "image"
    images = (
        '{"@type":"ImageObject","contentUrl":"/a.jpg","caption":"The quay","creditText":"A. Cam"},'
        '{"@type":"ImageObject","url":"/b.jpg"},"/c.jpg"'
    )
    head = f'<script type="application/ld+json">{{"@type":"{kind}","{name}":[{images}]}}</script>'

    _, shown = pictures(head=head)

    assert shown == (
        Picture(url="https://news.example/a.jpg", caption="The quay", credit="A. Cam"),
    )


def test_the_pictures_of_several_galleries_are_bounded():
    many = "".join(figure(n, f"Picture number {n} of the harbour") for n in range(500))

    _, shown = pictures(texts=(*PROSE, many))

    assert len(shown) == 200


def test_a_link_that_opens_a_lightbox_stays_in_its_sentence():
    linked = PROSE[0].replace("the river", "<a class=lightbox href=/map.jpg>the river</a>")

    article, _ = pictures(texts=(linked, *PROSE[1:]))

    assert article.body == "\n".join(PROSE)


def test_the_parts_of_a_gallery_that_is_the_story_are_text_too():
    parts = "".join(
        f"<div class=gallery-part><img src=/x.jpg><p>{text}</p></div>" for text in PROSE
    )
    html = page(f"<main class=gallery-page><h1>Bridge</h1>{parts}</main>")

    assert extract_article(html, url=URL).body == "\n".join(PROSE)
