"""One program of the daemon's: started, started again, told to end.

A child that ends is started again, after a wait that doubles while it keeps ending soon. Linux
ends it when the daemon is killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from functools import partial

import structlog

from ingest.pipeline.orphans import die_with_parent
from workers.word import SOCKET_VARIABLE

log = structlog.get_logger(__name__)

GRACE_SECONDS = 8.0  # from SIGTERM to SIGKILL
CALM_SECONDS = 60.0  # a child that lived so long begins again with the shortest wait
SHORTEST_WAIT, LONGEST_WAIT = 0.5, 30.0

ROLES = {
    "beat": ("beat", "--loglevel=warning"),
    "worker": (
        "worker",
        "--loglevel=warning",
        "--without-gossip",
        "--without-mingle",
        "--without-heartbeat",
    ),
}


@dataclass(slots=True)
class Child:
    """One program that is kept alive; `mouth` is the open file through which it tells."""

    role: str
    mouth: int | None = None
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    wait: float = SHORTEST_WAIT
    not_before: float = field(default=0.0)

    def start(self) -> None:
        """Start the program in a process group of its own: Ctrl-C reaches us alone."""
        command = [sys.executable, "-m", "celery", "-q", "-A", "workers.app", *ROLES[self.role]]
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            command,
            env=os.environ | ({} if self.mouth is None else {SOCKET_VARIABLE: str(self.mouth)}),
            pass_fds=() if self.mouth is None else (self.mouth,),
            start_new_session=True,
            preexec_fn=partial(die_with_parent, os.getpid(), signal.SIGTERM),
        )
        log.info("child.started", role=self.role, pid=self.process.pid)

    def look_after(self, now: float) -> bool:
        """Start the program if it does not run and its wait is over; return whether it was."""
        if self.process is not None and self.process.poll() is not None:
            self.wait_longer(now)
            log.warning(
                "child.ended", role=self.role, status=self.process.returncode, wait=self.wait
            )
            self.process = None
        if self.process is None and now >= self.not_before:
            self.started_at = now
            try:
                self.start()
            except (OSError, subprocess.SubprocessError) as error:  # no memory, no process ids
                self.wait_longer(now)
                log.warning("child.not-started", role=self.role, error=str(error), wait=self.wait)
            else:
                return True
        return False

    def wait_longer(self, now: float) -> None:
        """Set when to start it again: soon after a long life, ever later after short ones."""
        lived = now - self.started_at
        if self.not_before == 0.0 or lived > CALM_SECONDS:
            self.wait = SHORTEST_WAIT
        else:
            self.wait = min(self.wait * 2, LONGEST_WAIT)
        self.not_before = now + self.wait

    def tell(self, number: signal.Signals) -> None:
        """Send a signal to the program; to its whole group when it must die."""
        if self.process is None or self.process.poll() is not None:
            return
        if number is signal.SIGKILL:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)


def end_all(children: list[Child]) -> None:
    """End every program: warm, then by force."""
    for child in children:
        child.tell(signal.SIGTERM)
    ends_at = time.monotonic() + GRACE_SECONDS
    for child in children:
        if child.process is None:
            continue
        try:
            child.process.wait(max(ends_at - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            log.warning("child.killed", role=child.role, pid=child.process.pid)
            child.tell(signal.SIGKILL)
            child.process.wait()
