"""What we write of NewsML-G2 2.35 and NITF 3.6, as DTDs in our own words.

The order of elements, what may stand within what, and what must be there are the standards';
what we never write is left out, so that anything new has to be looked up first. Names are told
without their namespaces, which `complaints_about` looks at on its own.
"""

from __future__ import annotations

import re
from io import StringIO
from typing import TYPE_CHECKING, Final

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.etree import _Element

_ITEM: Final = """
    standard CDATA #FIXED "NewsML-G2"  standardversion CDATA #FIXED "2.35"
    conformance (core|power) #REQUIRED  guid CDATA #REQUIRED  version NMTOKEN #REQUIRED
    xml:lang CDATA #IMPLIED  dir (ltr|rtl) #IMPLIED
"""

G2: Final = f"""
<!ELEMENT newsMessage (header, itemSet)>
<!ELEMENT header (sent, catalogRef*, sender?, transmitId?, priority?, origin?, signal*)>
<!ELEMENT itemSet (newsItem | packageItem)*>
<!ELEMENT newsItem (catalogRef+, rightsInfo*, itemMeta, contentMeta?, contentSet?)>
<!ATTLIST newsItem {_ITEM}>
<!ELEMENT packageItem (catalogRef+, rightsInfo*, itemMeta, contentMeta?, groupSet)>
<!ATTLIST packageItem {_ITEM}>
<!ELEMENT catalogRef EMPTY> <!ATTLIST catalogRef href CDATA #REQUIRED>

<!ELEMENT rightsInfo (copyrightHolder?, copyrightNotice*, usageTerms*)>
<!ELEMENT copyrightHolder (name+)>

<!ELEMENT itemMeta (itemClass, provider, versionCreated, firstCreated?, embargoed?, pubStatus?,
    profile?, service*, edNote*, signal*, expires*, link*)>
<!ELEMENT itemClass EMPTY> <!ATTLIST itemClass qcode CDATA #REQUIRED>
<!ELEMENT provider (name+)>
<!ELEMENT pubStatus EMPTY>
<!ATTLIST pubStatus qcode (stat:usable|stat:withheld|stat:canceled) #REQUIRED>
<!ELEMENT service (name+)>
<!ELEMENT signal EMPTY> <!ATTLIST signal qcode CDATA #IMPLIED literal CDATA #IMPLIED>
<!ELEMENT link EMPTY>
<!ATTLIST link rel CDATA #IMPLIED href CDATA #IMPLIED residref CDATA #IMPLIED>

<!ELEMENT contentMeta (urgency?, contentCreated?, contentModified?, located*, infoSource*,
    creator*, altId*,
    (language | genre | keyword | subject | slugline | headline | dateline | by | creditline
     | description)*)>
<!ELEMENT located (name*, broader*)>
<!ELEMENT broader (name+)> <!ATTLIST broader type CDATA #REQUIRED>
<!ELEMENT infoSource (name+)>
<!ELEMENT creator (name+)>
<!ATTLIST altId type CDATA #IMPLIED>
<!ELEMENT language EMPTY> <!ATTLIST language tag CDATA #REQUIRED>
<!ELEMENT genre (name*)> <!ATTLIST genre literal CDATA #REQUIRED>
<!ELEMENT subject (name*)>
<!ATTLIST subject type CDATA #REQUIRED qcode CDATA #IMPLIED literal CDATA #IMPLIED
    relevance CDATA #IMPLIED>
<!ATTLIST headline role CDATA #IMPLIED>
<!ATTLIST description role CDATA #REQUIRED>

<!ELEMENT contentSet (inlineXML | inlineData | remoteContent)+>
<!ELEMENT inlineXML ANY> <!ATTLIST inlineXML contenttype CDATA #REQUIRED>
<!ELEMENT html EMPTY>
<!ATTLIST inlineData contenttype CDATA #REQUIRED>
<!ELEMENT remoteContent EMPTY>
<!ATTLIST remoteContent href CDATA #IMPLIED residref CDATA #IMPLIED rendition CDATA #IMPLIED
    contenttype CDATA #IMPLIED size NMTOKEN #IMPLIED width NMTOKEN #IMPLIED
    height NMTOKEN #IMPLIED duration NMTOKEN #IMPLIED>

<!ELEMENT groupSet (group+)> <!ATTLIST groupSet root IDREF #REQUIRED>
<!ELEMENT group (itemRef+)> <!ATTLIST group id ID #REQUIRED role CDATA #REQUIRED>
<!ELEMENT itemRef (itemClass?, title*)>
<!ATTLIST itemRef residref CDATA #IMPLIED href CDATA #IMPLIED version NMTOKEN #IMPLIED
    contenttype CDATA #IMPLIED>
""" + "".join(
    f"<!ELEMENT {name} (#PCDATA)>"
    for name in [
        "sent",
        "sender",
        "transmitId",
        "priority",
        "origin",
        "name",
        "copyrightNotice",
        "usageTerms",
        "versionCreated",
        "firstCreated",
        "embargoed",
        "profile",
        "edNote",
        "expires",
        "urgency",
        "contentCreated",
        "contentModified",
        "altId",
        "keyword",
        "slugline",
        "headline",
        "dateline",
        "by",
        "creditline",
        "description",
        "inlineData",
        "title",
    ]
)

_LINE: Final = "(#PCDATA | a | em | br)*"
_BLOCKS: Final = "p | hl2 | table | media | ol | ul | bq | pre"
_FLOW: Final = f"(#PCDATA | a | em | br | {_BLOCKS})*"

NITF: Final = f"""
<!ELEMENT nitf (head?, body)>
<!ATTLIST nitf version CDATA #FIXED "-//IPTC//DTD NITF 3.6//EN" baselang CDATA #IMPLIED>
<!ELEMENT head (title?, meta*, tobject?, docdata?)>
<!ELEMENT title (#PCDATA)>
<!ELEMENT meta EMPTY> <!ATTLIST meta name NMTOKEN #REQUIRED content CDATA #REQUIRED>
<!ELEMENT tobject (tobject.property*, tobject.subject*)>
<!ELEMENT tobject.property EMPTY>
<!ATTLIST tobject.property tobject.property.type CDATA #REQUIRED>
<!ELEMENT tobject.subject EMPTY>
<!ATTLIST tobject.subject tobject.subject.ipr CDATA #REQUIRED
    tobject.subject.refnum NMTOKEN #REQUIRED tobject.subject.matter CDATA #IMPLIED>

<!ELEMENT docdata (evloc | doc-id | urgency | date.issue | date.release | date.expire | ed-msg
    | du-key | doc.copyright | key-list | identified-content)*>
<!ATTLIST docdata management-status (usable|withheld|canceled|embargoed) #REQUIRED>
<!ELEMENT evloc EMPTY>
<!ATTLIST evloc iso-cc CDATA #IMPLIED state-prov CDATA #IMPLIED city CDATA #IMPLIED>
<!ELEMENT doc-id EMPTY> <!ATTLIST doc-id regsrc CDATA #IMPLIED id-string CDATA #REQUIRED>
<!ELEMENT urgency EMPTY> <!ATTLIST urgency ed-urg NMTOKEN #REQUIRED>
<!ELEMENT date.issue EMPTY> <!ATTLIST date.issue norm CDATA #REQUIRED>
<!ELEMENT date.release EMPTY> <!ATTLIST date.release norm CDATA #REQUIRED>
<!ELEMENT date.expire EMPTY> <!ATTLIST date.expire norm CDATA #REQUIRED>
<!ELEMENT ed-msg EMPTY> <!ATTLIST ed-msg info CDATA #REQUIRED>
<!ELEMENT du-key EMPTY> <!ATTLIST du-key version NMTOKEN #IMPLIED key CDATA #IMPLIED>
<!ELEMENT doc.copyright EMPTY>
<!ATTLIST doc.copyright year NMTOKEN #IMPLIED holder CDATA #REQUIRED>
<!ELEMENT key-list (keyword*)>
<!ELEMENT keyword EMPTY> <!ATTLIST keyword key CDATA #REQUIRED>
<!ELEMENT identified-content (person | org | location | event | object.title | classifier)*>
<!ELEMENT person (#PCDATA)> <!ELEMENT org (#PCDATA)> <!ELEMENT location (#PCDATA)>
<!ELEMENT event (#PCDATA)> <!ELEMENT object.title (#PCDATA)>
<!ELEMENT classifier (#PCDATA)> <!ATTLIST classifier type CDATA #REQUIRED>

<!ELEMENT body (body.head?, body.content*, body.end?)>
<!ELEMENT body.head (hedline*, rights?, byline*, distributor?, dateline*, abstract*)>
<!ELEMENT hedline (hl1, hl2*)>
<!ELEMENT hl1 {_LINE}>
<!ELEMENT hl2 {_LINE}> <!ATTLIST hl2 class CDATA #IMPLIED>
<!ELEMENT rights (#PCDATA)> <!ELEMENT byline (#PCDATA)> <!ELEMENT distributor (#PCDATA)>
<!ELEMENT dateline (location | story.date)*>
<!ELEMENT story.date EMPTY> <!ATTLIST story.date norm CDATA #REQUIRED>
<!ELEMENT abstract ({_BLOCKS})+>

<!ELEMENT body.content ({_BLOCKS})*>
<!ELEMENT p {_LINE}>
<!ELEMENT a {_LINE}> <!ATTLIST a href CDATA #REQUIRED>
<!ELEMENT em {_LINE}> <!ATTLIST em class CDATA #IMPLIED>
<!ELEMENT br EMPTY>
<!ELEMENT pre (#PCDATA)>
<!ELEMENT bq (block+)> <!ELEMENT block ({_BLOCKS})*>
<!ELEMENT ul (li+)> <!ELEMENT ol (li+)> <!ELEMENT li {_FLOW}>
<!ELEMENT table (tr+)> <!ELEMENT tr (td | th)+> <!ELEMENT td {_FLOW}> <!ELEMENT th {_FLOW}>
<!ELEMENT media (media-metadata*, media-reference+, media-caption*, media-producer*)>
<!ATTLIST media media-type CDATA #REQUIRED>
<!ELEMENT media-metadata EMPTY>
<!ATTLIST media-metadata name CDATA #REQUIRED value CDATA #REQUIRED>
<!ELEMENT media-reference EMPTY>
<!ATTLIST media-reference source CDATA #REQUIRED name CDATA #IMPLIED mime-type CDATA #IMPLIED
    width NMTOKEN #IMPLIED height NMTOKEN #IMPLIED alternate-text CDATA #IMPLIED>
<!ELEMENT media-caption (#PCDATA)> <!ELEMENT media-producer (#PCDATA)>
<!ELEMENT body.end (tagline?)> <!ELEMENT tagline (#PCDATA)>
"""

_DTDS: Final = {text: etree.DTD(StringIO(text)) for text in (G2, NITF)}
_SPACES: Final = {
    G2: "http://iptc.org/std/nar/2006-10-01/",
    NITF: "http://iptc.org/std/NITF/2006-10-18/",
}
_XHTML: Final = "{http://www.w3.org/1999/xhtml}html"
_QCODE: Final = re.compile(r"\S+:\S+")
_DATE_TIME: Final = re.compile(r"-?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_NUMBER: Final = re.compile(r"\d+")
_NORM: Final = re.compile(r"\d{8}(T\d{6}(Z|[+-]\d{4}))?")
# Times that may not be a day alone.
_TIMES: Final = frozenset(["sent", "versionCreated", "firstCreated", "embargoed"])


def complaints_about(document: bytes, rules: str) -> list[str]:
    """Return what a document breaks of the rules of its format, `G2` or `NITF`."""
    root = etree.fromstring(document)
    space = _SPACES[rules]
    for html in list(root.iter(_XHTML)):
        html.clear()
        html.tail = None
        html.tag = f"{{{space}}}html"
    complaints = []
    for element in root.iter():
        name = etree.QName(element)
        if name.namespace != space:
            complaints.append(f"{element.tag}: not of the standard")
        element.tag = name.localname
        complaints += _values(element, element.attrib)
    etree.cleanup_namespaces(root)
    dtd = _DTDS[rules]
    if not dtd.validate(root):
        complaints += [str(entry.message) for entry in dtd.error_log]
    return complaints


def _values(element: _Element, told: Mapping[str, str]) -> list[str]:
    """Return what is wrong with the values that a DTD has no word for."""
    rules = [
        (
            _QCODE,
            () if element.tag == "classifier" else ("qcode", "rel", "role", "type", "rendition"),
        ),
        (_NORM, ("norm",)),
        (_NUMBER, () if element.tag == "nitf" else ("version", "width", "height", "size")),
    ]
    wrong = [
        f"{element.tag}/@{name}: {told[name]!r}"
        for pattern, names in rules
        for name in names
        if name in told and not pattern.fullmatch(told[name])
    ]
    if element.tag in _TIMES and not _DATE_TIME.fullmatch(element.text or ""):
        wrong.append(f"{element.tag}: {element.text!r} is no time")
    return wrong
