"""Alembic's entry. ``cds_service.store.migrate`` hands over the connection, already in a transaction."""

from __future__ import annotations

from alembic import context

from cds_service.store.tables import tables

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=tables, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
