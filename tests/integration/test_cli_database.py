"""`khabar db init` on a server that somebody else runs: what it may lack, in one line each."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from tests.command import khabar
from tests.conftest import url_of_database


@pytest.fixture
def modest_database(postgres_url, database_names):
    """The URL of an empty database whose owner may make no roles."""
    name = next(database_names)
    owner, database = sql.Identifier(f"{name}_owner"), sql.Identifier(name)
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE ROLE {} LOGIN").format(owner))
        server.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
        parts = urlsplit(url_of_database(postgres_url, name))
        yield urlunsplit(parts._replace(netloc=f"{name}_owner@{parts.netloc.rpartition('@')[2]}"))
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))
        server.execute(sql.SQL("DROP ROLE {}").format(owner))


@pytest.fixture
def without_the_reader(postgres_url, template_database):
    """A server that is new to us: the role of consumers has another name meanwhile."""
    assert template_database  # its making made the role
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute("ALTER ROLE khabar_reader RENAME TO khabar_reader_away")
        yield
        server.execute("ALTER ROLE khabar_reader_away RENAME TO khabar_reader")


@pytest.mark.usefixtures("without_the_reader")
def test_an_owner_who_may_make_no_roles_is_told_what_to_ask_for(modest_database):
    done = khabar("db", "init", database=modest_database)

    assert done.status == 3
    assert done.err.startswith("khabar: our role may not make the schema: permission denied to")
    assert "CREATE ROLE khabar_reader LOGIN" in done.err
    assert done.err.count("\n") == 1


@pytest.mark.usefixtures("template_database")
def test_an_owner_who_may_make_no_roles_makes_the_schema_where_the_role_is(modest_database):
    assert khabar("db", "init", database=modest_database).out == "made: schema.sql\n"
    assert khabar("db", "check", database=modest_database).out.endswith(": fine\n")


def test_a_database_in_another_encoding_is_refused_in_one_line(postgres_url, database_names):
    name = next(database_names)
    identifier = sql.Identifier(name)
    ascii_only = "CREATE DATABASE {} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(sql.SQL(ascii_only).format(identifier))

        done = khabar("db", "init", database=url_of_database(postgres_url, name))

        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))
    assert done.status == 3
    assert done.err == (
        "khabar: the database can't be used: it is not encoded in UTF-8;"
        " make it anew: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0\n"
    )
