"""An article, or any item, on its way out: what every format we write starts from.

Article + Release ── item_of ──▶ WireItem ─┬ ninjs.py ──▶ ninjs 3.1
                                           ├ to_g2.py ──▶ NewsML-G2 2.35
                                           └ to_nitf.py ▶ NITF 3.6
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from ingest.markup.xml import legal_text, xml_tree
from ingest.model import Moment, Precision, ZoneReason
from ingest.wires.body import paragraphs_html
from ingest.wires.item import (
    Association,
    Headline,
    Link,
    Party,
    Place,
    PubStatus,
    Rendition,
    Subject,
    WireItem,
)
from ingest.wires.numbers import whole_number

if TYPE_CHECKING:
    from datetime import datetime

    from lxml.etree import _Element

    from ingest.model import Article


_VOID: Final = re.compile(r"<(br|hr|img)((?: [^<>]*[^<>/])?)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What makes an article a document of a wire, besides its text.

    Attributes:
        uri: identifies the article, the same for all its versions.
        version: of the article's text, from 1 upwards.
        created: when the article was first stored; aware.
        released: when this version was; aware.
        is_withdrawn: the agency took it away: a document without its text that says `canceled`.
        url: where people read it.
        source: who published it.
    """

    uri: str
    version: int
    created: datetime
    released: datetime
    is_withdrawn: bool = False
    url: str | None = None
    source: str | None = None


def item_of(article: Article | None, release: Release) -> WireItem:
    """Return an article as the item of a wire; None and a withdrawn one carry no text."""
    is_gone = article is None or release.is_withdrawn
    shell = WireItem(
        guid=release.uri,
        format="khabar",
        version=str(release.version),
        version_number=release.version,
        first_created=_moment(release.created),
        version_created=_moment(release.released),
        pub_status=PubStatus.CANCELED if is_gone else PubStatus.USABLE,
        provider=Party(name=release.source) if release.source else None,
        sources=(Party(name=release.source, role="publisher"),) if release.source else (),
        alt_ids=(("url", release.url),) if release.url else (),
    )
    return shell if article is None or is_gone else _with_article(shell, article)


def _with_article(shell: WireItem, article: Article) -> WireItem:
    """Return the shell with what the article says."""
    title = article.title
    return WireItem(
        guid=shell.guid,
        format=shell.format,
        version=shell.version,
        version_number=shell.version_number,
        first_created=shell.first_created,
        version_created=shell.version_created,
        provider=shell.provider,
        sources=shell.sources,
        alt_ids=shell.alt_ids,
        headlines=(Headline(text=title, role="main"),) if title else (),
        abstract=article.standfirst,
        body=article.body,
        body_html=article.body_html or paragraphs_html(article.body),
        by=", ".join(article.authors) or None,
        authors=tuple(Party(name=name, role="author") for name in article.authors),
        located=(Place(name=article.place),) if article.place else (),
        subjects=tuple(Subject(name=name) for name in article.sections),
        keywords=article.tags,
        copyright_holder=article.agency,
        copyright_notice=article.notice,
        language=article.language,
        content_created=article.published,
        content_modified=article.modified,
        associations=tuple(_pictures(article)),
        is_partial=article.partial,
        credits=article.credits,
    )


def _moment(at: datetime) -> Moment:
    return Moment(at=at, precision=Precision.SECOND, text=at.isoformat(), zone=ZoneReason.TEXT)


def _pictures(article: Article) -> Iterator[Association]:
    """Yield the main picture, then those beside it that are somewhere."""
    if article.image:
        yield Association(
            name="mainpicture",
            guid=article.image,
            credit=article.image_credit,
            headline=article.image_caption,
            renditions=(Rendition(href=article.image, role="original"),),
        )
    main = {article.image, article.image_caption} - {None}
    others = (one for one in article.pictures if main.isdisjoint((one.url, one.caption)))
    for number, one in enumerate((one for one in others if one.url), 2):
        yield Association(
            name=f"picture-{number}",
            guid=one.url,
            credit=one.credit,
            caption=one.caption,
            renditions=(Rendition(href=one.url, role="original"),),
        )


def html_tree(html: str) -> _Element:
    """Return clean HTML, as we store it, as a tree under a `body`.

    Raises:
        MarkupError: it is not as we write it.
    """
    closed = _VOID.sub(r"<\1\2/>", html)
    return xml_tree(f"<body>{legal_text(closed)}</body>")


def article_uri(article: object) -> str:
    """Return what names an article of ours to other systems, by its number."""
    return f"urn:khabar:article:{article}"


def package_of(guid: str, items: Sequence[WireItem], groups: Mapping[str, str | None]) -> WireItem:
    """Return a package that holds items.

    Args:
        guid: names the package.
        items: in their order.
        groups: what each is in the package, by its guid; "main" where nothing is said.
    """
    newest = max((item.version_created for item in items if item.version_created), key=_at)
    oldest = min((item.first_created for item in items if item.first_created), key=_at)
    return WireItem(
        guid=guid,
        format="khabar",
        version=str(len(items)),
        version_number=len(items),
        item_class="composite",
        first_created=oldest,
        version_created=newest,
        headlines=next((item.headlines for item in items if item.headlines), ()),
        language=next((item.language for item in items if item.language), None),
        members=tuple(
            Link(
                residref=item.guid,
                group=groups.get(item.guid) or "main",
                title=item.headline,
                item_class=item.item_class,
                version=item.version,
                order=number,
            )
            for number, item in enumerate(items, 1)
        ),
    )


def _at(moment: Moment) -> datetime:
    return moment.at


def with_facts(item: WireItem, facts: Mapping[str, Any]) -> WireItem:
    """Return an item with what a wire told of it, as it is stored beside the article.

    Args:
        item: made from the article.
        facts: JSON, by the names that consumers find; what is missing or odd changes nothing.
    """
    if item.pub_status is not PubStatus.USABLE:
        return item
    note = _text(facts, "ed_note")
    subjects = tuple(_subjects(facts.get("subjects")))
    return replace(
        item,
        urgency=whole_number(facts.get("urgency"), least=1, most=9),
        slugline=_text(facts, "slugline"),
        dateline=_text(facts, "dateline"),
        genres=tuple(one for one in _list(facts, "genres") if isinstance(one, str)),
        signals=tuple(one for one in _list(facts, "signals") if isinstance(one, str)),
        notes=(note,) if note else (),
        copyright_holder=_text(facts, "copyright_holder") or item.copyright_holder,
        copyright_notice=_text(facts, "copyright") or item.copyright_notice,
        usage_terms=_text(facts, "usage_terms"),
        subjects=subjects or item.subjects,
        direction=_text(facts, "direction"),
    )


def _text(facts: Mapping[str, Any], name: str) -> str | None:
    found = facts.get(name)
    return found if isinstance(found, str) and found else None


def _list(facts: Mapping[str, Any], name: str) -> list[Any]:
    found = facts.get(name)
    return found if isinstance(found, list) else []


def _subjects(listed: object) -> Iterator[Subject]:
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and (_text(one, "name") or _text(one, "code")):
            yield Subject(
                name=_text(one, "name"),
                scheme=_text(one, "scheme"),
                code=_text(one, "code"),
                kind=_text(one, "kind") or "subject",
                topic=_text(one, "topic"),
            )
