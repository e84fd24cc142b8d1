"""Every knob, from the environment, checked at start, printed by `khabar settings`.

A setting is KHABAR_ and its name in capitals. Durations are seconds, or `40m`, `6h`, `1d`.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ingest.clock import Clock
from ingest.errors import SettingsError
from ingest.model import Cadence

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)?", re.IGNORECASE)
_UNIT_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_NOTHING = timedelta()
_LONGEST = timedelta(days=36_500)
_SECRET_URLS = frozenset({"database_url", "broker_url", "bridge_url"})
_PASSWORD_IN_URL = re.compile(r"(?<=//)([^/?#\s:]*):[^/?#\s]*@")
_PASSWORD_NAMED = re.compile(r"(?i)\b(password|passwd|sslpassword|token|key)=('[^']*'|[^&#\s]*)")
# A URL, or libpq's own `host=… dbname=…`.
_DATABASE = re.compile(r"(?i)postgres(ql)?://\S*|(\w+\s*=\s*\S+\s*)+")
_BROKER = re.compile(r"(?i)(rediss?|valkeys?|redis\+socket|unix|sentinel|amqps?|pyamqp)://\S+")


def parse_duration(text: str) -> timedelta:
    """Return the duration that `90`, `1.5`, `200ms`, `40m`, `6h` or `1d` says.

    Raises:
        ValueError: it is no duration, or longer than a hundred years.
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no duration: write seconds, or 40m, 6h, 1d")
    seconds = float(found[1]) * _UNIT_SECONDS[(found[2] or "s").lower()]
    if seconds > _LONGEST.total_seconds():
        raise ValueError(f"{text!r} is longer than a hundred years")
    return timedelta(seconds=seconds)


def _read_duration(value: object) -> object:
    if isinstance(value, int | float):
        return timedelta(seconds=value)
    return parse_duration(value) if isinstance(value, str) else value


def hide_passwords(text: str) -> str:
    """Return a text in which the URLs and `password=…` pairs carry no secret."""
    return _PASSWORD_NAMED.sub(r"\1=…", _PASSWORD_IN_URL.sub(r"\1:…@", text))


def show_duration(wait: timedelta) -> str:
    """Return a duration as a person would set it."""
    seconds = wait.total_seconds()
    for unit in ("d", "h", "m"):
        if seconds >= _UNIT_SECONDS[unit] and seconds % _UNIT_SECONDS[unit] == 0:
            return f"{seconds / _UNIT_SECONDS[unit]:.0f}{unit}"
    amount, unit = (seconds, "s") if seconds >= 1 or seconds == 0 else (seconds * 1000, "ms")
    return f"{amount:.6f}".rstrip("0").rstrip(".") + unit


def _parse_instant(text: object) -> object:
    if not isinstance(text, str):
        return text
    try:
        if re.fullmatch(r"\d+(\.\d+)?", text.strip()):
            return datetime.fromtimestamp(float(text), UTC)
        at = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError, OSError) as error:
        raise ValueError(f"{text!r} is no instant: write 2025-11-17T06:00Z or seconds") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _lower(text: object) -> object:
    return text.strip().lower() if isinstance(text, str) else text


def _parse_list(text: object) -> object:
    return (
        tuple(part.strip() for part in text.split(",") if part.strip())
        if isinstance(text, str)
        else text
    )


def _read_address(text: object) -> object:
    if not isinstance(text, str) or text.strip().lower() == "off":
        return "off"
    host, _, port = text.strip().rpartition(":")
    if not host.strip("[]") or not port.isdecimal() or int(port) > 65_535:
        raise ValueError("write 127.0.0.1:9747, or off")
    return text.strip()


Duration = Annotated[timedelta, BeforeValidator(_read_duration)]
Wait = Annotated[Duration, Field(gt=_NOTHING)]  # one that is never nothing
Instant = Annotated[datetime, BeforeValidator(_parse_instant)]
Port = Annotated[int, Field(ge=1, le=65_535)]
Ports = Annotated[tuple[Port, ...], NoDecode, BeforeValidator(_parse_list), Field(min_length=1)]
Level = Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)]
Form = Annotated[Literal["auto", "json", "text"], BeforeValidator(_lower)]
Address = Annotated[str, BeforeValidator(_read_address)]


class Settings(BaseSettings):
    """The settings of one process; frozen."""

    model_config = SettingsConfigDict(
        env_prefix="KHABAR_", frozen=True, extra="ignore", env_ignore_empty=True
    )

    home: Path = Field(
        Path(".khabar"), description="data folder: own Postgres and Valkey, logs, beat's memory"
    )
    database_url: str | None = Field(
        None, description="an existing Postgres 17+; default: one of our own under home"
    )
    broker_url: str | None = Field(
        None, description="an existing Redis 7+ or Valkey; default: one of our own"
    )
    prepare: bool = Field(
        True,
        description="prepared statements; 0 behind a pooler that forgets them (PgBouncer < 1.21)",
    )
    contact: str = Field(
        "https://khabar.example/contact",
        description="URL or e-mail in the User-Agent, for an agency's administrator",
    )
    log: Level = Field("info", description="how much is logged: debug, info, warning, error")
    log_format: Form = Field("auto", description="auto: text on a terminal, else JSON lines")
    bridge_url: str | None = Field(
        None, description="address of a feed bridge you run, for sources of kind bridge"
    )

    allow_loopback: bool = Field(
        False, description="fetch from 127.0.0.0/8 and ::1 too, any port: for tests and samples"
    )
    connect_to: str = Field(
        "", description="ORIGIN=ORIGIN,…: send what is meant for the left to the right; * for all"
    )
    clock_epoch: Instant = Field(
        datetime(1970, 1, 1, tzinfo=UTC), description="when virtual and real time agree"
    )
    clock_speed: float = Field(
        1.0, gt=0, le=100_000, allow_inf_nan=False, description="virtual seconds in a real one"
    )

    poll_floor: Duration = Field(
        timedelta(seconds=60), description="shortest wait between two polls of a feed"
    )
    poll_ceiling: Wait = Field(
        timedelta(days=1), description="longest wait between two polls of a feed"
    )
    poll_budget: int = Field(
        100_000, ge=1, description="polls a day that the whole fleet may spend"
    )
    feed_budget: int = Field(300, ge=1, description="polls a day of one feed, on average, at most")
    host_budget: int = Field(
        10_000, ge=1, description="polls a day of one host, all its feeds together, at most"
    )
    request_gap: Duration = Field(
        timedelta(seconds=1), description="wait between two requests to one host"
    )
    wire_gap: Duration | None = Field(
        None, description="wait between two requests to a wire's service (real), not its source's"
    )
    robots_max_age: Wait = Field(
        timedelta(hours=24), description="how long a robots.txt is believed, 24 h at most"
    )
    backoff_ceiling: Wait = Field(
        timedelta(hours=6), description="longest wait after failures of a host"
    )
    retry_after_ceiling: Wait = Field(
        timedelta(days=1), description="longest Retry-After that is kept"
    )
    moved_after_polls: int = Field(
        5,
        ge=2,
        description="consistent 301/308 answers before a feed's new address is adopted; twice as "
        "many if it never answers",
    )
    page_attempts: int = Field(
        8, ge=1, description="attempts at a page, in a day at least, before it is failed"
    )

    page_max_bytes: int = Field(10_000_000, ge=1, description="longest page, decoded")
    feed_max_bytes: int = Field(20_000_000, ge=1, description="longest feed, decoded")
    max_ratio: float = Field(
        200.0, gt=1, allow_inf_nan=False, description="decoded bytes per received byte, at most"
    )
    fetch_timeout: Wait = Field(timedelta(seconds=30), description="a request's total time (real)")
    connect_timeout: Wait = Field(timedelta(seconds=10), description="time to connect (real)")
    max_redirects: int = Field(5, ge=0, description="redirects followed")
    header_max_bytes: int = Field(65_536, ge=1024, description="longest header block")
    ports: Ports = Field((80, 443, 8080, 8443), description="ports that may be fetched from")

    tick: Wait = Field(timedelta(seconds=1), description="beat's tick (real)")
    lease: Wait = Field(timedelta(seconds=15), description="a host's lease unless renewed (real)")
    slice: Wait = Field(timedelta(seconds=20), description="longest visit of a host (real)")
    task: Wait = Field(timedelta(seconds=30), description="longest task of a worker (real)")
    visits: int = Field(64, ge=1, description="hosts visited at once by one worker process")
    processes: int = Field(os.cpu_count() or 1, ge=1, description="worker processes")
    batch_rows: int = Field(50, ge=1, description="rows of a commit, at most")
    batch_wait: Duration = Field(
        timedelta(milliseconds=200), description="longest wait of a row for its commit (real)"
    )
    process_max_bytes: int = Field(
        600_000_000, ge=1, description="memory of a worker process that is replaced after its task"
    )
    watchdog: Wait = Field(
        timedelta(seconds=90),
        description="how long a process of ours may get nowhere before it is replaced (real)",
    )
    metrics_address: Address = Field(
        "127.0.0.1:9747", description="where /live, /ready and /metrics answer; or off"
    )
    alert: str | None = Field(
        None, description="a shell command that is run once for each trouble that needs a person"
    )
    upkeep: Wait = Field(timedelta(hours=1), description="how often upkeep runs (virtual)")

    disk_reserve: int = Field(
        256_000_000,
        ge=0,
        description="free bytes on the disk of our own Postgres below which nothing is taken up",
    )
    raw_retention: Wait = Field(timedelta(days=90), description="how long raw pages are kept")
    poll_retention: Wait = Field(timedelta(days=30), description="how long the poll log is kept")

    @field_validator("contact")
    @classmethod
    def _reachable(cls, contact: str) -> str:
        is_named = re.search(r"https?://\S+|[\w.+-]+@[\w-]+\.\w+", contact)
        if not is_named or not contact.isprintable():
            raise ValueError("name a URL or an e-mail address")
        return contact

    @field_validator("database_url")
    @classmethod
    def _names_postgres(cls, url: str | None) -> str | None:
        if url is not None and not _DATABASE.fullmatch(url.strip()):
            raise ValueError("write postgresql://user:password@host:5432/name")
        return url

    @field_validator("broker_url")
    @classmethod
    def _names_broker(cls, url: str | None) -> str | None:
        if url is not None and not _BROKER.fullmatch(url.strip()):
            raise ValueError("write redis://host:6379/0")
        return url

    @field_validator("bridge_url")
    @classmethod
    def _names_bridge(cls, url: str | None) -> str | None:
        if url is not None and not re.fullmatch(r"(?i)https?://[^\s/]+\S*", url.strip()):
            raise ValueError("write http://host:1200")
        return url

    @field_validator("connect_to")
    @classmethod
    def _pairs(cls, routes: str) -> str:
        if routes.strip():  # read by the room whose it is, and only if there is something to read
            from ingest.fetch import parse_connect_to

            try:
                parse_connect_to(routes)
            except SettingsError as error:
                raise ValueError(error.reason) from error
        return routes

    @field_validator("poll_ceiling")
    @classmethod
    def _above_floor(cls, ceiling: timedelta, others: ValidationInfo) -> timedelta:
        if ceiling < others.data.get("poll_floor", _NOTHING):
            raise ValueError("shorter than KHABAR_POLL_FLOOR")
        return ceiling

    @cached_property
    def clock(self) -> Clock:
        """The clock that the epoch and the speed make."""
        return Clock(epoch=self.clock_epoch, speed=self.clock_speed)

    @property
    def longest_task(self) -> timedelta:
        """How long a worker's task may take before its process is killed (real)."""
        return self.task + self.slice + self.fetch_timeout + timedelta(seconds=30)

    @property
    def cadence(self) -> Cadence:
        """Bounds of polling where neither feed nor source has its own."""
        return Cadence(floor=self.poll_floor, ceiling=self.poll_ceiling)

    def shown(self) -> dict[str, str]:
        """Return every setting as its variable and a value a person could set; passwords hidden."""
        return {variable_of(name): self._shown_value(name) for name in type(self).model_fields}

    def _shown_value(self, name: str) -> str:
        value = getattr(self, name)
        if value is None:
            return ""
        if isinstance(value, timedelta):
            return show_duration(value)
        if isinstance(value, datetime):
            return value.isoformat()
        if isinstance(value, tuple):
            return ",".join(map(str, value))
        if isinstance(value, bool):
            return "1" if value else "0"
        return hide_passwords(str(value)) if name in _SECRET_URLS else str(value)


def variable_of(name: str) -> str:
    """Return the environment variable of a setting."""
    return f"KHABAR_{name.upper()}"


def read_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        SettingsError: one that is nonsense, by the name of its variable.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        reason = first["msg"].removeprefix("Value error, ")
        name = variable_of(str(first["loc"][0]))
        raise SettingsError(name, reason[:1].lower() + reason[1:]) from error
