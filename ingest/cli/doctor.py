"""`khabar settings` and `khabar doctor`: what is set, and what is wrong with it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING

import typer
from rich.markup import escape

from ingest.cli.broker import ask_broker
from ingest.cli.options import AsJSON
from ingest.cli.session import open_database
from ingest.cli.show import print_json, print_table, terminal
from ingest.embedded import open_services
from ingest.errors import KhabarError
from ingest.settings import Settings, read_settings, variable_of
from ingest.storage.database import connect, measure_offset
from ingest.storage.schema import check_schema

if TYPE_CHECKING:
    from collections.abc import Callable

app = typer.Typer()

ENOUGH_DISK = 2 * 1024**3
CLOSE_CLOCKS = timedelta(seconds=2)
OLDEST_POSTGRES = 170000


@app.command("settings")
def show_settings(
    as_json: AsJSON = False,
) -> None:
    """Show every setting: its variable, value and meaning.

    Example: KHABAR_POLL_FLOOR=40s khabar settings
    """
    settings = read_settings()
    shown = settings.shown()
    if as_json:
        print_json(shown)
        return
    fields = type(settings).model_fields
    print_table(
        ("variable", "value", "set", "meaning"),
        (
            (
                variable_of(name),
                shown[variable_of(name)],
                variable_of(name) in os.environ,
                field.description,
            )
            for name, field in fields.items()
        ),
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: `problem` None means that it is fine."""

    what: str
    problem: str | None = None
    cure: str = ""


class SomethingIsWrong(KhabarError):
    """At least one finding is a problem."""

    def __str__(self) -> str:
        return f"{self.args[0]} of {self.args[1]} checks found a problem; see above"


@app.command("doctor")
def doctor(
    as_json: AsJSON = False,
) -> None:
    """Look for what is likeliest to be wrong, and say the cure.

    Example: khabar doctor --json
    """
    settings = read_settings()
    findings = [found for look in CHECKS for found in _looked(look, settings)]
    if as_json:
        print_json(findings)
    else:
        console = terminal()
        for finding in findings:
            mark = "[green]✓[/]" if finding.problem is None else "[red]✗[/]"
            console.print(f"{mark} {escape(finding.what)}: {escape(finding.problem or 'fine')}")
            if finding.problem and finding.cure:
                console.print(f"    {escape(finding.cure)}")
    bad = sum(finding.problem is not None for finding in findings)
    if bad:
        raise SomethingIsWrong(bad, len(findings))


def _looked(look: Callable[[Settings], list[Finding]], settings: Settings) -> list[Finding]:
    try:
        return look(settings)
    except KhabarError as error:
        return [Finding(look.__name__.removeprefix("_look_at_"), str(error))]


def _look_at_contact(settings: Settings) -> list[Finding]:
    is_default = settings.contact == type(settings).model_fields["contact"].default
    problem = "agencies can't reach you" if is_default else None
    return [Finding("contact", problem, "set KHABAR_CONTACT to your URL or e-mail address")]


def _look_at_home(settings: Settings) -> list[Finding]:
    home = settings.home.resolve()
    nearest = next(path for path in (home, *home.parents) if path.exists())
    if not os.access(nearest, os.W_OK):
        return [Finding("home", f"{nearest} can't be written", "set KHABAR_HOME elsewhere")]
    free = shutil.disk_usage(nearest).free
    problem = f"only {free // 1024**2} MB free" if free < ENOUGH_DISK else None
    return [Finding(f"home {home}", problem, "free some space, or set KHABAR_HOME elsewhere")]


def _look_at_database(settings: Settings) -> list[Finding]:
    with (
        open_database(settings) as own,
        connect(own.database_url or "", name="khabar doctor") as connection,
    ):
        version = connection.info.server_version
        is_old = version < OLDEST_POSTGRES
        old = f"Postgres {version // 10000} is too old" if is_old else None
        offset = abs(measure_offset(connection, datetime.now(UTC)))
        apart = f"this machine's clock is {offset} from Postgres's"
        check_schema(connection)
    return [
        Finding("database", old, "use Postgres 17 or newer"),
        Finding("clock", apart if offset > CLOSE_CLOCKS else None, "let both follow NTP"),
        Finding("schema"),
    ]


def _look_at_broker(settings: Settings) -> list[Finding]:
    if settings.broker_url is not None:
        ask_broker(settings.broker_url)
    else:
        with open_services(settings.home, postgres=False) as services:
            ask_broker(services.broker_url or "")
    return [Finding("broker")]


def _look_at_fetching(settings: Settings) -> list[Finding]:
    odd = []
    if settings.allow_loopback:
        odd.append("KHABAR_ALLOW_LOOPBACK")
    if settings.connect_to:
        odd.append("KHABAR_CONNECT_TO")
    if settings.clock_speed != 1.0:
        odd.append("KHABAR_CLOCK_SPEED")
    problem = f"{', '.join(odd)}: for tests and samples only" if odd else None
    return [Finding("fetching", problem, "unset it where real agencies are followed")]


def _look_at_names(settings: Settings) -> list[Finding]:
    """Find variables that were meant to be settings."""
    known = [variable_of(name) for name in type(settings).model_fields]
    findings = []
    for name in sorted(set(os.environ) - set(known)):
        meant = get_close_matches(name, known, n=1, cutoff=0.8)
        if name.startswith("KHABAR_") and meant:
            findings.append(Finding(name, "is no setting", f"{meant[0]} was meant, perhaps"))
    return findings


CHECKS: tuple[Callable[[Settings], list[Finding]], ...] = (
    _look_at_contact,
    _look_at_home,
    _look_at_database,
    _look_at_broker,
    _look_at_fetching,
    _look_at_names,
)
