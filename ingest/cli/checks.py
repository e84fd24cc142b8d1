"""What the doctor looks at: one function a thing, each with the cure of what it may find.

What is likeliest to be wrong on a new machine or after a change of settings; docs/operating.md
lists them, and a test keeps the list.
"""

from __future__ import annotations

import json
import os
import resource
import shlex
import shutil
import socket
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from ingest.cli.broker import ask_broker
from ingest.cli.session import open_database
from ingest.embedded import open_services
from ingest.errors import DatabaseOutdated
from ingest.settings import Settings, variable_of
from ingest.storage import status
from ingest.storage.database import connect, measure_offset
from ingest.storage.schema import check_schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingest.storage.queries import Connection
    from ingest.storage.status import ServerFacts

ENOUGH_DISK = 2 * 1024**3
CLOSE_CLOCKS = timedelta(seconds=2)
CONNECTIONS_A_PROCESS = 6
FILES_A_VISIT = 4
MANY_RINGS = 600  # ten minutes of ticks that nobody answered
SHELL_WORDS = frozenset({"{", "(", "if", "for", "while", "test", ":", "[", "[["})
POLITE_FLOOR, POLITE_GAP = timedelta(seconds=30), timedelta(milliseconds=500)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: `problem` None means that it is fine."""

    what: str
    problem: str | None = None
    cure: str = ""


def look_at_contact(settings: Settings) -> list[Finding]:
    """Find a contact that is nobody's."""
    is_default = settings.contact == type(settings).model_fields["contact"].default
    problem = "agencies can't reach you" if is_default else None
    return [Finding("contact", problem, "set KHABAR_CONTACT to your URL or e-mail address")]


def look_at_home(settings: Settings) -> list[Finding]:
    """Find a data folder that cannot be written, or where little room is left."""
    home = settings.home.resolve()
    nearest = next(path for path in (home, *home.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            free = shutil.disk_usage(nearest).free
    except OSError as error:
        problem = f"{nearest} can't be written: {error.strerror}"
        return [Finding("home", problem, "set KHABAR_HOME elsewhere")]
    cure = "free some space, or set KHABAR_HOME elsewhere"
    return [Finding(f"home {home}", lack_of_room(free), cure)]


def lack_of_room(free: int) -> str | None:
    """Return what is wrong with so many free bytes."""
    return f"only {free // 1024**2} MB free" if free < ENOUGH_DISK else None


def look_at_database(settings: Settings) -> list[Finding]:
    """Find a server, a clock or a schema that we can't work with."""
    with (
        open_database(settings) as own,
        connect(own.database_url or "", name="khabar doctor") as connection,
    ):
        facts = status.server_facts(connection)
        offset = measure_offset(connection, datetime.now(UTC))
        found = [
            Finding("database", *(status.fault_of_server(facts) or (None, ""))),
            Finding("connections", *_lack_of_connections(facts, settings)),
            Finding("clock", clocks_apart(offset), "let both follow NTP"),
        ]
        return [*found, Finding("schema", *_fault_of_schema(connection))]


def _fault_of_schema(connection: Connection) -> tuple[str | None, str]:
    try:
        check_schema(connection)
    except DatabaseOutdated as error:
        return error.reason, error.cure
    if not status.may_write(connection):
        return "our role may not write there", "name the role that made it in KHABAR_DATABASE_URL"
    return None, ""


def clocks_apart(offset: timedelta) -> str | None:
    """Return what is wrong with a clock so far from Postgres's."""
    if abs(offset) <= CLOSE_CLOCKS:
        return None
    return f"this machine's clock is {abs(offset)} from Postgres's"


def _lack_of_connections(facts: ServerFacts, settings: Settings) -> tuple[str | None, str]:
    wanted = CONNECTIONS_A_PROCESS * settings.processes
    if facts.free_connections >= wanted:
        return None, ""
    problem = f"{facts.free_connections} are free, our workers may open {wanted}"
    return problem, "raise max_connections in Postgres, or lower KHABAR_PROCESSES"


def look_at_broker(settings: Settings) -> list[Finding]:
    """Find a broker that does not answer, or whom nobody answers."""
    if settings.broker_url is not None:
        waiting = ask_broker(settings.broker_url)
    else:
        with open_services(settings.home, postgres=False) as services:
            waiting = ask_broker(services.broker_url or "")
    problem = f"{waiting} rings wait unanswered" if waiting > MANY_RINGS else None
    return [Finding("broker", problem, "start `khabar worker`, or `khabar up`")]


def look_at_metrics(settings: Settings) -> list[Finding]:
    """Find another program where our figures are meant to be."""
    if settings.metrics_address == "off":
        return []
    host, _, port = settings.metrics_address.rpartition(":")
    taken = _is_taken(host.strip("[]"), int(port)) and not _is_ours(settings.metrics_address)
    problem = f"another program has {settings.metrics_address}" if taken else None
    return [Finding("metrics", problem, "set KHABAR_METRICS_ADDRESS elsewhere, or off")]


def _is_taken(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as asked:
        asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            asked.bind((host, port))
        except OSError:
            return True
    return False


def _is_ours(address: str) -> bool:
    try:
        with urlopen(f"http://{address}/live", timeout=3) as reply:
            said: Any = json.loads(reply.read(10_000))
    except (OSError, ValueError):
        return False
    return isinstance(said, dict) and "because" in said


def look_at_alert(settings: Settings) -> list[Finding]:
    """Find an alert whose program is not there."""
    if settings.alert is None:
        return []
    cure = "set KHABAR_ALERT to a command that this shell runs"
    try:
        words = shlex.split(settings.alert)
    except ValueError as error:
        return [Finding("alert", f"no shell reads it: {error}", cure)]
    program = next((word for word in words if "=" not in word), "")
    is_there = shutil.which(program) or program in SHELL_WORDS
    return [Finding("alert", None if is_there else f"there is no program {program!r}", cure)]


def look_at_files(settings: Settings) -> list[Finding]:
    """Find a limit of open files that many visits would meet."""
    wanted = FILES_A_VISIT * settings.visits + 100
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    problem = f"{soft} may be open, a worker process may need {wanted}" if soft < wanted else None
    return [Finding("files", problem, f"ulimit -n {wanted}, or lower KHABAR_VISITS")]


def look_at_manners(settings: Settings) -> list[Finding]:
    """Find a pace at which agencies turn readers away."""
    if settings.allow_loopback or settings.connect_to:
        return []  # nobody real is asked
    odd = []
    if settings.poll_floor < POLITE_FLOOR:
        odd.append("KHABAR_POLL_FLOOR")
    if settings.request_gap < POLITE_GAP:
        odd.append("KHABAR_REQUEST_GAP")
    problem = f"{', '.join(odd)}: so fast that agencies block you" if odd else None
    return [Finding("manners", problem, "unset it: 60 s and 1 s are the defaults")]


def look_at_fetching(settings: Settings) -> list[Finding]:
    """Find settings that are meant for tests."""
    odd = []
    if settings.allow_loopback:
        odd.append("KHABAR_ALLOW_LOOPBACK")
    if settings.connect_to:
        odd.append("KHABAR_CONNECT_TO")
    if settings.clock_speed != 1.0:
        odd.append("KHABAR_CLOCK_SPEED")
    problem = f"{', '.join(odd)}: for tests and samples only" if odd else None
    return [Finding("fetching", problem, "unset it where real agencies are followed")]


def look_at_names(settings: Settings) -> list[Finding]:
    """Find variables that were meant to be settings."""
    known = [variable_of(name) for name in type(settings).model_fields]
    findings = []
    for name in sorted(set(os.environ) - set(known)):
        meant = get_close_matches(name, known, n=1, cutoff=0.8)
        if name.startswith("KHABAR_") and meant:
            findings.append(Finding(name, "is no setting", f"{meant[0]} was meant, perhaps"))
    return findings


CHECKS: tuple[Callable[[Settings], list[Finding]], ...] = (
    look_at_contact,
    look_at_home,
    look_at_database,
    look_at_broker,
    look_at_metrics,
    look_at_alert,
    look_at_files,
    look_at_fetching,
    look_at_manners,
    look_at_names,
)
