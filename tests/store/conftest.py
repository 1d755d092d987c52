"""A store in SQLite, and one in a real PostgreSQL that the tests start themselves where they can."""

import os
import shutil
import subprocess
import tempfile
from itertools import count
from pathlib import Path

import psycopg
import pytest

from cds_service.settings import Settings
from cds_service.store.kept import open_store

_databases = count(1)


def programs():
    """Where Debian keeps PostgreSQL's programs, or where the path has them; the newest version."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3].split(".")[0])
    )
    named = shutil.which("initdb")
    return found[-1].parent if found else Path(named).parent if named else None


def user():
    """PostgreSQL refuses to run as root; it runs as the tests' own user otherwise."""
    if os.getuid() != 0:
        return None
    import pwd

    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


@pytest.fixture(scope="session")
def postgresql():
    """The URL of a private server, without the database; on a socket in a temporary directory, no port."""
    bin = programs()
    if bin is None:
        pytest.skip("PostgreSQL's programs are not on this machine (Debian: apt install postgresql)")
    if os.getuid() == 0 and user() is None:
        pytest.skip("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")
    place = Path(tempfile.mkdtemp(prefix="cart-cds-pg-", dir="/tmp"))  # a socket's path is short
    if user():
        shutil.chown(place, user())

    def run(*command):
        subprocess.run(command, user=user(), cwd=place, check=True, capture_output=True, timeout=60)

    data = place / "data"
    try:
        run(bin / "initdb", "-D", data, "-U", "cart", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-k {place} -c listen_addresses='' -c fsync=off"
        run(bin / "pg_ctl", "-D", data, "-w", "-o", options, "-l", place / "log", "start")
        yield f"postgresql://cart@/{{}}?host={place}"
    finally:
        if (data / "postmaster.pid").exists():
            run(bin / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request):
    """A new database of each kind, as the setting names it."""
    if request.param == "sqlite":
        return ""
    server = request.getfixturevalue("postgresql")
    name = f"store{next(_databases)}"
    with psycopg.connect(server.format("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.format(name)


@pytest.fixture
def settings(database_url):
    return lambda **more: Settings(database_url=database_url, **more)


@pytest.fixture
def store(settings):
    made = open_store(settings())
    yield made
    made.close()
