"""What tests of whole programs stand on."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from ingest.embedded import open_services
from tests.programs import Desk, Program, environment_for
from tests.service import open_test_service
from tests.web import Web


@pytest.fixture
def site():
    with Web() as web:
        yield web.new_host()


@pytest.fixture
def home(quick_folder):
    """A home for a Valkey of a test's own, to be killed; short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="khabar-w-", dir=quick_folder))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def broker(home):
    with open_services(home, postgres=False) as services:
        yield services


@pytest.fixture
def desk(database, site):
    with open_test_service(database) as service:
        yield Desk(site, service)


@pytest.fixture
def daemon(database, broker):
    with Program(["-m", "workers"], environment_for(database, broker.broker_url)) as program:
        yield program
