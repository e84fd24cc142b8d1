"""The broker, asked from outside Celery's programs: does it answer, how many rings wait there."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from ingest.errors import BrokerUnavailable
from ingest.settings import Settings

ASK_AGAIN_SECONDS = 20.0


class AskedBroker:
    """How many rings wait at the broker: asked in a program of its own, so that nobody waits."""

    def __init__(self) -> None:
        self._asking: subprocess.Popen[bytes] | None = None
        self._not_before = 0.0

    def ask(self, now: float) -> int | None:
        """Return the answer to a question asked earlier; None while there is none."""
        if self._asking is None:
            if now >= self._not_before:
                self._asking = subprocess.Popen(
                    [sys.executable, "-m", "workers", "waiting"],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
                self._not_before = now + ASK_AGAIN_SECONDS
            return None
        if self._asking.poll() is None:
            if now >= self._not_before:
                self._asking.kill()
            return None
        said, _ = self._asking.communicate()
        status, self._asking = self._asking.returncode, None
        return int(said) if status == 0 and said.strip().isdigit() else None


def waiting_rings(connection: Any, queue: str) -> int:
    """Return how many rings wait at the broker; none where nobody ever rang."""
    channel = connection.default_channel
    try:
        return int(channel.queue_declare(queue, passive=True).message_count)
    except connection.channel_errors:
        return 0


def check_broker(settings: Settings) -> int:
    """Ask the broker once; return how many rings wait there.

    Raises:
        BrokerUnavailable: none is named, or it does not answer.
    """
    if settings.broker_url is None:
        raise BrokerUnavailable(
            "no broker is named", "set KHABAR_BROKER_URL, or start with `khabar up`"
        )
    # Here alone, so that the daemon stays small.
    from kombu.exceptions import OperationalError

    from workers.app import app

    try:
        with app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=1)
            return waiting_rings(connection, app.conf.task_default_queue)
    except (OperationalError, OSError, KeyError) as error:  # KeyError: no such transport
        raise BrokerUnavailable(
            f"no broker: {error}", "is it running and KHABAR_BROKER_URL right?"
        ) from error
