"""Feedback, kept once however often it is sent, and read back with what was on the card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, func, select

from cds_service.hooks.feedback import CardFeedback
from cds_service.store.database import Database
from cds_service.store.tables import feedback, moment, shown_card

MOST = 1000
"""Entries in one report; the counts are over all."""


@dataclass(frozen=True, slots=True)
class Received:
    """Of one call: how many entries were new, by outcome, and how many name a card that this client was not
    shown.
    """

    entries: int
    kept: Mapping[str, int]
    unknown_cards: int

    @property
    def new(self) -> int:
        return sum(self.kept.values())


class GivenFeedback:
    """``keep_comments`` is the site's decision: a comment is free text and may name the patient."""

    def __init__(self, database: Database, *, keep_comments: bool) -> None:
        self._database = database
        self._keep_comments = keep_comments
        self._insert = database.insert_new(feedback).returning(feedback.c.id)

    def add(self, client: str, entries: Iterable[CardFeedback], now: datetime) -> Received:
        """All of a call's entries, or none. Raises Unavailable, and then nothing was kept."""
        entries = tuple(entries)
        kept: Counter[str] = Counter()
        with self._database.write() as connection:
            known = _shown_to(connection, client, {entry.card for entry in entries})
            for entry in entries:
                row = self._row(client, entry, moment(now)) | {"known_card": entry.card in known}
                if connection.scalar(self._insert, row) is not None:
                    kept[entry.outcome] += 1
        return Received(len(entries), kept, sum(entry.card not in known for entry in entries))

    def _row(self, client: str, entry: CardFeedback, now: str) -> dict[str, Any]:
        return {
            "client": client,
            "card": entry.card,
            "outcome": entry.outcome,
            "outcome_at": moment(entry.at),
            "accepted_suggestions": orjson.dumps(entry.accepted_suggestions).decode(),
            "reason_system": entry.reason_system,
            "reason_code": entry.reason_code,
            "user_comment": entry.comment if self._keep_comments else None,
            "comment_dropped": entry.comment is not None and not self._keep_comments,
            "received_at": now,
        }

    def report(self, client: str | None = None, since: datetime | None = None) -> dict[str, Any]:
        """How often each trial's card was shown, accepted and overridden, and why; and the newest entries.

        Of one client, or of all. ``since`` is by when a card was shown and when feedback was received.
        """
        with self._database.read() as connection:
            return {
                "trials": _by_trial(connection, client, since),
                "unknownCards": connection.scalar(
                    select(func.count()).where(~feedback.c.known_card, *_limits(client, since))
                ),
                "feedback": _newest(connection, client, since),
            }


def _shown_to(connection: Connection, client: str, cards: set[str]) -> set[str]:
    rows = select(shown_card.c.card).where(shown_card.c.client == client, shown_card.c.card.in_(cards))
    return set(connection.scalars(rows))


def _limits(client: str | None, since: datetime | None) -> list[ColumnElement[bool]]:
    limits: list[ColumnElement[bool]] = []
    if client is not None:
        limits.append(feedback.c.client == client)
    if since is not None:
        limits.append(feedback.c.received_at >= moment(since))
    return limits


_SAME_CARD = (shown_card.c.card == feedback.c.card) & (shown_card.c.client == feedback.c.client)


def _by_trial(connection: Connection, client: str | None, since: datetime | None) -> list[dict[str, Any]]:
    shown = select(shown_card.c.trial, func.count()).group_by(shown_card.c.trial)
    if client is not None:
        shown = shown.where(shown_card.c.client == client)
    if since is not None:
        shown = shown.where(shown_card.c.shown_at >= moment(since))
    trials: dict[str, dict[str, Any]] = {}

    def trial(name: str) -> dict[str, Any]:
        empty = {"trial": name, "shown": 0, "accepted": 0, "overridden": 0, "overrideReasons": []}
        return trials.setdefault(name, empty)

    for name, count in connection.execute(shown):
        trial(name)["shown"] = count
    given = (
        select(
            shown_card.c.trial,
            feedback.c.outcome,
            feedback.c.reason_system,
            feedback.c.reason_code,
            func.count(),
        )
        .join_from(feedback, shown_card, _SAME_CARD)
        .where(*_limits(client, since))
        .group_by(shown_card.c.trial, feedback.c.outcome, feedback.c.reason_system, feedback.c.reason_code)
    )
    for name, outcome, system, code, count in connection.execute(given):
        found = trial(name)
        found[outcome] += count
        if outcome == "overridden":
            found["overrideReasons"].append({"system": system, "code": code, "count": count})
    for found in trials.values():
        found["overrideReasons"].sort(key=lambda why: (-why["count"], why["code"] or "", why["system"] or ""))
    return [trials[name] for name in sorted(trials)]


def _newest(connection: Connection, client: str | None, since: datetime | None) -> list[dict[str, Any]]:
    rows = (
        select(feedback, shown_card)
        .join_from(feedback, shown_card, _SAME_CARD, isouter=True)
        .where(*_limits(client, since))
        .order_by(feedback.c.id.desc())
        .limit(MOST)
    )
    return [_entry(row._mapping) for row in connection.execute(rows)]  # noqa: SLF001  # SQLAlchemy's public name


def _entry(row: Any) -> dict[str, Any]:
    card = None
    if row[shown_card.c.trial] is not None:
        card = {
            "trial": row[shown_card.c.trial],
            "result": row[shown_card.c.result],
            "rulesVersion": row[shown_card.c.rules_version],
            "asOf": row[shown_card.c.as_of],
            "shownAt": row[shown_card.c.shown_at],
            "counts": {
                "satisfied": row[shown_card.c.satisfied],
                "failed": row[shown_card.c.failed],
                "unknown": row[shown_card.c.unknown],
            },
        }
    reason = None
    if row[feedback.c.reason_code] is not None:
        reason = {"system": row[feedback.c.reason_system], "code": row[feedback.c.reason_code]}
    return {
        "client": row[feedback.c.client],
        "card": row[feedback.c.card],
        "outcome": row[feedback.c.outcome],
        "outcomeTimestamp": row[feedback.c.outcome_at],
        "acceptedSuggestions": [{"id": each} for each in orjson.loads(row[feedback.c.accepted_suggestions])],
        "reason": reason,
        "userComment": row[feedback.c.user_comment],
        "commentDropped": row[feedback.c.comment_dropped],
        "receivedAt": row[feedback.c.received_at],
        "shown": card,
    }
