"""No orphans: a process of ours does not outlive the one that started it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(parent: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Ask Linux to send us a signal when our parent dies, however it dies.

    Elsewhere nothing is asked: there a process that was orphaned ends with its task.

    Args:
        parent: who it is; one that was gone before the asking is noticed too.
        number: the signal.
    """
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, int(number))
    if os.getppid() != parent:
        os.kill(os.getpid(), number)
