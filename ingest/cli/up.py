"""`khabar up`, `khabar worker`, `khabar beat`: the service itself."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from ingest.cli.broker import ask_broker
from ingest.cli.session import bring_up_to_date
from ingest.cli.show import change_line, counted, terminal
from ingest.embedded import hold_service_lock, open_services, revive_services
from ingest.errors import BrokerUnavailable, DatabaseUnavailable
from ingest.pipeline.follow import follow_declared, follow_source
from ingest.pipeline.journal import set_up_journal
from ingest.pipeline.pulse import PIPE_VARIABLE, Pulse
from ingest.pipeline.service import open_service
from ingest.pipeline.systemd import Systemd
from ingest.sample_agency import SampleAgency
from ingest.sample_agency.newsroom import Newsroom
from ingest.sample_agency.wire_service import WireService
from ingest.settings import Settings, read_settings, variable_of
from ingest.sources import aa_has
from ingest.storage import change as changes
from ingest.storage.database import connect
from ingest.storage.schema import check_schema
from ingest.urls import origin_of

if TYPE_CHECKING:
    from ingest.embedded import Services
    from ingest.pipeline.service import Service

app = typer.Typer()

GRACE_SECONDS = 10.0
ROUND_SECONDS = 0.5
SHOWN_AT_ONCE = 20
WIRE_PACE = timedelta(minutes=1)  # virtual; between two stories of the sample wire
PR_SET_PDEATHSIG = 1


@app.command()
def up(
    sample: Annotated[
        bool, typer.Option("--sample", help="Also follow a sample agency on loopback.")
    ] = False,
    sample_wire: Annotated[
        bool, typer.Option("--sample-wire", help="Also follow a sample of Anadolu's wire, HAS.")
    ] = False,
    declared: Annotated[bool, typer.Option(help="Follow the agencies khabar knows.")] = True,
    articles: Annotated[
        bool | None,
        typer.Option(help="Show articles as they come; by default only on a terminal."),
    ] = None,
    alert: Annotated[
        str | None,
        typer.Option(metavar="COMMAND", help="Run once for each trouble that needs a person."),
    ] = None,
) -> None:
    """Run the whole service on this machine until it is told to end.

    Without KHABAR_DATABASE_URL and KHABAR_BROKER_URL it keeps a Postgres and a Valkey of its
    own under KHABAR_HOME. What COMMAND is told is in its variables KHABAR_TROUBLE_SENTENCE,
    KHABAR_TROUBLE_CURE, KHABAR_TROUBLE_KIND, and as JSON on its stdin.

    Example: khabar up --sample

    Example: khabar up --alert 'echo "$KHABAR_TROUBLE_SENTENCE" | mail -s khabar you@example.org'
    """
    settings = read_settings()
    if alert is not None:
        settings = settings.model_copy(update={"alert": alert})
    show_articles = sys.stdout.isatty() if articles is None else articles
    told = _Told()
    with ExitStack() as stack:
        stack.enter_context(hold_service_lock(settings.home))
        _Up(settings, stack, told).run(
            sample=sample, sample_wire=sample_wire, declared=declared, articles=show_articles
        )
    if told.by is signal.SIGINT:
        raise KeyboardInterrupt


class _Told:
    """Whether a signal has told us to end, and which."""

    def __init__(self) -> None:
        self.by: signal.Signals | None = None
        self._event = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._hear)

    def _hear(self, number: int, _frame: object) -> None:
        self.by = self.by or signal.Signals(number)
        self._event.set()

    def within(self, seconds: float) -> bool:
        """Return whether it was told, or is within so many seconds."""
        return self._event.wait(seconds)


class _Up:
    """One run of the service."""

    def __init__(self, settings: Settings, stack: ExitStack, told: _Told) -> None:
        self._settings = settings
        self._stack = stack
        self._told = told
        self._console = terminal()
        self._daemon: subprocess.Popen[bytes] | None = None
        self._started = time.monotonic()
        self._pulse = Pulse(settings.watchdog.total_seconds())
        stack.callback(self._pulse.close)
        self._systemd = Systemd()

    def run(self, *, sample: bool, sample_wire: bool, declared: bool, articles: bool) -> None:
        set_up_journal(self._settings.log, self._settings.log_format)
        services = self._open_servers()
        if sample or sample_wire:
            self._settings = self._settings.model_copy(update={"allow_loopback": True})
        if sample_wire:
            self._open_sample_wire()
        for name in bring_up_to_date(self._settings):
            self._say(f"schema: {name}")
        service = self._stack.enter_context(open_service(self._settings, connections=2))
        if declared:
            new = follow_declared(service)
            self._say(f"agencies: {counted(new, 'feed')} {'is' if new == 1 else 'are'} new")
        if sample:
            self._open_sample(service)
        if sample_wire:
            self._follow_sample_wire(service)
        if self._told.within(0):
            return
        self._stack.callback(self._end_daemon)
        self._start_daemon()
        self._say(f"ready after {time.monotonic() - self._started:.1f} s; Ctrl-C ends it")
        self._watch(service, services, show_articles=articles)
        self._systemd.ending()
        self._say("ending")

    def _open_servers(self) -> Services | None:
        """Start what no URL is set for."""
        settings = self._settings
        own_database, own_broker = settings.database_url is None, settings.broker_url is None
        if settings.broker_url is not None:
            ask_broker(settings.broker_url)
        if not own_database and not own_broker:
            return None
        self._say(f"starting our own servers under {settings.home.resolve()}")
        services = self._stack.enter_context(
            open_services(settings.home, postgres=own_database, valkey=own_broker)
        )
        for remark in services.remarks:
            self._say(remark)
        self._settings = settings.model_copy(
            update={
                "database_url": settings.database_url or services.database_url,
                "broker_url": settings.broker_url or services.broker_url,
            }
        )
        self._say(f"database: {services.database_url or 'as set'}")
        return services

    def _open_sample(self, service: Service) -> None:
        agency = self._stack.enter_context(SampleAgency(clock=service.clock))
        for source in agency.sources():
            follow_source(service, source, origin="sample")
            self._say(f"sample agency: {source.name} at {source.homepage}")

    def _open_sample_wire(self) -> None:
        """Let a service of our own stand where Anadolu's would be asked."""
        clock = self._settings.clock
        today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        newsroom = Newsroom(first=today, every=WIRE_PACE)
        wire = self._stack.enter_context(WireService(newsroom=newsroom, clock=clock))
        os.environ["KHABAR_AA_HAS_USER"] = wire.user
        os.environ["KHABAR_AA_HAS_PASSWORD"] = wire.password
        routes = [f"{origin_of(aa_has.ROOT)}={wire.origin}", self._settings.connect_to]
        routed = ",".join(filter(None, routes))
        self._settings = self._settings.model_copy(update={"connect_to": routed})
        self._say(f"sample wire: {wire.root}, which stands for {aa_has.ROOT}")

    def _follow_sample_wire(self, service: Service) -> None:
        follow_source(service, aa_has.SOURCE, origin="sample")
        home = self._settings.home
        self._say(f"its articles: KHABAR_HOME={home} khabar changes --follow --jsonl")
        self._say(f"or in SQL:    KHABAR_HOME={home} khabar db psql")
        self._say(
            "              SELECT title, state, wire FROM khabar.article WHERE source = 'aa-has'"
        )

    def _start_daemon(self) -> None:
        environment = os.environ | {
            variable_of("database_url"): self._settings.database_url or "",
            variable_of("broker_url"): self._settings.broker_url or "",
            variable_of("alert"): self._settings.alert or "",
            variable_of("connect_to"): self._settings.connect_to,
            variable_of("allow_loopback"): "1" if self._settings.allow_loopback else "0",
            PIPE_VARIABLE: str(self._pulse.write),
        }
        self._pulse.begin()
        self._daemon = subprocess.Popen(
            [sys.executable, "-m", "workers"],
            env=environment,
            pass_fds=(self._pulse.write,),
            start_new_session=True,  # Ctrl-C in a terminal reaches us, who then end it
            preexec_fn=_die_with_parent,
        )

    def _watch(self, service: Service, services: Services | None, *, show_articles: bool) -> None:
        """Look after servers and daemon, and show what is published, until told to end."""
        cursor = self._newest(service) if show_articles else 0
        while not self._told.within(ROUND_SECONDS):
            self._systemd.alive()
            try:
                if services is not None:
                    for name in revive_services(services):
                        self._say(f"{name} had died and was started again")
                self._look_after_daemon()
                if show_articles:
                    cursor = self._show_changes(service, cursor)
            except (DatabaseUnavailable, BrokerUnavailable) as error:
                self._say(str(error))

    def _look_after_daemon(self) -> None:
        """Start the daemon again when it has ended, or gets nowhere."""
        if self._daemon is None:
            return
        if self._pulse.is_missed(time.monotonic()):
            self._say("the daemon hangs and is replaced")
            self._daemon.kill()
            self._daemon.wait()
        if self._daemon.poll() is not None:
            self._say(f"the workers ended with status {self._daemon.returncode}; again")
            self._start_daemon()

    def _newest(self, service: Service) -> int:
        with service.database.connection() as connection:
            return max(changes.newest_change(connection) - SHOWN_AT_ONCE, 0)

    def _show_changes(self, service: Service, cursor: int) -> int:
        with service.database.connection() as connection:
            rows = changes.changes_after(connection, cursor, most=SHOWN_AT_ONCE)
        for row in rows:
            self._console.print(change_line(row, self._console.width))
        return rows[-1]["change"] if rows else cursor

    def _end_daemon(self) -> None:
        if self._daemon is None or self._daemon.poll() is not None:
            return
        self._daemon.terminate()
        try:
            self._daemon.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._daemon.kill()
            self._daemon.wait()

    def _say(self, sentence: str) -> None:
        self._console.print(f"[dim]khabar:[/] {escape(sentence)}", soft_wrap=True)


def _die_with_parent() -> None:
    """Ask Linux to end the workers when we die, however we die."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@app.command()
def worker() -> None:
    """Run the worker processes only.

    They need a database and a broker that others reach too: KHABAR_DATABASE_URL and
    KHABAR_BROKER_URL.

    Example: khabar worker
    """
    settings = read_settings()
    if settings.database_url is None:
        raise DatabaseUnavailable("no database is named", "set KHABAR_DATABASE_URL")
    with connect(settings.database_url, name="khabar check") as connection:
        check_schema(connection)
    _become("worker", settings)


@app.command()
def beat() -> None:
    """Run the ticking clock only.

    One is enough for any number of workers. It needs KHABAR_BROKER_URL.

    Example: khabar beat
    """
    _become("beat", read_settings())


def _become(role: str, settings: Settings) -> None:
    """Become `python -m workers ROLE`, so that signals reach it directly."""
    if settings.broker_url is None:
        raise BrokerUnavailable("no broker is named", "set KHABAR_BROKER_URL, or use `khabar up`")
    ask_broker(settings.broker_url)
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "workers", role])  # noqa: S606 - our own program
