"""Used tokens remembered in the database, so that no process of the service takes one a second time."""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import sha256

from cds_service.store.database import Database
from cds_service.store.tables import used_token

SWEEP = 60.0
SKEW = 300.0
"""Kept this much longer than needed: the clocks of several machines differ."""


class UsedTokens:
    """A :class:`cds_service.trust.replay.ReplayStore`."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now
        self._swept = now()
        self._insert = database.prepared(database.insert_new(used_token))

    def first_use(self, iss: str, jti: str, expires: float) -> bool:
        """Remember that id; False where it is remembered already. Raises Unavailable."""
        token = sha256(f"{iss}\0{jti}".encode("utf-8", "surrogatepass")).hexdigest()
        now = self._now()
        if now - self._swept > SWEEP:
            with self._database.write() as connection:
                connection.execute(used_token.delete().where(used_token.c.expires < now - SKEW))
            self._swept = now
        with self._database.add() as cursor:
            cursor.execute(self._insert, {"token": token, "expires": expires})
            first: bool = cursor.rowcount == 1
        return first
