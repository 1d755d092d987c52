"""What was shown in one answer: the row of the audit trail, and a row for each card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import orjson
from sqlalchemy import insert

from cds_service.store.database import Database
from cds_service.store.keyed_hash import KeyedHash
from cds_service.store.tables import audit, moment, shown_card


@dataclass(frozen=True, slots=True)
class TrialShown:
    """One trial of an answer; ``card`` where a card was made of it."""

    trial: str
    result: str
    satisfied: int
    failed: int
    unknown: int
    card: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer. ``patient`` and ``user`` are in clear here, and nowhere in the database."""

    at: datetime
    request: str
    client: str
    tenant: str | None
    endpoint: str
    patient: str
    user: str | None
    rules_version: str
    as_of: date
    trials: tuple[TrialShown, ...]


class ShownAnswers:
    """Writes what was shown; with ``audited`` False the cards only, which feedback refers to."""

    def __init__(self, database: Database, hashed: KeyedHash, *, audited: bool) -> None:
        self._database = database
        self._hashed = hashed
        self.audited = audited
        self._cards = database.prepared(database.insert_new(shown_card))
        self._audit = database.prepared(insert(audit).inline())

    def add(self, shown: Shown) -> None:
        """One transaction. Raises Unavailable."""
        patient = self._hashed.of("patient", shown.client, shown.tenant, shown.patient)
        at, day = moment(shown.at), shown.as_of.isoformat()
        cards = [
            {
                "card": trial.card,
                "shown_at": at,
                "client": shown.client,
                "patient": patient,
                "trial": trial.trial,
                "result": trial.result,
                "rules_version": shown.rules_version,
                "as_of": day,
                "satisfied": trial.satisfied,
                "failed": trial.failed,
                "unknown": trial.unknown,
            }
            for trial in shown.trials
            if trial.card
        ]
        if not (self.audited or cards):
            return
        with self._database.add() as cursor:
            if self.audited:
                cursor.execute(self._audit, self._row(shown, patient, at))
            if cards:
                cursor.executemany(self._cards, cards)

    def _row(self, shown: Shown, patient: str, at: str) -> dict[str, str | None]:
        user = shown.user and self._hashed.of("user", shown.client, shown.tenant, shown.user)
        return {
            "at": at,
            "request": shown.request,
            "client": shown.client,
            "tenant": shown.tenant,
            "user": user or None,
            "endpoint": shown.endpoint,
            "patient": patient,
            "rules_version": shown.rules_version,
            "as_of": shown.as_of.isoformat(),
            "shown": orjson.dumps(
                [{"trial": each.trial, "result": each.result, "card": each.card} for each in shown.trials]
            ).decode(),
        }
