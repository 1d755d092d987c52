"""The first tables, and triggers that keep the audit trail append-only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MOMENT = sa.String(27)
COUNTED = sa.BigInteger().with_variant(sa.Integer, "sqlite")

SQLITE = """
CREATE TRIGGER audit_never_{lower} BEFORE {upper} ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END
"""
POSTGRESQL = (
    """
    CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$
    """,
    """
    CREATE TRIGGER audit_never_changed BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_append_only()
    """,
    """
    CREATE TRIGGER audit_never_emptied BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()
    """,
)


def upgrade() -> None:
    op.create_table(
        "used_token",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("expires", sa.Float, nullable=False),
    )
    op.create_index("used_token_expires", "used_token", ["expires"])
    op.create_table(
        "shown_card",
        sa.Column("card", sa.String(64), primary_key=True),
        sa.Column("shown_at", MOMENT, nullable=False),
        sa.Column("client", sa.Text, nullable=False),
        sa.Column("patient", sa.String(64), nullable=False),
        sa.Column("trial", sa.Text, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("rules_version", sa.Text, nullable=False),
        sa.Column("as_of", sa.String(10), nullable=False),
        sa.Column("satisfied", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("unknown", sa.Integer, nullable=False),
    )
    op.create_index("shown_card_client", "shown_card", ["client", "shown_at"])
    op.create_table(
        "feedback",
        sa.Column("id", COUNTED, primary_key=True, autoincrement=True),
        sa.Column("client", sa.Text, nullable=False),
        sa.Column("card", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("outcome_at", MOMENT, nullable=False),
        sa.Column("accepted_suggestions", sa.Text, nullable=False),
        sa.Column("reason_system", sa.Text),
        sa.Column("reason_code", sa.Text),
        sa.Column("user_comment", sa.Text),
        sa.Column("comment_dropped", sa.Boolean, nullable=False),
        sa.Column("known_card", sa.Boolean, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.UniqueConstraint("client", "card", "outcome", "outcome_at", name="feedback_once"),
    )
    op.create_table(
        "audit",
        sa.Column("id", COUNTED, primary_key=True, autoincrement=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("client", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text),
        sa.Column("user", sa.String(64)),
        sa.Column("endpoint", sa.Text, nullable=False),
        sa.Column("patient", sa.String(64), nullable=False),
        sa.Column("rules_version", sa.Text, nullable=False),
        sa.Column("as_of", sa.String(10), nullable=False),
        sa.Column("shown", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("audit_at", "audit", ["at"])
    op.create_index("audit_patient", "audit", ["patient"])
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(SQLITE.format(lower=change.lower(), upper=change))
    else:
        for statement in POSTGRESQL:
            op.execute(statement)
