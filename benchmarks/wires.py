"""How many wire documents a second: our readers against newsmlg2, in one run, taking turns.

    python -m benchmarks.wires

Documents are made here: twenty paragraphs each, with the metadata that agencies send. Ours is
measured to the article that consumers see; newsmlg2 reads NewsML-G2 alone, and is asked for the
fields but has no text to give.
"""

from __future__ import annotations

import contextlib
import io
import json
import time
from collections.abc import Callable
from html import escape

from benchmarks.figures import Figure, print_table
from ingest.wires import article_of, read_wire

ROUNDS = 5
PARAGRAPHS = 20
WORDS = "the ministry said on Monday that talks with the delegation would continue in the capital"
LINES = [f"{WORDS.capitalize()} {number}, {WORDS}." for number in range(PARAGRAPHS)]
BODY = "".join(f"<p>{line}</p>" for line in LINES)


def newsml_g2(*, is_escaped: bool) -> bytes:
    """Return a NewsML-G2 item; its NITF holds elements, or escaped HTML as AA's."""
    inner = escape(escape(BODY, quote=False), quote=False) if is_escaped else BODY
    inner = inner.replace("&amp;lt;", "&lt;").replace("&amp;gt;", "&gt;")
    subjects = "".join(
        f'<subject type="cpnat:abstract" qcode="medtop:2000000{n}"><name xml:lang="en">s {n}</name>'
        f'<name xml:lang="tr">k {n}</name></subject>'
        for n in range(5)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:x:1" version="2"
 standard="NewsML-G2" standardversion="2.9"
 conformance="power" xml:lang="tr"><catalogRef href="http://www.iptc.org/std/catalog/c_38.xml"/>
<rightsInfo><copyrightHolder literal="X"/></rightsInfo><itemMeta><itemClass qcode="ninat:text"/>
<provider literal="X"/><versionCreated>2026-03-04T09:15:41Z</versionCreated>
<pubStatus qcode="stat:usable"/></itemMeta><contentMeta><urgency>4</urgency>
<contentCreated>2026-03-04T08:02:10Z</contentCreated><located><name>DÜZCE</name></located>
<creator literal="A B"/>{subjects}<headline>{WORDS}</headline></contentMeta><contentSet>
<inlineXML contenttype="application/nitf+xml"><nitf xmlns="http://iptc.org/std/NITF/2006-10-18/">
<body><body.head><hedline><hl1>{WORDS}</hl1></hedline></body.head><body.content>{inner}
</body.content></body></nitf></inlineXML></contentSet></newsItem>
""".encode()


def newsml_1() -> bytes:
    """Return a NewsML 1.2 document of one text."""
    return f"""<NewsML Version="1.2"><NewsEnvelope><DateAndTime>20260304T091600Z</DateAndTime>
</NewsEnvelope><NewsItem><Identification><NewsIdentifier><ProviderId>x</ProviderId><DateId>20260304
</DateId><NewsItemId>1</NewsItemId><RevisionId>2</RevisionId></NewsIdentifier></Identification>
<NewsManagement><FirstCreated>20260304T091541Z</FirstCreated><ThisRevisionCreated>20260304T091541Z
</ThisRevisionCreated><Status FormalName="Usable"/></NewsManagement><NewsComponent><NewsLines>
<HeadLine>{WORDS}</HeadLine></NewsLines><DescriptiveMetadata><Language FormalName="en"/>
</DescriptiveMetadata><ContentItem><MediaType FormalName="Text"/><DataContent><nitf><body>
<body.content>{BODY}</body.content></body></nitf></DataContent></ContentItem></NewsComponent>
</NewsItem></NewsML>""".encode()


def nitf() -> bytes:
    """Return an NITF document."""
    return f"""<nitf><head><docdata><doc-id id-string="x-1"/><date.issue norm="20260304T091541Z"/>
</docdata></head><body><body.head><hedline><hl1>{WORDS}</hl1></hedline><byline>By A B</byline>
</body.head><body.content>{BODY}</body.content></body></nitf>""".encode()


def ninjs() -> bytes:
    """Return a ninjs document."""
    bodies = [{"contentType": "text/html", "value": BODY}]
    document = {"uri": "urn:x:1", "headlines": [{"value": WORDS}], "bodies": bodies}
    return json.dumps(document | {"versionCreated": "2026-03-04T09:15:41Z"}).encode()


def iptc7901() -> bytes:
    """Return an IPTC 7901 message of lines broken to a width."""
    text = "\r\n".join(f"   {line[:66]}\r\n{line[66:132]}\r\n{line[132:]}" for line in LINES)
    head = f"\x01eca062 4 i 61 ccccb   hpa 061\r\nharvest/\r\n\x02{WORDS[:60]} =\r\n\r\n"
    return f"{head}{text}\r\n\r\nhpa ab cd\r\n\x03\r\n151137 GMT Mar 26\r\n".encode()


def with_ours(body: bytes) -> object:
    """Read a document to its articles."""
    return [article_of(item) for item in read_wire(body).items]


def with_newsmlg2(body: bytes) -> object:
    """Read a document's fields as newsmlg2 gives them; what it prints goes nowhere."""
    import NewsMLG2  # only for the benchmarks

    with contextlib.redirect_stdout(io.StringIO()):
        item = NewsMLG2.NewsMLG2Document(body).get_item()
        meta, content = item.itemmeta, item.contentmeta
        fields = [item.guid, item.version, meta.itemclass, meta.provider, meta.versioncreated]
        fields += [content.urgency, content.contentcreated, content.headline, content.located]
        return fields, list(content.subject), item.contentset.inlinexml


def seconds(read: Callable[[bytes], object], body: bytes) -> float:
    """Return the CPU seconds that one reading takes, of some hundred."""
    start = time.process_time()
    for _ in range(100):
        read(body)
    return (time.process_time() - start) / 100


def measure() -> list[Figure]:
    """Return documents a CPU second for each format."""
    figures = []
    for name, body in (
        ("NewsML-G2", newsml_g2(is_escaped=False)),
        ("NewsML-G2 as AA's", newsml_g2(is_escaped=True)),
        ("NewsML 1.2", newsml_1()),
        ("NITF", nitf()),
        ("ninjs", ninjs()),
        ("IPTC 7901", iptc7901()),
    ):
        has_rival = name.startswith("NewsML-G2")
        ours = theirs = float("inf")
        for _ in range(ROUNDS):
            ours = min(ours, seconds(with_ours, body))
            theirs = min(theirs, seconds(with_newsmlg2, body)) if has_rival else theirs
        figures.append(
            Figure(
                what=f"wire, {name}, {len(body) / 1000:.1f} kB",
                value=1 / ours,
                unit="documents a CPU second",
                rival="newsmlg2, fields only" if has_rival else "",
                rival_value=1 / theirs if has_rival else None,
            )
        )
    return figures


if __name__ == "__main__":
    print_table(measure())
