"""The broker is asked in a program of its own: this room knows no queue."""

from __future__ import annotations

import os
import subprocess
import sys

from ingest.errors import BrokerUnavailable
from ingest.settings import variable_of

PATIENCE_SECONDS = 60


def ask_broker(url: str) -> int:
    """Return, when a broker answers, how many rings wait there unanswered.

    Raises:
        BrokerUnavailable: it does not; with the cure.
    """
    done = subprocess.run(
        [sys.executable, "-m", "workers", "waiting"],
        env=os.environ | {variable_of("broker_url"): url},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no broker"]
        raise BrokerUnavailable(lines[-1].removeprefix("khabar: "))
    return int(done.stdout)
