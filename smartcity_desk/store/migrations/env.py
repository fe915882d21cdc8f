"""Alembic's way in: runs the revisions on the connection that the caller handed over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

connection = context.config.attributes["connection"]
assert isinstance(connection, Connection)
context.configure(connection=connection, render_as_batch=True, transaction_per_migration=False)
context.run_migrations()
