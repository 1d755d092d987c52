"""The store, put together from the settings."""

from __future__ import annotations

from dataclasses import dataclass

from cds_service.errors import SettingError, Unavailable
from cds_service.settings import Settings
from cds_service.store.database import Database, database_address
from cds_service.store.given_feedback import GivenFeedback
from cds_service.store.keyed_hash import KeyedHash, audit_key
from cds_service.store.migrate import is_current, upgrade
from cds_service.store.shown import ShownAnswers
from cds_service.store.used_tokens import UsedTokens


@dataclass(frozen=True)
class Store:
    """One for each process."""

    database: Database
    hashed: KeyedHash
    shown: ShownAnswers
    feedback: GivenFeedback
    used_tokens: UsedTokens

    def close(self) -> None:
        self.database.close()


def open_store(settings: Settings, *, upgraded: bool = True) -> Store:
    """The store, made or migrated first where needed. Raises SettingError or Unavailable.

    With ``upgraded`` False it is taken as it is, and must be of this version.
    """
    database = Database(database_address(settings.database_url, settings.data_dir))
    try:
        if upgraded:
            upgrade(database)
        else:
            _must_be_there(database)
        hashed = KeyedHash(audit_key(settings.audit_key, settings.data_dir))
    except Exception:
        database.close()
        raise
    return Store(
        database,
        hashed,
        ShownAnswers(database, hashed, audited=settings.audit == "on"),
        GivenFeedback(database, keep_comments=settings.store_comments),
        UsedTokens(database),
    )


def _must_be_there(database: Database) -> None:
    file = database.file
    if file is not None and not file.is_file():
        raise Unavailable(f"There is no store at {file}. Is CART_CDS_DATA_DIR right?")
    if not is_current(database):
        raise SettingError("The store is of another version. Run: cart-cds store upgrade")
