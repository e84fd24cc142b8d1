"""What systemd is told, where it asked: that we run, that we still do, and how, in words.

sd_notify(3): datagrams of `NAME=value` lines to the socket that NOTIFY_SOCKET names. Whoever
started us otherwise named none, and nothing is told.

    khabar worker, khabar beat    the daemon is the process that systemd watches; it tells all
    khabar up                     `up` is: that it gets on and that we end is for it alone to tell;
                                  its daemon, which it watches itself, tells the rest
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Mapping

log = structlog.get_logger(__name__)

STATUS_SECONDS = 10.0


class Systemd:
    """The service manager, or nobody."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        if address.startswith("@"):  # an abstract socket
            address = f"\0{address[1:]}"
        self._address = address
        # sd_watchdog_enabled(3): of the processes that inherit the socket one is asked for signs.
        self._is_watched = environment.get("WATCHDOG_PID") in (None, str(os.getpid()))
        self._told_at = float("-inf")

    @property
    def listens(self) -> bool:
        """Whether there is anyone to tell."""
        return bool(self._address)

    def wants_status(self, now: float) -> bool:
        """Return whether it is time to say in words how we do."""
        return self.listens and now - self._told_at >= STATUS_SECONDS

    def ready(self) -> None:
        """Say that we run; what comes after the first time changes nothing."""
        self._tell("READY=1")

    def alive(self) -> None:
        """Say that the process which systemd watches gets on; others keep silent."""
        if self._is_watched:
            self._tell("WATCHDOG=1")

    def status(self, reasons: list[str], now: float) -> None:
        """Say what keeps items from coming in, or that nothing does."""
        self._told_at = now
        self._tell(f"STATUS={'; '.join(reasons) or 'items come in'}".replace("\n", " "))

    def ending(self) -> None:
        """Say that all of us end because we were told to; only the watched process knows."""
        if self._is_watched:
            self._tell("STOPPING=1", "STATUS=ending")

    def _tell(self, *lines: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
                sock.connect(self._address)
                sock.send("\n".join(lines).encode())
        except OSError as error:  # what it misses it will ask for by killing us: say so here
            log.warning("systemd.not-told", reason=error.strerror or str(error))
