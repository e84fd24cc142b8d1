"""An article, or any item, on its way out: what every format we write starts from.

Article + Release ── item_of ──▶ WireItem ─┬ ninjs.py ──▶ ninjs 3.1
                                           ├ to_g2.py ──▶ NewsML-G2 2.35
                                           └ to_nitf.py ▶ NITF 3.6
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ingest.markup.xml import legal_text, xml_tree
from ingest.model import Moment, Precision, ZoneReason
from ingest.wires.body import paragraphs_html
from ingest.wires.item import (
    Association,
    Headline,
    Party,
    Place,
    PubStatus,
    Rendition,
    Subject,
    WireItem,
)

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
        associations=(_picture(article),) if article.image else (),
        is_partial=article.partial,
        credits=article.credits,
    )


def _moment(at: datetime) -> Moment:
    return Moment(at=at, precision=Precision.SECOND, text=at.isoformat(), zone=ZoneReason.TEXT)


def _picture(article: Article) -> Association:
    return Association(
        name="mainpicture",
        guid=article.image,
        credit=article.image_credit,
        headline=article.image_caption,
        renditions=(Rendition(href=article.image, role="original"),),
    )


def html_tree(html: str) -> _Element:
    """Return clean HTML, as we store it, as a tree under a `body`.

    Raises:
        MarkupError: it is not as we write it.
    """
    closed = _VOID.sub(r"<\1\2/>", html)
    return xml_tree(f"<body>{legal_text(closed)}</body>")
