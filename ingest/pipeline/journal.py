"""The journal: what happened, for people on a terminal and as JSON lines for everything else."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

import structlog

from ingest.settings import hide_passwords

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor


def set_up_journal(level: str, form: str) -> None:
    """Write the journal to stderr.

    Args:
        level: debug, info, warning or error.
        form: "json", "text", or "auto": text on a terminal, JSON lines elsewhere.
    """
    is_text = form == "text" or (form == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _hide_passwords,
    ]
    last: Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if is_text
        else structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    writer = logging.StreamHandler()
    writer.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    logging.getLogger().handlers[:] = [writer]
    set_level(level)


def set_level(level: str) -> None:
    """Write as much as a level says from now on; other libraries speak from warnings upward."""
    root = logging.getLogger()
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "celery", "kombu", "amqp", "psycopg.pool", "asyncio"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


def _hide_passwords(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Take passwords out of whatever is written."""
    return {
        name: hide_passwords(value) if isinstance(value, str) else value
        for name, value in event.items()
    }
