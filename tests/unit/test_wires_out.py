"""What goes out comes back: every format we write is read again to the same fields."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.model import Article, Moment, Picture, Precision, ZoneReason
from ingest.text import squeeze
from ingest.wires import article_of, read_wire
from ingest.wires.item import Association, Link, Party, PubStatus, Rendition, WireItem
from ingest.wires.ninjs import ninjs_of, ninjs_package_of
from ingest.wires.out import Release, item_of
from ingest.wires.to_g2 import g2_of
from ingest.wires.to_nitf import nitf_of
from tests import ninjs, wires_dtd

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=timezone(timedelta(hours=3)))
RELEASE = Release(
    uri="urn:khabar:article:7",
    version=2,
    created=AT,
    released=AT + timedelta(hours=1),
    url="https://a.example/7",
    source="hill-wire",
)
WRITERS = {
    "ninjs": lambda item: json.dumps(ninjs_of(item)).encode(),
    "newsml-g2": lambda item: g2_of([item], sent=AT),
    "nitf": nitf_of,
}
# What each format holds of an article; NITF has one place for rights, so the notice is there.
HELD = (
    "title", "standfirst", "body", "body_html", "authors", "language", "sections", "tags", "image",
    "image_credit", "place", "canonical",
)  # fmt: skip
FEW = settings(max_examples=30)
every_format = pytest.mark.parametrize("format", list(WRITERS))


def moment(at=AT, precision=Precision.SECOND):
    return Moment(at=at, precision=precision, text=at.isoformat(), zone=ZoneReason.TEXT)


def there_and_back(article, format, release=RELEASE):
    written = WRITERS[format](item_of(article, release))
    assert complaints_about(written, format) == []
    return article_of(read_wire(written).items[0])


def complaints_about(written, format):
    if format == "ninjs":
        return ninjs.complaints_about(json.loads(written))
    rules = {"newsml-g2": wires_dtd.G2, "nitf": wires_dtd.NITF}[format]
    return wires_dtd.complaints_about(written, rules)


WHOLE = Article(
    title="Rain at last & after",
    standfirst="The wells fill again.",
    body='It <rained>.\nIt stopped "at noon".\nOne\nTwo',
    body_html='<p>It &lt;rained&gt;.</p><p>It <strong>stopped</strong> <em>"at noon"</em>.</p>'
    "<ul><li>One</li><li>Two</li></ul>",
    authors=("Rana Issa", "Tom Hill"),
    published=moment(),
    modified=moment(AT + timedelta(minutes=3)),
    language="en",
    sections=("World", "Weather"),
    tags=("rain", "wells"),
    image="https://a.example/7.jpg",
    image_credit="Photo desk",
    image_caption="Rain",
    place="Vienna",
    agency="HW",
    notice="All rights reserved.",
    canonical="https://a.example/7",
    credits=("af nd",),
)


@every_format
def test_all_that_a_format_holds_goes_there_and_back(format):
    found = there_and_back(WHOLE, format)

    for name in HELD:
        assert getattr(found, name) == getattr(WHOLE, name), name
    assert found.published is not None
    assert found.published.at == AT
    assert (found.agency, found.notice) == ("HW", "All rights reserved.")
    assert found.image_caption == "Rain"


@every_format
def test_pictures_beside_the_main_one_go_there_and_back(format):
    wells = Picture(url="https://a.example/8.jpg", caption="A well", credit="Tom Hill")
    main = Picture(url=WHOLE.image, caption="Rain", credit="Photo desk")

    found = there_and_back(replace(WHOLE, pictures=(main, wells)), format)

    assert found.image == WHOLE.image
    assert found.pictures == (main, wells)


@every_format
def test_a_withdrawn_article_carries_no_text(format):
    release = replace(RELEASE, is_withdrawn=True)
    written = WRITERS[format](item_of(WHOLE, release))

    found = read_wire(written).items[0]

    assert found.pub_status is PubStatus.CANCELED
    assert found.guid == RELEASE.uri
    assert found.body == ""
    assert b"wells" not in written


@every_format
def test_a_day_stays_a_day(format):
    article = replace(WHOLE, published=moment(AT, Precision.DAY), modified=None)

    found = there_and_back(article, format)

    if format == "ninjs":  # it has no place for a day alone
        assert found.published is not None
        assert found.published.at == AT
        assert found.published.text == RELEASE.created.isoformat()
    else:
        assert found.published is not None
        assert found.published.precision is Precision.DAY
        assert found.published.day == date(2026, 3, 4)


words = st.text("abc ابجçşİ&<>\"'—']", min_size=1).map(squeeze).filter(bool)
paragraphs = st.lists(words, min_size=1, max_size=5)


@every_format
@FEW
@given(title=words, lines=paragraphs, place=words | st.none(), tags=st.lists(words, max_size=3))
def test_any_text_comes_back_as_it_went(format, title, lines, place, tags):
    article = Article(
        title=title, body="\n".join(lines), place=place, tags=tuple(dict.fromkeys(tags))
    )

    found = there_and_back(article, format)

    assert (found.title, found.body) == (title, "\n".join(lines))
    assert (found.place, found.tags) == (place, tuple(dict.fromkeys(tags)))


inline = st.recursive(
    words.map(lambda text: etree_text(text)),
    lambda inner: st.builds(
        lambda tag, text: f"<{tag}>{text}</{tag}>", st.sampled_from(["em", "strong"]), inner
    ),
    max_leaves=3,
)


def etree_text(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


blocks = st.one_of(
    inline.map(lambda text: f"<p>{text}</p>"),
    inline.map(lambda text: f"<h3>{text}</h3>"),
    inline.map(lambda text: f"<blockquote><p>{text}</p></blockquote>"),
    st.lists(inline, min_size=1, max_size=3).map(
        lambda items: "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"
    ),
    st.lists(inline, min_size=2, max_size=2).map(
        lambda cells: (
            "<table><tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr></table>"
        )
    ),
)


@every_format
@FEW
@given(html=st.lists(blocks, min_size=1, max_size=4).map("".join))
def test_marked_up_text_keeps_its_markup_and_its_lines(format, html):
    from ingest.wires.body import body_of_html

    body = body_of_html(html)
    article = Article(title="T", body=body.text, body_html=body.html)

    found = there_and_back(article, format)

    assert found.body == body.text
    assert found.body_html == body.html


def item(**fields):
    return WireItem(**({"guid": "tag:wire.example,2026:1", "format": "khabar"} | fields))


@every_format
def test_what_only_wires_know_goes_out_too(format):
    whole = item(
        version="3",
        version_number=3,
        urgency=2,
        embargoed=moment(AT + timedelta(days=1)),
        expires=moment(AT + timedelta(days=9)),
        version_created=moment(),
        slugline="rain-wells",
        notes=("For editors only.",),
        genres=("Feature",),
        provider=Party(name="Hill Wire"),
        body="It rained.",
        body_html="<p>It rained.</p>",
    )

    written = WRITERS[format](whole)
    found = read_wire(written).items[0]

    assert complaints_about(written, format) == []
    for name in ("guid", "version", "urgency", "slugline", "notes", "genres", "body", "pub_status"):
        assert getattr(found, name) == getattr(whole, name), name
    assert found.embargoed is not None
    assert found.embargoed.at == AT + timedelta(days=1)
    assert found.expires is not None
    assert found.expires.at == AT + timedelta(days=9)


@every_format
def test_a_withheld_item_stays_withheld(format):
    found = read_wire(WRITERS[format](item(body="x y", pub_status=PubStatus.WITHHELD))).items[0]

    assert found.pub_status is PubStatus.WITHHELD


def test_a_picture_goes_out_as_one():
    picture = item(
        item_class="picture",
        abstract="The wells.",
        renditions=(Rendition(href="https://a.example/1.jpg", role="web", width=640, height=480),),
    )

    for format in ("ninjs", "newsml-g2"):
        found = read_wire(WRITERS[format](picture)).items[0]
        assert (found.item_class, found.abstract) == ("picture", "The wells.")
        assert found.renditions == picture.renditions


PACKAGE = item(
    guid="urn:khabar:story:3",
    item_class="composite",
    version_created=moment(),
    members=(
        Link(residref="urn:khabar:article:7", group="original", item_class="text", order=1),
        Link(residref="urn:khabar:article:9", group="copy", item_class="text", order=2),
    ),
)
MEMBERS = [
    item_of(WHOLE, RELEASE),
    item_of(replace(WHOLE, title="Rain, at last"), replace(RELEASE, uri="urn:khabar:article:9")),
]


@pytest.mark.parametrize(
    ("written", "format"),
    [
        (json.dumps(ninjs_package_of(PACKAGE, MEMBERS)).encode(), "ninjs"),
        (g2_of(MEMBERS, sent=AT, package=PACKAGE), "newsml-g2"),
    ],
    ids=["ninjs", "newsml-g2"],
)
def test_a_story_goes_out_as_a_package_with_its_articles(written, format):
    found = read_wire(written).items

    assert complaints_about(written, format) == []
    package = found[0]
    assert (package.guid, package.item_class) == (PACKAGE.guid, "composite")
    assert [(one.residref, one.group, one.order) for one in package.members] == [
        ("urn:khabar:article:7", "original", 1),
        ("urn:khabar:article:9", "copy", 2),
    ]
    texts = [one for one in found if one.item_class == "text"]
    assert [one.headline for one in texts] == ["Rain at last & after", "Rain, at last"]
    assert texts[0].associations[0].renditions[0].href == "https://a.example/7.jpg"


def test_letters_that_xml_forbids_are_left_out():
    dirty = Article(title="a\x0bb", body="c\x00d\ud800e")

    for format in ("newsml-g2", "nitf"):
        found = there_and_back(dirty, format)
        assert (found.title, found.body) == ("ab", "cde")


def test_an_association_without_an_address_still_has_a_uri_and_a_name():
    document = ninjs_of(item(body="x", associations=(Association(caption="c"),)))

    assert document["associations"][0]["uri"] == "urn:khabar:picture"
    assert document["associations"][0]["name"] == "picture"
    assert "versionCreated" not in document
