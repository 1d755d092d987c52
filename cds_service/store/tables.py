"""The tables. A change here needs a migration beside it (``migrations/versions``); a test compares the two.

A moment is text in UTC to the microsecond, ``2026-11-22T09:30:00.000000Z``: both databases keep and order it
the same way.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

MOMENT = String(27)
COUNTED = BigInteger().with_variant(Integer, "sqlite")

tables = MetaData()

used_token = Table(
    "used_token",
    tables,
    Column("token", String(64), primary_key=True),  # SHA-256 of issuer and jti
    Column("expires", Float, nullable=False),
    Index("used_token_expires", "expires"),
)

shown_card = Table(
    "shown_card",
    tables,
    Column("card", String(64), primary_key=True),
    Column("shown_at", MOMENT, nullable=False),
    Column("client", Text, nullable=False),
    Column("patient", String(64), nullable=False),  # keyed hash
    Column("trial", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("rules_version", Text, nullable=False),
    Column("as_of", String(10), nullable=False),
    Column("satisfied", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("unknown", Integer, nullable=False),
    Index("shown_card_client", "client", "shown_at"),
)

feedback = Table(
    "feedback",
    tables,
    Column("id", COUNTED, primary_key=True, autoincrement=True),
    Column("client", Text, nullable=False),
    Column("card", String(64), nullable=False),
    Column("outcome", String(10), nullable=False),
    Column("outcome_at", MOMENT, nullable=False),
    Column("accepted_suggestions", Text, nullable=False),  # JSON list of ids
    Column("reason_system", Text),
    Column("reason_code", Text),
    Column("user_comment", Text),
    Column("comment_dropped", Boolean, nullable=False),
    Column("known_card", Boolean, nullable=False),
    Column("received_at", MOMENT, nullable=False),
    UniqueConstraint("client", "card", "outcome", "outcome_at", name="feedback_once"),
)

audit = Table(
    "audit",
    tables,
    Column("id", COUNTED, primary_key=True, autoincrement=True),
    Column("at", MOMENT, nullable=False),
    Column("request", String(64), nullable=False),  # X-Request-Id of the answer
    Column("client", Text, nullable=False),
    Column("tenant", Text),
    Column("user", String(64)),  # keyed hash
    Column("endpoint", Text, nullable=False),
    Column("patient", String(64), nullable=False),  # keyed hash
    Column("rules_version", Text, nullable=False),
    Column("as_of", String(10), nullable=False),
    Column("shown", Text, nullable=False),  # JSON: trial, result, card
    Index("audit_at", "at"),
    Index("audit_patient", "patient"),
    sqlite_autoincrement=True,
)
"""Rows are added and never changed: the databases' own triggers refuse it."""


def moment(when: datetime) -> str:
    """As the tables keep it: sorts as text."""
    return when.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
