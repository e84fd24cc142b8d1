"""Anadolu's HAS, its subscribers' news flow system: what to ask, and what the answers say.

    discover      GET   codes and their labels, read anew each day
    subscription  GET   what is subscribed to, and how many days back the archive reaches
    search        POST  a form; rows newest first, a page at a time
    document      GET   one item, or all items of a group
    token         GET   302 to a file of a picture, video or graphic; the link lives for a day
    multitoken    GET   the same for a whole series

Told by four clients that worked against the service between 2019 and 2026 and by the agency's
guide: https://haber.aa.com.tr, section Yönetim. Answers are read leniently: a list or the one
thing alone, numbers as texts, "data" left out. An answer that says `success: false` is an error
with its message, though its status is 200.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote, urlencode

from ingest.errors import WireRefused
from ingest.model import Moment, Precision, ZoneReason
from ingest.text import clean_text, squeeze
from ingest.wires.item import Headline, WireItem

OPEN_END: Final = "NOW"
LABELS: Final = "tr_TR"  # also en_US, ar_AR
GROUP: Final = "group"  # how the type of a group's id ends
TEXT: Final = "text"
_ID: Final = re.compile(r"aa:(?P<type>[a-z]+):(?P<day>\d{8}):(?P<number>\d+)", re.IGNORECASE)
_STAMP: Final = "%Y-%m-%dT%H:%M:%SZ"
_FORMATS: Final[Mapping[str, tuple[str, ...]]] = {
    "picture": ("web", "print"),
    "video": ("web", "sd"),
    "graph": ("raster", "pdf"),
    "graphic": ("raster", "pdf"),
    "file": ("web",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request: a GET, or a POST where there is a form."""

    url: str
    form: tuple[tuple[str, str], ...] = ()

    @property
    def body(self) -> bytes | None:
        """The form as it is sent; None for a GET."""
        return urlencode(self.form).encode("ascii") if self.form else None

    @property
    def offset(self) -> int:
        """How many rows a search passes over."""
        return int(dict(self.form).get("offset", "0"))

    def after(self, rows: int) -> Ask:
        """Return the search that goes on after so many more rows."""
        moved = str(self.offset + rows)
        form = tuple((key, moved if key == "offset" else value) for key, value in self.form)
        return Ask(url=self.url, form=form)

    def as_url(self) -> str:
        """Return it as an address that says all of it, for whoever keeps addresses."""
        return f"{self.url}?{urlencode(self.form)}" if self.form else self.url


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a search.

    Attributes:
        id: such as "aa:text:20260605:41586353"; the day in it is no time of publication.
        type: "text", "picture", "video", "graph", "file", or what the service says else.
        at: as the row dates it, UTC.
        group: the id of the series it belongs to.
    """

    id: str
    type: str
    at: Moment | None = None
    title: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of a search. `unread` counts rows without a usable id."""

    rows: tuple[Row, ...]
    total: int
    unread: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What the subscriber may have; None where the service does not say."""

    archive_days: int | None = None
    download_limit: int | None = None
    told: Mapping[str, Any] = field(default_factory=dict)


# ── asking ──────────────────────────────────────────────────────────────────────────────


def ask_for_codes(root: str) -> Ask:
    """Return the request for the codes."""
    return Ask(url=f"{root}discover/{LABELS}")


def ask_for_subscription(root: str) -> Ask:
    """Return the request for what is subscribed to."""
    return Ask(url=f"{root}subscription/")


def ask_for_rows(
    root: str,
    *,
    since: datetime,
    until: datetime | None,
    offset: int,
    limit: int,
    filters: Mapping[str, str],
) -> Ask:
    """Return the request for one page of a search.

    Args:
        root: of the service.
        since: the earliest date of a row; aware.
        until: the latest; None: up to now, by the service's own clock.
        offset: rows to pass over.
        limit: rows to give, at most.
        filters: a filter's name ("language") to its codes, joined by commas.
    """
    form = [
        ("start_date", since.astimezone(UTC).strftime(_STAMP)),
        ("end_date", until.astimezone(UTC).strftime(_STAMP) if until else OPEN_END),
        *((f"filter_{name}", codes) for name, codes in sorted(filters.items())),
        ("offset", str(offset)),
        ("limit", str(limit)),
    ]
    return Ask(url=f"{root}search/", form=tuple(form))


def ask_of_url(url: str) -> Ask:
    """Return the request that `Ask.as_url` wrote down."""
    address, _, query = url.partition("?")
    return Ask(url=address, form=tuple(parse_qsl(query)))


def document_url(root: str, item: str, form: str) -> str:
    """Return the address of an item's or group's document in one form."""
    return f"{root}document/{quote(item, safe=':')}/{form}"


def file_urls(root: str, item: str) -> tuple[tuple[str, str], ...]:
    """Return (form, address) of the files of a picture, video, graphic or group.

    The addresses stay; each answers with 302 to a link that lives for a day and for our IP alone.
    """
    kind = type_of(item)
    is_group = kind.endswith(GROUP)
    forms = _FORMATS.get(kind.removesuffix(GROUP), ())
    call = "multitoken" if is_group else "token"
    return tuple((form, f"{root}{call}/{quote(item, safe=':')}/{form}") for form in forms)


def item_in(root: str, url: str) -> str | None:
    """Return the id in a document's address."""
    item = unquote(url.removeprefix(f"{root}document/").partition("/")[0])
    return item if url.startswith(root) and is_id(item) else None


def id_within(text: str) -> str | None:
    """Return the id that a longer name holds, as NewsML 1.2's `urn:newsml:…:aa:text:…:1` may."""
    found = _ID.search(text)
    return found[0] if found else None


def type_of(item: str) -> str:
    """Return the type in an id, in lower case; "" where it is none."""
    found = _ID.fullmatch(item.strip())
    return found["type"].lower() if found else ""


def is_id(text: str) -> bool:
    """Return whether a text is an id of HAS, of a known type or not."""
    return _ID.fullmatch(text.strip()) is not None


def codes_of(
    filters: Mapping[str, tuple[str, ...]], codes: Mapping[str, Mapping[str, str]], url: str
) -> dict[str, str]:
    """Return filters as the service wants them: labels become codes.

    Raises:
        WireRefused: a label that the service does not know; the reason lists what it knows.
    """
    found = {}
    for name, wanted in filters.items():
        known = {fold(label): code for code, label in codes.get(name, {}).items()}
        unknown = [one for one in wanted if not one.isdecimal() and fold(one) not in known]
        if unknown:
            labels = ", ".join(codes.get(name, {}).values()) or "nothing"
            raise WireRefused(url, f"no {name} {unknown[0]!r}; the service knows {labels}")
        found[name] = ",".join(known.get(fold(one), one) for one in wanted)
    return found


def fold(text: str) -> str:
    """Return a label for comparison: İ, I, ı and i are one letter, whoever lowered them."""
    return squeeze(text).translate(_TURKISH).casefold()


_TURKISH: Final = str.maketrans({"İ": "i", "I": "i", "ı": "i"})


# ── what comes back ─────────────────────────────────────────────────────────────────────


def read_rows(body: bytes, url: str) -> Found:
    """Return a page of a search.

    Raises:
        WireRefused: the service says no, or this is no answer of it.
    """
    data = _data(_answer(body, url))
    given = _listed(data.get("result"))
    rows = [row for row in map(_row, given) if row is not None]
    total = _number(data.get("total"))
    return Found(
        rows=tuple(rows),
        total=len(given) if total is None else total,
        unread=len(given) - len(rows),
    )


def read_subscription(body: bytes, url: str) -> Subscription:
    """Return what is subscribed to.

    Raises:
        WireRefused: as for `read_rows`.
    """
    data = _data(_answer(body, url))
    return Subscription(
        archive_days=_number(data.get("archive_days")),
        download_limit=_number(data.get("download_limit")),
        told=data,
    )


def read_codes(body: bytes, url: str) -> dict[str, dict[str, str]]:
    """Return, by kind ("category"), each code's label.

    Raises:
        WireRefused: as for `read_rows`.
    """
    data = _data(_answer(body, url))
    return {str(kind): dict(_labelled(codes)) for kind, codes in data.items()}


def read_document(body: bytes, url: str) -> bytes:
    """Return a document's own bytes: newsml12 comes as it is, or as text within JSON.

    Raises:
        WireRefused: the service says no.
    """
    if body.lstrip()[:1] != b"{":
        return body
    answer = _answer(body, url)
    inner = answer.get("data")
    return inner.encode() if isinstance(inner, str) else body


def _answer(body: bytes, url: str) -> dict[str, Any]:
    """Return an answer that does not say no."""
    try:
        answer = json.loads(body)
    except ValueError as error:
        start = squeeze(clean_text(body[:80].decode("utf-8", "replace")))
        raise WireRefused(url, f"no JSON: {start!r}") from error
    if not isinstance(answer, dict):
        raise WireRefused(url, "its answer is no JSON object")
    said = answer.get("response")
    said = said if isinstance(said, dict) else answer
    if said.get("success", True) in (False, 0, "false", "0"):
        message = said.get("message") or said.get("error") or "it says no, and not why"
        raise WireRefused(url, squeeze(clean_text(str(message)))[:300])
    return answer


def _data(answer: Mapping[str, Any]) -> dict[str, Any]:
    data = answer.get("data", answer)
    if isinstance(data, list):
        data = {"result": data}
    return data if isinstance(data, dict) else {}


def _listed(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _row(given: object) -> Row | None:
    if not isinstance(given, Mapping) or not is_id(str(given.get("id") or "")):
        return None
    item = str(given["id"]).strip()
    kind, group = given.get("type"), given.get("group_id")
    title = squeeze(clean_text(str(given.get("title") or "")))
    return Row(
        id=item,
        type=(str(kind).strip().lower() if kind and not str(kind).isdecimal() else type_of(item)),
        at=read_time(given.get("date")),
        title=title or None,
        group=str(group).strip() or None if group else None,
    )


def read_time(value: object) -> Moment | None:
    """Return a row's time: ISO 8601, UTC by the guide even where it does not say so."""
    if not isinstance(value, str):
        return None
    text = value.strip()
    try:
        at = datetime.fromisoformat(text.replace(" ", "T", 1))
    except ValueError:
        return None
    zone = ZoneReason.TEXT if at.tzinfo else ZoneReason.SOURCE
    precision = Precision.DAY if len(text) == 10 else Precision.SECOND
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return Moment(at=aware, precision=precision, text=text, zone=zone)


def _number(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    return int(value) if isinstance(value, int | float) and 0 <= value < 10**9 else None


def _labelled(codes: object) -> Iterator[tuple[str, str]]:
    """Yield code and label, however a list of them is written."""
    if isinstance(codes, Mapping):
        yield from ((str(code), str(label)) for code, label in codes.items())
        return
    for one in _listed(codes):
        if isinstance(one, Mapping):
            code = next((one[key] for key in ("id", "code", "key") if key in one), None)
            label = next(
                (one[key] for key in ("name", "label", "value", "title") if key in one), ""
            )
            if code is not None:
                yield str(code), str(label)


# ── what belongs to an item ─────────────────────────────────────────────────────────────


def item_of(row: Row) -> WireItem:
    """Return what a search's row alone tells of an item: enough for a picture or a video."""
    kind = {"graph": "graphic"}.get(row.type, row.type)
    return WireItem(
        guid=row.id,
        format="has",
        item_class=kind,
        headlines=(Headline(text=row.title),) if row.title else (),
        first_created=row.at,
        version_created=row.at,
    )


def is_media(item: str) -> bool:
    """Return whether an id is of something with files: a picture, a video, a series of them."""
    return bool(_FORMATS.get(type_of(item).removesuffix(GROUP)))


def files_of(root: str, name: str, item: WireItem) -> list[dict[str, str]]:
    """Return the files of an item and of what stands beside it: {item, form, url} each.

    Each address answers with 302 to a link that lives for a day and for the asking IP alone.
    """
    beside = [link.residref for link in (*item.links, *item.members)]
    beside += [one.guid for one in item.associations]
    ids = dict.fromkeys(one.strip() for one in (name, *beside) if one and is_media(one))
    return [
        {"item": one, "form": form, "url": url} for one in ids for form, url in file_urls(root, one)
    ]


# ── how far we are ──────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """One search over all its pages.

    Attributes:
        since: asked for from then on.
        until: up to then; None: up to now.
        began: when its first page was asked for.
        offset: rows passed over so far.
        total: as the last page told it.
        newest: the latest date of a row so far.
        is_history: what it finds is no news.
    """

    since: datetime
    began: datetime
    until: datetime | None = None
    offset: int = 0
    total: int | None = None
    newest: datetime | None = None
    is_history: bool = False


def next_page(sweep: Sweep, found: Found, read: int) -> Sweep | None:
    """Return the search's next page; None when it is over.

    What comes in between moves rows on, so that some are seen twice; where rows went away, the
    page begins so many earlier.

    Args:
        sweep: the page that was asked for.
        found: what it gave.
        read: how many rows it held, unusable ones included.
    """
    gone = max((sweep.total or 0) - found.total, 0) if sweep.total is not None else 0
    offset = sweep.offset + read - min(gone, read - 1) if read else sweep.offset
    newest = newest_of(sweep, found)
    if not read or sweep.offset + read >= found.total:
        return None
    return Sweep(
        since=sweep.since,
        began=sweep.began,
        until=sweep.until,
        offset=offset,
        total=found.total,
        newest=newest,
        is_history=sweep.is_history,
    )


def newest_of(sweep: Sweep, found: Found) -> datetime | None:
    """Return the latest date of a row that this search has seen, none from the future."""
    dates = [row.at.at for row in found.rows if row.at is not None and row.at.at <= sweep.began]
    return max([*dates, *([sweep.newest] if sweep.newest else [])], default=None)
