"""XML trees that resolve nothing, load nothing and stop at their bounds."""

import pytest

from ingest.errors import MarkupError
from ingest.markup.recognise import described, feed_start, root_name
from ingest.markup.xml import (
    escaped_ampersands,
    legal_text,
    named_letters,
    parse_xml,
    without_doctype,
    xml_tree,
)


def test_a_document_is_read_in_its_own_encoding():
    root = parse_xml("<?xml version='1.0' encoding='windows-1254'?><a>ığş</a>".encode("cp1254"))

    assert root.text == "ığş"


def test_comments_and_instructions_are_left_out():
    assert parse_xml(b"<a>x<!-- y --><?z?>w</a>").text == "xw"


def test_entities_are_never_resolved():
    with pytest.raises(MarkupError):
        parse_xml(b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>')


@pytest.mark.parametrize("body", [b"", b"<a>", b"<a></b>", b"<a>" * 300 + b"</a>" * 300, b"x"])
def test_what_is_not_well_formed_is_an_error(body):
    with pytest.raises(MarkupError):
        parse_xml(body)


def test_what_can_be_read_is_recovered_when_asked():
    assert [child.tag for child in parse_xml(b"<a><b/>&<c/>", recover=True)] == ["b", "c"]
    with pytest.raises(MarkupError):
        parse_xml(b"nothing", recover=True)


def test_what_cannot_be_read_after_all_is_not_recovered():
    with pytest.raises(MarkupError, match="a character that is none"):
        xml_tree("<a><b>&#xD800; x</b></a>", recover=True)


def test_a_document_type_goes_with_all_it_declares():
    assert without_doctype("<?xml?><!DOCTYPE a [<!ENTITY b 'c'>] ><a/>") == "<?xml?><a/>"
    assert without_doctype("<!doctype rss PUBLIC 'x' 'y'><a>&copy;&amp;</a>") == "<a>©&amp;</a>"
    assert without_doctype("<!DOCTYPE a [<!ENTITY") == ""
    assert without_doctype("<a/>") == "<a/>"


def test_only_what_xml_forbids_is_taken_away():
    assert legal_text("a\0\x0b\ud800\uffffb&#0;&#xD800;&#x110000;&#233;&#x41;") == "ab&#233;&#65;"
    assert legal_text("خبر\t\n") == "خبر\t\n"


def test_ampersands_and_names_inside_cdata_stay():
    assert escaped_ampersands("a & b &amp; <![CDATA[ & ]]> &x;") == (
        "a &amp; b &amp; <![CDATA[ & ]]> &amp;x;"
    )
    assert escaped_ampersands("&amp;") == "&amp;"
    assert named_letters("&eacute;&lt;&nope;<![CDATA[&eacute;]]>") == (
        "é&lt;&nope;<![CDATA[&eacute;]]>"
    )


def test_the_root_is_found_behind_anything():
    assert root_name("<?xml?><!-- <x> --><!DOCTYPE y> < <rdf:RDF>") == "rdf:RDF"
    assert root_name("<!-- open") == ""
    assert root_name("text") == ""


def test_a_feeds_start_is_found_or_not():
    assert feed_start("warning <rss>") == 8
    assert feed_start("warning") == 0


def test_a_body_without_words_is_described():
    assert described("") == "bytes without any text"
