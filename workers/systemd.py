"""What systemd is told, where it asked: that we run, that we still do, and how, in words.

sd_notify(3): datagrams of `NAME=value` lines to the socket that NOTIFY_SOCKET names. Whoever
started us otherwise named none, and nothing is told.
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
        self._told_at = float("-inf")

    @property
    def listens(self) -> bool:
        """Whether there is anyone to tell."""
        return bool(self._address)

    def wants_status(self, now: float) -> bool:
        """Return whether it is time to say in words how we do."""
        return self.listens and now - self._told_at >= STATUS_SECONDS

    def alive(self) -> None:
        """Say that we run and get on; the first time ends our start."""
        self._tell("READY=1", "WATCHDOG=1")

    def status(self, reasons: list[str], now: float) -> None:
        """Say what keeps items from coming in, or that nothing does."""
        self._told_at = now
        self._tell(f"STATUS={'; '.join(reasons) or 'items come in'}".replace("\n", " "))

    def ending(self) -> None:
        """Say that we end because we were told to."""
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
