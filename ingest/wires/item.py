"""What a wire document says, whichever format it says it in.

    bytes ── read_wire ──▶ WireDocument ── items ──▶ WireItem ── article_of ──▶ model.Article

Texts are as the agency wrote them, cleaned for storage; a field that a document does not name
is None or empty, and what was read leniently is told in `oddities`, never dropped in silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ingest.model import Moment


class PubStatus(StrEnum):
    """What may be done with an item; an item that does not say is usable."""

    USABLE = "usable"
    WITHHELD = "withheld"  # not to be shown until a later version says so
    CANCELED = "canceled"  # never to be shown again


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """One headline; `role` such as "main", "sub", "short", as the document names it."""

    text: str
    role: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who made, owns or provides something.

    Attributes:
        name: as written; the code where only that is given.
        role: "author", "photographer", "publisher" …, without its scheme.
        code: the agency's own, with its scheme where it has one.
        title: what they are, such as "Chief reporter".
    """

    name: str
    role: str | None = None
    code: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an item is about.

    Attributes:
        name: in the item's language where there is a choice, else the first; None for a bare code.
        scheme: of `code`: "medtop", "subj", the agency's own alias or its URI.
        code: without its scheme.
        kind: "subject", "person", "organisation", "place", "event", "object" and so on.
        names: all of them by language, "" for those without one.
        topic: the IPTC media topic it is or is mapped to, such as "20000002".
        relevance: 0 to 100.
    """

    name: str | None = None
    scheme: str | None = None
    code: str | None = None
    kind: str = "subject"
    names: tuple[tuple[str, str], ...] = ()
    topic: str | None = None
    relevance: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something was written or happened, each part as the document names it."""

    name: str | None = None
    code: str | None = None
    region: str | None = None
    country: str | None = None
    country_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """A file of an item: one size or form of a picture, video or graphic.

    Attributes:
        href: where it is, as written: an address, a file name, or the service's own form.
        residref: the id it has at the provider.
        role: "preview", "web", "highRes" …, without its scheme.
        size: in bytes. `duration` in seconds.
    """

    href: str | None = None
    residref: str | None = None
    role: str | None = None
    content_type: str | None = None
    title: str | None = None
    width: int | None = None
    height: int | None = None
    size: int | None = None
    duration: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """Another item that stands inside this one or beside it: a picture, a video, a graphic.

    Attributes:
        name: what the document calls its place, such as "mainpicture".
        guid: its own id.
    """

    item_class: str = "picture"
    name: str | None = None
    guid: str | None = None
    headline: str | None = None
    caption: str | None = None
    credit: str | None = None
    copyright_notice: str | None = None
    renditions: tuple[Rendition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A pointer to another item or page.

    Attributes:
        rel: what it is to this item, without its scheme: "seeAlso", "isTranslationOf" …
        role, group, order: of a package: the group it stands in ("main", "sidebar") and where.
    """

    residref: str | None = None
    href: str | None = None
    rel: str | None = None
    title: str | None = None
    item_class: str | None = None
    version: str | None = None
    group: str | None = None
    order: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WireItem:
    """One item of a wire: a text, a picture, a package.

    Attributes:
        guid: names the item in all its versions.
        format: "newsml-g2", "newsml-1", "nitf", "ninjs", "iptc7901", "anpa1312" or "text".
        version: as written. `version_number`: what orders versions; None where it is no number.
        item_class: "text", "picture", "video", "audio", "graphic", "composite" (a package) or
            what the agency says else.
        profile: of the document, or the product it belongs to.
        embargoed: not to be published before.
        signals: "update", "correction" …, without their scheme.
        urgency: 1 (a flash) to 9. `priority`: of the transmission or the agency's own scale.
        by: the by-line as one string; `authors` as the document tells them apart.
        dateline: as written; `located` where it was written, `places` where it happened.
        abstract: the standfirst, plain; of a picture the caption.
        body: plain, a paragraph a line. `body_html`: the same as clean HTML.
        credits: closing lines: who reported, the desk's initials.
        notes: everything meant for editors, never for readers: edNote, instructions, notebooks.
        first_created, version_created: of the item.
        content_created, content_modified: of what it shows.
        members: for a package, what is in it, in its order.
        is_partial: the document says that it does not carry everything.
        oddities: what was read leniently, in words, each once.
    """

    guid: str
    format: str
    standard_version: str | None = None
    version: str | None = None
    version_number: int | None = None
    item_class: str = "text"
    profile: str | None = None
    pub_status: PubStatus = PubStatus.USABLE
    embargoed: Moment | None = None
    expires: Moment | None = None
    signals: tuple[str, ...] = ()
    urgency: int | None = None
    priority: int | None = None
    headlines: tuple[Headline, ...] = ()
    slugline: str | None = None
    by: str | None = None
    authors: tuple[Party, ...] = ()
    credit: str | None = None
    dateline: str | None = None
    located: tuple[Place, ...] = ()
    places: tuple[Place, ...] = ()
    subjects: tuple[Subject, ...] = ()
    keywords: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    abstract: str | None = None
    body: str = ""
    body_html: str = ""
    credits: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    provider: Party | None = None
    sources: tuple[Party, ...] = ()
    service: tuple[str, ...] = ()
    copyright_holder: str | None = None
    copyright_notice: str | None = None
    usage_terms: str | None = None
    language: str | None = None
    direction: str | None = None
    first_created: Moment | None = None
    version_created: Moment | None = None
    content_created: Moment | None = None
    content_modified: Moment | None = None
    renditions: tuple[Rendition, ...] = ()
    associations: tuple[Association, ...] = ()
    links: tuple[Link, ...] = ()
    members: tuple[Link, ...] = ()
    alt_ids: tuple[tuple[str, str], ...] = ()
    is_partial: bool = False
    oddities: tuple[str, ...] = ()

    @property
    def headline(self) -> str | None:
        """The headline that readers see: the main one, else the first that is none of a part."""
        by_role = {one.role: one.text for one in reversed(self.headlines)}
        for role in ("main", None):
            if role in by_role:
                return by_role[role]
        return self.headlines[0].text if self.headlines else None


@dataclass(frozen=True, slots=True, kw_only=True)
class WireDocument:
    """A file or reply of a wire.

    Attributes:
        format: of the document itself.
        items: in document order; empty where the document holds none that we read.
        sent: when it was transmitted.
        ignored: what is no news item, by name: `conceptItem cptType:…`.
        oddities: what was read leniently in the document, in words; an item has its own.
    """

    format: str
    items: tuple[WireItem, ...] = ()
    sent: Moment | None = None
    sender: str | None = None
    transmission: str | None = None
    priority: int | None = None
    signals: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    oddities: tuple[str, ...] = ()


def once(words: Iterable[str]) -> tuple[str, ...]:
    """Return words in their order, each once."""
    return tuple(dict.fromkeys(words))
