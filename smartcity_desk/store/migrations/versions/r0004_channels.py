"""What channels say beyond a report: replies, tombstones, pictures, layers, counts."""

from __future__ import annotations

from typing import Final

from alembic import op

revision: Final = "0004"
down_revision: Final = "0003"

STATEMENTS: Final[tuple[str, ...]] = ()


def upgrade() -> None:
    """From the third schema."""
    for statement in STATEMENTS:
        op.execute(statement)
