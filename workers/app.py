"""The Celery application: a doorbell. A message says that there may be work; it carries none.

prefork, acknowledged early, no results, no gossip, mingle or events: what a lost message costs
is one tick, so nothing here tries to keep one. Configured from the settings when first used.

How a worker ends: SIGTERM reaches the parent, which raises a flag that its pool processes see;
they finish what they have in hand. A parent that is not through within GRACE_SECONDS ends as it
is, and a parent that is gone, however it went, takes its pool with it.
"""

from __future__ import annotations

import logging
import mmap
import os
import threading
import warnings
from typing import Any
from urllib.parse import parse_qs

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.signals import setup_logging, worker_process_init, worker_shutting_down

from ingest.heap import search_seldom
from ingest.pipeline.journal import set_up_journal
from ingest.pipeline.orphans import die_with_parent
from ingest.settings import Settings, read_settings
from workers.calm import Calm

QUEUE = "khabar"
GRACE_SECONDS = 7.0  # from SIGTERM to the end of a worker, whatever its pool does

# One byte that every child shares with the parent it was forked from: 1 = finish and end.
_stop_flag = mmap.mmap(-1, 1)
_parent = os.getpid()  # of the pool processes to come: who imports this forks them


def broker_of(url: str | None) -> tuple[str | None, dict[str, Any]]:
    """Return a broker's URL and its transport's options.

    Sentinels are asked for a master by name, which kombu takes as an option and we in the URL:
    `sentinel://one:26379;sentinel://two:26379?master_name=mymaster`.
    """
    options: dict[str, Any] = {"socket_timeout": 10, "socket_connect_timeout": 5}
    if url is None or not url.lower().startswith("sentinel:"):
        return url, options
    address, _, query = url.partition("?")
    asked = {name: values[-1] for name, values in parse_qs(query).items()}
    return address, options | {"master_name": "mymaster"} | asked


def configuration(settings: Settings) -> dict[str, Any]:
    """Return Celery's configuration for our settings."""
    broker_url, broker_options = broker_of(settings.broker_url)
    return {
        "include": ("workers.tasks", "workers.schedule"),
        "broker_url": broker_url,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": broker_options,
        "broker_pool_limit": 2,
        "beat_scheduler": "workers.schedule:Schedule",
        "beat_max_loop_interval": settings.tick.total_seconds(),
        "task_default_queue": QUEUE,
        "task_ignore_result": True,
        "task_acks_late": False,
        "task_publish_retry": False,  # the next tick rings again
        "task_time_limit": settings.longest_task.total_seconds(),
        "worker_prefetch_multiplier": 1,
        "worker_concurrency": settings.processes,
        "worker_pool": "prefork",
        "worker_send_task_events": False,
        "worker_enable_remote_control": False,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "worker_max_memory_per_child": settings.process_max_bytes // 1000,
        "timezone": "UTC",
    }


# Root is fine here: messages are JSON and carry nothing.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("khabar")
app.add_defaults(lambda: configuration(read_settings()))


@setup_logging.connect
def _set_up_logging(**_: object) -> None:
    """Keep Celery's own logging out: our journal writes everything."""
    settings = read_settings()
    set_up_journal(settings.log, settings.log_format)
    for writer in logging.getLogger().handlers:
        writer.addFilter(Calm())


@worker_shutting_down.connect
def _tell_children(**_: object) -> None:
    """Tell the pool's processes to finish what they have in hand; runs in the parent."""
    _stop_flag[0] = 1
    impatience = threading.Timer(GRACE_SECONDS, os._exit, args=(1,))
    impatience.daemon = True
    impatience.start()


@worker_process_init.connect
def _end_with_parent(**_: object) -> None:
    """Let no pool process go on working once its worker is gone; runs in each of them."""
    die_with_parent(_parent)


@worker_process_init.connect
def _search_seldom(**_: object) -> None:
    """Pages are what a pool process reads most of its time."""
    search_seldom()


def is_shutting_down() -> bool:
    """Return whether this worker has been told to end; true in its children as well."""
    return _stop_flag[0] == 1
