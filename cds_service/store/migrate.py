"""Bring the tables up to this version. Several processes may try at once: one does it, the others wait."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from cds_service.errors import SettingError, Unavailable
from cds_service.store.database import Database

NEWEST = "0001"
"""The revision that this version of the service works with."""

SCRIPTS = Path(__file__).parent / "migrations"
ADVISORY_LOCK = 0x43415254  # any number that all our processes agree on


def upgrade(database: Database) -> bool:
    """Migrate where needed; whether anything was done. Raises SettingError or Unavailable."""
    if _make_room(database.file) and is_current(database):
        return False
    with _alone(database):
        if is_current(database):
            return False
        if database.file:
            _write_ahead(database)
        with database.write() as connection:
            if database.kind == "postgresql":
                connection.execute(text("SET LOCAL statement_timeout = 0"))
            _run(connection)
    return True


def is_current(database: Database) -> bool:
    """Whether the tables are those of this version. Raises Unavailable."""
    with database.read() as connection:
        return _revision(connection) == NEWEST


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _run(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  # slow to import, and seldom wanted
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    try:
        command.upgrade(config, "head")
    except CommandError:
        raise SettingError(
            "The store was written by a newer version of cart-cds. Run that version, or use another store."
        ) from None


def _make_room(file: Path | None) -> bool:
    """Make SQLite's directory; whether there is anything to look at yet."""
    if file is None:
        return True
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return file.exists() and file.stat().st_size > 0
    except OSError as error:
        raise _unusable(file.parent, error) from None


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """Hold the lock that one migrating process holds."""
    if database.file:
        with _file_lock(database.file):
            yield
        return
    try:
        with database.engine.connect() as connection:
            connection.execute(text("SET lock_timeout = '60s'; SET statement_timeout = '60s'"))
            connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": ADVISORY_LOCK})
            try:
                yield
            finally:
                connection.invalidate()  # the lock ends with the session, and so do its timeouts
    except DBAPIError as error:
        raise Unavailable("The store cannot be reached now. Is CART_CDS_DATABASE_URL right?") from error


@contextmanager
def _file_lock(file: Path) -> Iterator[None]:
    lock = file.with_name(f"{file.name}.upgrade-lock")
    try:
        handle = os.open(lock, os.O_CREAT | os.O_RDWR, 0o600)
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))  # SQLite's own mode would let others read it
    except OSError as error:
        raise _unusable(file.parent, error) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write_ahead(database: Database) -> None:
    """Readers and a writer then do not wait for each other; kept in the file itself."""
    raw = database.engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA journal_mode=WAL")
    except Exception as error:
        raise Unavailable("The store cannot be written now.") from error
    finally:
        raw.close()


def _unusable(directory: Path, error: OSError) -> SettingError:
    return SettingError(
        f"CART_CDS_DATA_DIR {str(directory)!r} cannot be used ({error.strerror}); "
        "name a directory that the service may write"
    )
