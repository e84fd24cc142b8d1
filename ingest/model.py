"""The values that go between the rooms: frozen, complete, ignorant of each other's makers.

    Source ── declares ──▶ Feed, ArticleRules
    bytes ── feeds ──▶ ParsedFeed, Entry        bytes ── extract ──▶ Article
    bytes ── discover ──▶ Sitemap               Article ── identity ──▶ StoryLink

`None` means "the agency did not say", never "failed" or "not yet". Times are aware.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from re import Pattern
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

# ── time ────────────────────────────────────────────────────────────────────────────────


class Precision(StrEnum):
    """How much of a point in time its text really named."""

    SECOND = "second"
    MINUTE = "minute"
    DAY = "day"


class ZoneReason(StrEnum):
    """Where a moment's zone comes from."""

    TEXT = "text"  # an offset or zone in the text itself
    PAGE = "page"  # something else on the page or in the feed settled it
    SOURCE = "source"  # the source's declared zone
    NONE = "none"  # nothing said it: read as UTC, and flagged by this word


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A point in time as an agency wrote it.

    Attributes:
        at: aware; for a day alone, midnight in the zone that day was meant in.
        precision: what `text` named; a day is never passed off as midnight.
        text: the string it was read from, unchanged but for outer white space.
        zone: why `at` has its zone.
    """

    at: datetime
    precision: Precision
    text: str
    zone: ZoneReason

    @property
    def day(self) -> date:
        """The calendar day in the moment's own zone."""
        return self.at.date()

    def iso(self) -> str:
        """Return ISO 8601: with offset, or the date alone when only a day is known."""
        return self.day.isoformat() if self.precision is Precision.DAY else self.at.isoformat()


# ── sources: what is declared about an agency ───────────────────────────────────────────


class SourceKind(StrEnum):
    """The way an agency's items reach us."""

    FEED = "feed"
    WIRE = "wire"  # a subscriber's service that is asked for documents
    FOLDER = "folder"  # documents that are put into a folder
    BRIDGE = "bridge"


class Evidence(StrEnum):
    """How a declared fact is known."""

    CONFIRMED = "confirmed"  # seen in a captured reply or a public report of a live check
    LISTED = "listed"  # only found in public lists
    UNVERIFIED = "unverified"  # known from memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """The shortest and the longest wait between two polls (virtual time)."""

    floor: timedelta = timedelta(seconds=60)
    ceiling: timedelta = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One feed of a source.

    Attributes:
        url: absolute; for a bridge, the path below the operator's bridge address.
        language: BCP 47, where the feed is in one language.
        evidence: how we know that it exists.
        stable_guids: an entry's guid stays the same when it is corrected; else its URL key
            identifies it.
        section: what the feed is about, where it is not everything.
        cadence: bounds of its own, where the source's do not fit.
        note: what an operator should know.
    """

    url: str
    language: str | None = None
    evidence: Evidence = Evidence.LISTED
    stable_guids: bool = True
    section: str | None = None
    cadence: Cadence | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRules:
    """Where this agency's pages really differ: CSS selectors, tried before the generic way.

    A selector that finds nothing is no error: the generic way answers then. Each field takes
    several, tried in order; `drop` removes whatever it matches from the body.
    """

    title: tuple[str, ...] = ()
    standfirst: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    published: tuple[
        str, ...
    ] = ()  # the text may hold both times: "17.11.2025 - محدث : 17.11.2025"
    modified: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    place: tuple[str, ...] = ()
    image: tuple[str, ...] = ()
    image_credit: tuple[str, ...] = ()
    notice: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


class After(StrEnum):
    """What becomes of a wire's file once it is stored."""

    KEEP = "keep"
    MOVE = "move"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class WireService:
    """A wire that is asked for its documents.

    Attributes:
        root: of all its addresses; ends with a slash.
        credentials: the name NAME of KHABAR_NAME_USER and KHABAR_NAME_PASSWORD.
        protocol: how it is asked; "has" is Anadolu's.
        document: the form in which texts are asked for.
        filters: what is asked for at all: a parameter's name to codes, or their labels as the
            service gives them; empty: all that the subscription holds.
        gap: from the end of one request to the next, at least, hops included; real time.
        batch: rows a search asks for.
        overlap: how much of what was asked for is asked for again.
    """

    root: str
    credentials: str
    protocol: str = "has"
    document: str = "newsml29"
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    gap: timedelta = timedelta(milliseconds=500)
    batch: int = 100
    overlap: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class WireFolder:
    """What is done with the files of a folder.

    Attributes:
        after: what becomes of a file that is stored.
        moved_to: where it goes: a folder below this one, or an absolute path at the same place.
        settle: how long neither size nor time of a file may change before it is read; real time.
        credentials: the name NAME of KHABAR_NAME_USER, _PASSWORD and _KEY (a private key's file).
        most_bytes: of one file.
    """

    after: After = After.KEEP
    moved_to: str = "done"
    settle: timedelta = timedelta(seconds=5)
    credentials: str | None = None
    most_bytes: int = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An agency: one declaration.

    Attributes:
        slug: lower-case name used everywhere, such as "anadolu".
        name: as people call it.
        agency: the credit it signs with, such as "AA"; stored as an article's `agency`.
        homepage: where a person would look.
        timezone: of times that carry no offset.
        kind: feed, wire, folder or bridge.
        feeds: what is polled; a wire's search, a folder's address.
        wire: how a source of kind wire is asked, or what a folder's files meet.
        hosts: hosts whose pages are this agency's, without "www."; empty: the feeds' hosts.
        article: selectors where its pages differ.
        path_languages: first path segment to BCP 47, where paths are the only truth ("kk" is
            Kurmanji at AA).
        languages: BCP 47 of what it publishes, most first.
        number: finds the agency's own key in a URL; named group `number`, optional `language`.
        datelines: regular expressions that match a dateline at the start of a body and have the
            named group `place`; tried before the generic table.
        recheck_after: when a stored page is asked for again to find corrections, after the
            first fetch.
        sitemaps: absolute URLs, for backfills and gaps.
        archives: URL patterns with {yyyy} {mm} {dd} {page}, for backfills.
        ports: allowed besides 80, 443, 8080, 8443.
        evidence: of the source as a whole.
        licence: what its terms allow, in a sentence; shown to the operator.
        retention: how long raw pages are kept; None: the setting's default.
        note: quirks a reader of the declaration should know.
    """

    slug: str
    name: str
    homepage: str
    timezone: ZoneInfo
    agency: str | None = None
    kind: SourceKind = SourceKind.FEED
    feeds: tuple[Feed, ...] = ()
    wire: WireService | WireFolder | None = None
    hosts: tuple[str, ...] = ()
    article: ArticleRules = ArticleRules()
    path_languages: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    number: Pattern[str] | None = None
    datelines: tuple[Pattern[str], ...] = ()
    cadence: Cadence = Cadence()
    recheck_after: tuple[timedelta, ...] = (timedelta(hours=1), timedelta(hours=24))
    sitemaps: tuple[str, ...] = ()
    archives: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    evidence: Evidence = Evidence.LISTED
    licence: str = ""
    retention: timedelta | None = None
    note: str = ""


# ── feeds: what is announced ────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file that an entry carries: URL, media type and length in bytes as announced."""

    url: str
    media_type: str | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a feed announces. Texts are plain unless said otherwise; URLs are absolute.

    Attributes:
        guid: as written, unresolved; None where the feed gives none.
        url: the item's own link, resolved; None where there is none that can be fetched.
        title: plain text, entities resolved.
        summary: plain text.
        content: full text as clean HTML, where the feed carries it.
        published: never invented; a feed without dates gives None.
    """

    guid: str | None = None
    url: str | None = None
    title: str | None = None
    summary: str | None = None
    content: str | None = None
    published: Moment | None = None
    updated: Moment | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    image: str | None = None
    enclosures: tuple[Enclosure, ...] = ()
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed as read from one reply.

    Attributes:
        format: "rss", "rdf", "atom" or "jsonfeed".
        url: the address it was read from; relative links were resolved against it.
        homepage: the site the feed belongs to.
        self_url: what the feed calls its own address.
        entries: in document order.
        well_formed: read by the strict path.
        complete: the reply was whole; a damaged one opens no gap and stores no validators.
        complaints: what was wrong with it, in words, each once.
        hub: a WebSub hub.
        poll_interval: the longest of ttl and sy:update*; None where the feed names none.
        skip_hours, skip_days: RSS skipHours (0-23, UTC) and skipDays (0 = Monday).
        next_url: RFC 5005 `rel=next` or `rel=prev-archive`: older entries.
    """

    format: str
    url: str
    title: str | None = None
    homepage: str | None = None
    self_url: str | None = None
    language: str | None = None
    image: str | None = None
    entries: tuple[Entry, ...] = ()
    well_formed: bool = True
    complete: bool = True
    complaints: tuple[str, ...] = ()
    hub: str | None = None
    poll_interval: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    next_url: str | None = None


# ── discover ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class SitemapEntry:
    """One address of a sitemap. `published` and `title` come from Google's news extension."""

    url: str
    lastmod: Moment | None = None
    published: Moment | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitemap:
    """A sitemap or an index of sitemaps; an empty one is legal."""

    url: str
    sitemaps: tuple[SitemapEntry, ...] = ()
    urls: tuple[SitemapEntry, ...] = ()
    complaints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Days:
    """Days of a calendar from the first to the last, both included; None leaves an end open."""

    first: date | None = None
    last: date | None = None

    def overlaps(self, other: Days) -> bool:
        """Return whether the two have a day in common."""
        starts_in_time = self.first is None or other.last is None or self.first <= other.last
        ends_in_time = self.last is None or other.first is None or other.first <= self.last
        return starts_in_time and ends_in_time

    def covers(self, other: Days) -> bool:
        """Return whether every day of the other is one of ours."""
        is_before = self.first is not None and (other.first is None or other.first < self.first)
        is_after = self.last is not None and (other.last is None or other.last > self.last)
        return not is_before and not is_after


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLink:
    """A feed that a page or an OPML list names."""

    url: str
    title: str | None = None
    homepage: str | None = None
    category: str | None = None
    media_type: str | None = None


# ── extract: what a page yields ─────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that is shown with a text, and the words beside it.

    Attributes:
        url: absolute; None where only its words could be found.
        caption: what it shows.
        credit: who made it.
    """

    url: str | None = None
    caption: str | None = None
    credit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What was published, read from one page or wire document.

    Attributes:
        body: plain text, a paragraph a line, no empty lines; never empty.
        body_html: the same as clean HTML: p, h2-h4, ul, ol, li, blockquote, table, figure, a,
            em, strong.
        notice: the agency's standing legal text, kept apart from the body.
        image: address of the main picture, with its credit and caption.
        pictures: all that are shown with words of their own, in order, galleries' too; the main
            one is among them where the page shows it so.
        place: of the dateline, as written; `agency`: who signs the dateline or the source's credit.
        filed: the day that the dateline names.
        canonical: what the page calls its own address, absolute; believed only by identity.
        partial: the page shows only a part of a paid article.
        credits: closing marks and reporting credits cut from the body.
        links: addresses other than its own that name the same article: short link, AMP.
        engine: version of the extractor, for `khabar reprocess`.
        rule: which declaration's selectors spoke, or "generic".
    """

    title: str | None
    body: str
    body_html: str = ""
    standfirst: str | None = None
    authors: tuple[str, ...] = ()
    published: Moment | None = None
    modified: Moment | None = None
    language: str | None = None
    sections: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    image: str | None = None
    image_credit: str | None = None
    image_caption: str | None = None
    pictures: tuple[Picture, ...] = ()
    place: str | None = None
    filed: date | None = None
    agency: str | None = None
    canonical: str | None = None
    notice: str | None = None
    partial: bool = False
    credits: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    next_page: str | None = None
    based_on: str | None = None
    engine: int = 1
    rule: str = "generic"


# ── identity: what is the same ──────────────────────────────────────────────────────────


class Relation(StrEnum):
    """How an article relates to the earlier one `of`."""

    ORIGINAL = "original"
    COPY = "copy"
    VERSION = "version"
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryLink:
    """Where an article belongs among the stories.

    Attributes:
        story: label of the story, never changed afterwards.
        of: the earlier article it was matched with; None for an original.
        score: containment of the smaller in the larger, 0 to 1; None for an original.
        merges: labels answered before that this item shows to be its own story.
    """

    story: str
    relation: Relation
    of: str | None = None
    score: float | None = None
    merges: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An article as the near-duplicate index sees it: enough to compare, nothing more."""

    id: str
    source: str
    language: str | None
    title: str | None
    published: datetime | None
    body: str
    url: str | None = None


# ── fetch: what came back ───────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a conditional request sends back, byte for byte (latin-1), for one URL only."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One redirect that was followed: the status and where it led."""

    status: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole reply, decoded of its content codings.

    Attributes:
        url: what was asked for; `final_url` what answered after the redirects.
        status: 200, 203, 206, 304, …; refused statuses are raised as ReplyRefused.
        headers: lower-case name to value of the final reply; repeated ones joined by ", ".
        body: empty for a 304.
        hops: the redirects followed, in order.
        validators: of the final reply; they belong to `final_url`.
        seconds: real time it took.
        wire_bytes: bytes received before decoding.
    """

    url: str
    final_url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    hops: tuple[Hop, ...] = ()
    validators: Validators = Validators()
    seconds: float = 0.0
    wire_bytes: int = 0

    @property
    def content_type(self) -> str | None:
        """The Content-Type as sent, with its parameters."""
        return self.headers.get("content-type")


def zone_of(source: Source | None) -> tzinfo | None:
    """Return the zone of a source's times that carry no offset."""
    return source.timezone if source else None
