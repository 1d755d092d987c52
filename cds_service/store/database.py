"""The database behind the store: SQLite in a file, or PostgreSQL. What is written is one transaction.

A database that is locked, full, read-only or away raises Unavailable soon (503 with Retry-After): a chart
that is open does not wait for it, and nothing is acknowledged that was not committed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, Insert, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, TimeoutError  # noqa: A004
from sqlalchemy.pool import PoolProxiedConnection

from cds_service.errors import SettingError, Unavailable

FILE = "cart-cds.sqlite"
WAIT = 1.0
"""Seconds that a writer waits for another (SQLite's busy_timeout, PostgreSQL's lock_timeout)."""
BEGIN = "BEGIN IMMEDIATE"
"""Who will write takes SQLite's lock at once: taking it later can fail without waiting."""

POSTGRESQL = {
    "connect_timeout": 2,
    "tcp_user_timeout": 5000,
    "options": f"-c lock_timeout={WAIT * 1000:.0f} -c statement_timeout=3000",
}


class Database:
    """One for each process."""

    def __init__(self, url: URL, wait: float = WAIT) -> None:
        self.url = url
        self.kind = url.get_backend_name()
        self._wait = wait
        self._writing = Lock()
        self.engine = _sqlite(url, wait) if self.kind == "sqlite" else _postgresql(url)
        self._errors = (DBAPIError, TimeoutError, self.engine.dialect.loaded_dbapi.Error)
        self._kept: PoolProxiedConnection | None = None

    @property
    def file(self) -> Path | None:
        """SQLite's file; None for PostgreSQL."""
        return Path(self.url.database) if self.kind == "sqlite" and self.url.database else None

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: all of it is committed at the end, or nothing is. Raises Unavailable."""
        with self._turn(), self._told(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def add(self) -> Iterator[DBAPICursor]:
        """A transaction as :meth:`write` makes it, on the driver's own cursor, for statements that
        :meth:`prepared` made: what every call adds takes a third of the time this way. Raises Unavailable.
        """
        with self._turn(), self._told():
            connection = self._kept or self.engine.raw_connection()
            self._kept = None
            try:
                cursor = connection.cursor()
                if self.kind == "sqlite":
                    cursor.execute(BEGIN)
                yield cursor
                connection.commit()
            except BaseException:
                connection.invalidate()  # closed, and what was begun on it is gone
                raise
            if self.kind == "sqlite":
                self._kept = connection  # for whose turn it is next
            else:
                connection.close()

    def prepared(self, statement: Insert) -> str:
        """An insert of whole rows but for a key that the database counts, for :meth:`add`. A row is a mapping
        of every column; what is no text or number needs :meth:`write`.
        """
        table: Any = statement.table
        columns = [column.name for column in table.columns if column is not table.autoincrement_column]
        return str(statement.compile(self.engine, column_keys=columns))

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """SQLite has one writer at a time. Those of this process queue up: SQLite itself lets whoever asks at
        the right moment go first, so that a busy process would have writers that never get their turn.
        """
        if self.kind != "sqlite":
            yield
            return
        if not self._writing.acquire(timeout=2 * self._wait):
            raise Unavailable("The store is busy. Try again later.")
        try:
            yield
        finally:
            self._writing.release()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view. Raises Unavailable."""
        with self._told(), self.engine.connect() as connection:
            yield connection.execution_options(reading=True)

    def check(self) -> None:
        """Raises Unavailable where nothing could be written now."""
        with self.write() as connection:
            if self.kind == "postgresql" and connection.scalar(text("SHOW transaction_read_only")) == "on":
                raise Unavailable("The store cannot be written.")

    def insert_new(self, table: Table) -> Any:
        """An insert that leaves a row alone which is there already."""
        kind: Any = sqlite if self.kind == "sqlite" else postgresql
        return kind.insert(table).on_conflict_do_nothing()

    def close(self) -> None:
        kept, self._kept = self._kept, None
        if kept:
            kept.close()
        self.engine.dispose()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """The database's own words hold what was to be written, so they are not passed on."""
        try:
            yield
        except self._errors as error:
            raise Unavailable("The store cannot be reached or written now. Try again later.") from error


def database_address(url: str, data_dir: Path) -> URL:
    """Where the store is: ``url``, or without one a file in the data directory. Raises SettingError."""
    if not url:
        return URL.create("sqlite", database=str(data_dir / FILE))
    try:
        address = make_url(url)
        kind = address.get_backend_name()
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise SettingError("CART_CDS_DATABASE_URL is no URL; write postgresql://user@host/name") from None
    if kind in ("postgres", "postgresql"):
        return address.set(drivername="postgresql+psycopg")
    if kind == "sqlite" and address.database not in (None, "", ":memory:"):
        return address.set(drivername="sqlite")
    raise SettingError(
        "CART_CDS_DATABASE_URL is neither PostgreSQL nor a file of SQLite; write postgresql://user@host/name"
    )


def _sqlite(url: URL, wait: float) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": wait, "check_same_thread": False},
        pool_size=8,
        max_overflow=32,
        pool_timeout=2 * wait,
        hide_parameters=True,
        paramstyle="named",
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # BEGIN is ours, see below
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA synchronous=FULL")  # what is acknowledged survives a power cut too
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading")
        connection.exec_driver_sql("BEGIN" if reading else BEGIN)

    return engine


def _postgresql(url: URL) -> Engine:
    try:
        return create_engine(
            url,
            connect_args={name: value for name, value in POSTGRESQL.items() if name not in url.query},
            pool_size=8,
            max_overflow=16,
            pool_timeout=2,
            pool_pre_ping=True,
            hide_parameters=True,
        )
    except ImportError:
        raise SettingError(
            "CART_CDS_DATABASE_URL names PostgreSQL, and its driver is not installed: "
            "pip install 'cart-cds[postgres]'"
        ) from None
