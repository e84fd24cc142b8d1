"""What is wrong with a declaration, in sentences for the person who wrote it.

Nothing is asked of the network: an address that answers is `khabar source check`'s business.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import fields
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import turbohtml

from ingest.model import ArticleRules, Source, SourceKind, WireFolder, WireService
from ingest.sources._known import find_source, hosts_of, sources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from re import Pattern

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|\d{3}))?")
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*")
_PLACEHOLDER = re.compile(r"\{([^}]*)\}")
_PLACEHOLDERS = frozenset({"yyyy", "mm", "dd", "page"})
_NO_PAGE = turbohtml.parse("")


def check_source(source: Source) -> tuple[str, ...]:
    """Return what is wrong with a declaration, a sentence each; empty when nothing is."""
    misshapen = tuple(_check_shapes(source, "")) + tuple(_check_shapes(source.article, "article."))
    if misshapen:
        return misshapen  # what is no tuple can't be looked into
    return tuple(
        complaint
        for check in (_check_names, _check_feeds, _check_wire, _check_hosts, _check_languages)
        for complaint in check(source)
    ) + tuple(
        complaint
        for check in (_check_patterns, _check_selectors, _check_archives, _check_bounds)
        for complaint in check(source)
    )


def _check_shapes(declared: Source | ArticleRules, prefix: str) -> Iterator[str]:
    """Find values that were meant as a tuple of one and are that one: `feeds=(Feed(…))`."""
    for declared_field in fields(declared):
        value = getattr(declared, declared_field.name)
        if isinstance(declared_field.default, tuple) and not isinstance(value, tuple):
            name = prefix + declared_field.name
            yield f"{name} must be a tuple; one alone is written with a comma: {name}=(…,)"


def _check_names(source: Source) -> Iterator[str]:
    if not _SLUG.fullmatch(source.slug):
        yield f"slug {source.slug!r} must be lower-case letters and digits joined by hyphens"
    known = find_source(source.slug)
    if known is not None and known != source:
        yield f"slug {source.slug!r} is already that of {known.name}"
    if not source.name.strip():
        yield "name is empty"
    if complaint := _address_complaint(source.homepage):
        yield f"homepage {source.homepage!r} {complaint}"
    zone: object = source.timezone  # a declaration by hand may hold anything
    if not isinstance(zone, ZoneInfo) or zone.key is None:
        yield 'timezone must be an IANA zone such as ZoneInfo("Asia/Damascus")'


def _check_feeds(source: Source) -> Iterator[str]:
    if not source.feeds:
        yield "feeds is empty: there is nothing to poll"
    for feed in source.feeds:
        complaint = _address_complaint(feed.url)
        if source.kind is SourceKind.BRIDGE:
            complaint = "" if feed.url.startswith("/") else "must be a path below the bridge"
        if source.kind is SourceKind.FOLDER:
            is_folder = re.match(r"(?:file|sftp|ftps?|s3)://", feed.url)
            complaint = "" if is_folder else "must be file:///…, sftp://…, ftp://… or s3://…"
        if complaint:
            yield f"feed {feed.url!r} {complaint}"
    for url, times in Counter(feed.url for feed in source.feeds).items():
        if times > 1:
            yield f"feed {url!r} is declared {times} times"


def _check_wire(source: Source) -> Iterator[str]:
    wanted = {SourceKind.WIRE: WireService, SourceKind.FOLDER: WireFolder}.get(source.kind)
    if wanted is None and source.wire is not None:
        yield "wire is for a source of kind wire or folder"
    if wanted is not None and not isinstance(source.wire, wanted):
        yield f"a source of kind {source.kind} needs wire={wanted.__name__}(…)"
    if isinstance(source.wire, WireService):
        if not source.wire.root.endswith("/") or _address_complaint(source.wire.root):
            yield f"wire.root {source.wire.root!r} must be an address that ends with a slash"
        if source.wire.protocol != "has":
            yield f"wire.protocol {source.wire.protocol!r} is none that we speak; there is 'has'"


def _check_hosts(source: Source) -> Iterator[str]:
    for host in source.hosts:
        if not _HOST.fullmatch(host) or host.startswith("www."):
            yield f"host {host!r} must be a bare lower-case host without www."
    for other in sources():
        if other.slug == source.slug:
            continue
        for host in sorted({*hosts_of(source)} & {*hosts_of(other)}):
            yield f"host {host!r} already belongs to {other.name}"


def _check_languages(source: Source) -> Iterator[str]:
    declared = [*source.languages, *source.path_languages.values()]
    declared += [feed.language for feed in source.feeds if feed.language is not None]
    for language in dict.fromkeys(declared):
        if not _LANGUAGE.fullmatch(language):
            yield f"language {language!r} is no BCP 47 tag such as 'ar' or 'ku-Arab'"
    for segment in source.path_languages:
        if not segment or "/" in segment:
            yield f"path_languages: {segment!r} must be one path segment, without slashes"


def _check_patterns(source: Source) -> Iterator[str]:
    named: list[tuple[str, str, object]] = []  # a declaration by hand may hold a mere text
    if source.number is not None:
        named.append(("number", "number", source.number))
    named += [("dateline", "place", dateline) for dateline in source.datelines]
    for what, group, pattern in named:
        if not isinstance(pattern, re.Pattern):
            yield f"{what} {pattern!r} must be compiled: re.compile(…)"
        else:
            yield from _check_pattern(what, group, pattern)


def _check_pattern(what: str, group: str, pattern: Pattern[str]) -> Iterator[str]:
    if group not in pattern.groupindex:
        yield f"{what} {pattern.pattern!r} must name the group (?P<{group}>…)"
    if pattern.match(""):
        yield f"{what} {pattern.pattern!r} matches nothing at all; it would match everywhere"


def _check_selectors(source: Source) -> Iterator[str]:
    for rule in fields(source.article):
        for selector in getattr(source.article, rule.name):
            if not _is_selector(selector):
                yield f"article.{rule.name}: {selector!r} is no standard CSS selector"


def _is_selector(selector: str) -> bool:
    """Say whether pages can be asked for it; `:contains` never was CSS."""
    try:
        _NO_PAGE.select(selector)
    except turbohtml.SelectorSyntaxError:
        return False
    return True


def _check_archives(source: Source) -> Iterator[str]:
    for url in source.sitemaps:
        if complaint := _address_complaint(url):
            yield f"sitemap {url!r} {complaint}"
    for url in source.archives:
        if complaint := _address_complaint(url):
            yield f"archive {url!r} {complaint}"
        used = set(_PLACEHOLDER.findall(url))
        if not used or not used <= _PLACEHOLDERS:
            yield f"archive {url!r} needs {{yyyy}}, {{mm}}, {{dd}} or {{page}}, and no other"


def _check_bounds(source: Source) -> Iterator[str]:
    paces = [("cadence", source.cadence)]
    paces += [(f"cadence of {feed.url!r}", feed.cadence) for feed in source.feeds if feed.cadence]
    for what, cadence in paces:
        if not timedelta() < cadence.floor <= cadence.ceiling:
            yield f"{what}: its floor must be above zero and not above its ceiling"
    if list(source.recheck_after) != sorted(set(source.recheck_after)):
        yield "recheck_after must rise from one wait to the next"
    if any(wait <= timedelta() for wait in source.recheck_after):
        yield "recheck_after: every wait must be above zero"
    if any(not 0 < port < 65536 for port in source.ports):
        yield "ports must be between 1 and 65535"
    if source.retention is not None and source.retention <= timedelta():
        yield "retention must be above zero; leave it out for the default"


def _address_complaint(url: str) -> str:
    """Return what is wrong with an address, "" when nothing is."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return "is no address"
    if parts.scheme not in {"http", "https"} or not host:
        return "must begin with https:// or http:// and a host"
    if parts.username is not None or parts.password is not None:
        return "must not carry credentials; they come from the environment"
    return ""
