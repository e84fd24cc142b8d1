"""What beat and the pool processes tell the daemon: that they get on, and what they did.

    pool process, beat ── a word each 2 s ──▶ one socket, inherited ──▶ daemon

A word carries the sums since the last one. One that finds no room is told later; a process that
dies takes the last two seconds of its sums along. Started by anyone else than the daemon, it tells
nobody.
"""

from __future__ import annotations

import os
import socket
import threading
from time import monotonic, perf_counter

import psutil
from celery.signals import (
    after_task_publish,
    beat_init,
    before_task_publish,
    worker_process_init,
    worker_process_shutdown,
)

from ingest.pipeline.tally import RING_SECONDS, RINGS, Tally
from workers.word import SOCKET_VARIABLE, Word, parts_of, write_word

TELL_SECONDS = 2.0

tally = Tally()


class Teller:
    """A thread that tells every two seconds."""

    def __init__(self, role: str, sock: socket.socket, told: Tally) -> None:
        self._role = role
        self._socket = sock
        self._tally = told
        self._me = psutil.Process()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="teller", daemon=True)

    def start(self) -> None:
        """Begin to tell."""
        self._thread.start()

    def end(self) -> None:
        """Tell a last time."""
        self._ended.set()
        self._thread.join(TELL_SECONDS)

    def _run(self) -> None:
        while True:
            is_last = self._ended.wait(TELL_SECONDS)
            self.tell()
            if is_last:
                return

    def tell(self) -> None:
        """Say how we do and what we did; keep what finds no room."""
        sums = self._tally.take()
        for part in parts_of(sums):
            try:
                self._socket.send(write_word(self._word(), part))
            except OSError:  # the daemon is busy, or gone and we with it soon
                self._tally.put_back(part)

    def _word(self) -> Word:
        now, since = monotonic(), self._tally.busy_since
        return Word(
            role=self._role,
            pid=os.getpid(),
            done=self._tally.done,
            busy=None if since is None else now - since,
            still=now - self._tally.turned_at,
            memory=self._me.memory_info().rss,
        )


_teller: Teller | None = None
_asked_at = 0.0


def _start(role: str) -> None:
    global _teller
    number = os.environ.get(SOCKET_VARIABLE, "")
    if _teller is not None or not number.isdecimal():
        return
    os.set_inheritable(int(number), False)  # programs that we start have nothing to tell
    sock = socket.socket(fileno=int(number))
    sock.setblocking(False)
    _teller = Teller(role, sock, tally)
    _teller.start()


@worker_process_init.connect
def _start_pool(**_: object) -> None:
    _start("pool")


@worker_process_shutdown.connect
def _end_pool(**_: object) -> None:
    if _teller is not None:
        _teller.end()


@beat_init.connect
def _start_beat(**_: object) -> None:
    before_task_publish.connect(_note_ring)
    after_task_publish.connect(_note_rung)
    _start("beat")


def _note_ring(**_: object) -> None:
    global _asked_at
    _asked_at = perf_counter()


def _note_rung(**_: object) -> None:
    tally.done += 1
    tally.add(RINGS)
    tally.observe(RING_SECONDS, value=perf_counter() - _asked_at)
