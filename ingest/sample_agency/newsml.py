"""The sample agency's items as documents: NewsML-G2 2.9 and NewsML 1.2, with a real wire's quirks.

By its number a document has the standard's namespace or none, one related item or a list of
them, `hedline` or `headline`, a body escaped twice, a priority where the schema wants none, and a
flash has no NITF at all. Turkish capitals stand in the dateline.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ingest.sample_agency.newsroom import Sent, Version
    from ingest.sample_agency.stories import Story

G2 = "http://iptc.org/std/nar/2006-10-01/"
_UPPER = str.maketrans({"i": "İ", "ı": "I"})


def upper(text: str) -> str:
    """Return a text in Turkish capitals."""
    return text.translate(_UPPER).upper()


def stamp(at: datetime) -> str:
    """Return an instant as HAS writes it."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def newsml29(told: Sequence[tuple[Sent, Version, Story]]) -> bytes:
    """Return items in one message."""
    number = told[0][0].story
    namespace = f' xmlns="{G2}"' if number % 2 else ""
    items = "".join(_item(*one) for one in told)
    sent = stamp(max(version.at for _, version, _ in told))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<newsMessage{namespace}><header><sent>{sent}'
        f"</sent></header><itemSet>{items}</itemSet></newsMessage>"
    ).encode()


def _item(item: Sent, version: Version, story: Story) -> str:
    ends = f"<embargoed>{stamp(version.embargoed)}</embargoed>" if version.embargoed else ""
    priority = f"<priority>{1 if item.is_flash else 4}</priority>" if item.story % 3 else ""
    links = "".join(
        f'<link rel="irel:seeAlso" residref="{one}"><title>{escape(story.caption)}</title></link>'
        for one in item.beside
    )
    content = "" if item.is_flash or item.type != "text" else _content(item, version, story)
    return (
        f'<newsItem guid="{item.id}" version="{version.number}" standard="NewsML-G2"'
        ' standardversion="2.9" xml:lang="tr"><itemMeta>'
        f'<itemClass qcode="ninat:{item.type}"/><provider literal="Nehir Haber Ajansı"/>'
        f"<versionCreated>{stamp(version.at)}</versionCreated>"
        f"<firstCreated>{stamp(item.versions[0].at)}</firstCreated>{ends}"
        f'<pubStatus qcode="stat:{version.status}"/>{priority}{_note(version)}{links}</itemMeta>'
        f"{_meta(item, story)}{content}</newsItem>"
    )


def _note(version: Version) -> str:
    notes = {"withheld": "Yayımlamayın: doğrulanıyor", "canceled": "İPTAL: haber geri çekildi"}
    note = notes.get(version.status) or ("Rakam düzeltildi" if version.is_corrected else "")
    return f"<edNote>{note}</edNote>" if note else ""


def _meta(item: Sent, story: Story) -> str:
    flash = "SON DAKİKA - " if item.is_flash else ""
    title = escape(flash + story.title)
    described = f"<description>{escape(story.caption)}</description>" if item.type != "text" else ""
    role = "photographer" if item.type == "picture" else "author"
    keywords = "".join(f"<keyword>{escape(tag)}</keyword>" for tag in story.tags)
    return (
        f"<rightsInfo><copyrightHolder literal='Nehir Haber Ajansı'/></rightsInfo><contentMeta>"
        f"<contentCreated>{stamp(item.versions[0].at)}</contentCreated>"
        f'<creator qcode="AArole:{role}" literal="{escape(story.reporter)}"/>'
        f'<located><name xml:lang="tr">{escape(story.place)}</name>'
        '<broader><name xml:lang="tr">Türkiye</name><name xml:lang="en">Türkiye</name></broader>'
        f'</located><subject qcode="AAcat:GUN"><name xml:lang="tr">{escape(story.section)}</name>'
        f"</subject>{keywords}<headline>{title}</headline>{described}</contentMeta>"
    )


def _paragraphs(version: Version, story: Story) -> list[str]:
    first, *rest = story.paragraphs
    told = [f"{upper(story.place)} (AA) - {first}", *rest]
    return [*told, story.correction] if version.is_corrected and story.correction else told


def _content(item: Sent, version: Version, story: Story) -> str:
    hedline = "headline" if item.story % 5 else "hedline"
    html = "".join(f"<p>{escape(one)}</p>" for one in _paragraphs(version, story))
    if item.story % 7 == 3:
        html = "".join(f"{escape(one)}<br/>" for one in _paragraphs(version, story))
    return (
        '<contentSet><inlineXML contenttype="application/nitf+xml"><nitf><body><body.head>'
        f"<{hedline}><hl1>{escape(story.title)}</hl1></{hedline}><byline><byttl>"
        f"{escape(story.reporter)}</byttl></byline><abstract>{escape(story.standfirst)}</abstract>"
        f"</body.head><body.content>{escape(html)}</body.content></body></nitf></inlineXML>"
        "</contentSet>"
    )


def newsml12(item: Sent, version: Version, story: Story) -> bytes:
    """Return an item in the older form."""
    _, kind, day, number = item.id.split(":")
    statuses = {"usable": "Usable", "withheld": "Withheld", "canceled": "Canceled"}
    paragraphs = "".join(f"<p>{escape(one)}</p>" for one in _paragraphs(version, story))
    at = f"{version.at:%Y%m%dT%H%M%SZ}"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<NewsML><NewsEnvelope><DateAndTime>'
        f"{at}</DateAndTime></NewsEnvelope><NewsItem><Identification><NewsIdentifier>"
        f"<ProviderId>aa.com.tr</ProviderId><DateId>{day}</DateId><NewsItemId>{item.id}</NewsItemId>"
        f'<RevisionId PreviousRevision="{version.number - 1}" Update="N">{version.number}'
        f"</RevisionId><PublicIdentifier>urn:newsml:aa.com.tr:{day}:{kind}{number}:{version.number}"
        "</PublicIdentifier></NewsIdentifier></Identification><NewsManagement>"
        f"<FirstCreated>{item.versions[0].at:%Y%m%dT%H%M%SZ}</FirstCreated><ThisRevisionCreated>"
        f'{at}</ThisRevisionCreated><Status FormalName="{statuses[version.status]}"/>'
        f"</NewsManagement><NewsComponent><NewsLines><HeadLine>{escape(story.title)}</HeadLine>"
        f"<ByLine>{escape(story.reporter)}</ByLine></NewsLines><DescriptiveMetadata>"
        '<Language FormalName="tr"/></DescriptiveMetadata><ContentItem><DataContent><nitf><body>'
        f"<body.content>{paragraphs}</body.content></body></nitf></DataContent></ContentItem>"
        "</NewsComponent></NewsItem></NewsML>"
    ).encode()
