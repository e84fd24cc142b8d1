"""What a command stands on: settings, and a database of our own where none is named.

While `khabar up` runs a command uses its servers; else it starts them for its own length.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ingest.embedded import open_services
from ingest.pipeline.service import Service, open_service
from ingest.settings import Settings, read_settings
from ingest.storage.database import connect
from ingest.storage.schema import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingest.storage.queries import Connection


@contextmanager
def open_database(settings: Settings) -> Iterator[Settings]:
    """Yield settings that name a database: the given one, or our own, made and up to date."""
    if settings.database_url is not None:
        yield settings
        return
    with open_services(settings.home, valkey=False) as services:
        own = settings.model_copy(update={"database_url": services.database_url})
        bring_up_to_date(own)
        yield own


@contextmanager
def open_session() -> Iterator[Service]:
    """Yield a service for one command.

    Raises:
        SettingsError, DatabaseUnavailable, DatabaseOutdated: each with its cure.
    """
    with open_database(read_settings()) as settings:
        with connect(settings.database_url or ""):
            pass  # says at once, and in the server's words, what a pool says after its patience
        with open_service(settings, connections=2) as service:
            yield service


@contextmanager
def open_rows() -> Iterator[tuple[Service, Connection]]:
    """Yield a service and one transaction on its database, for one command."""
    with open_session() as service, service.database.connection() as connection:
        yield service, connection


def bring_up_to_date(settings: Settings) -> list[str]:
    """Make or migrate the schema; return what was applied."""
    with connect(settings.database_url or "", name="khabar migrate", bounded=False) as connection:
        return migrate(connection)
