"""0004  the audit trail says all of a record: subject, state, when it is due, and its version.

what   four columns of `audit`, empty in entries that are there
why    a state or a clock that was changed behind the trail's back is found, not only a noun (ADR 0034)
runs   sqlite >= 3.35, postgresql >= 14; twice is refused by the version table
locks  postgresql: ACCESS EXCLUSIVE on `audit` for the ALTER only; constant defaults, so no rewrite
undo   drops the four columns; entries written meanwhile can then no longer be verified
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from fairwire.relational.columns import STORED

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns. An entry from before has version 0, and its hash covers what it covered."""
    op.add_column("audit", sa.Column("subject", STORED, nullable=False, server_default=""))
    op.add_column("audit", sa.Column("state", STORED, nullable=False, server_default=""))
    op.add_column("audit", sa.Column("due_us", sa.BigInteger(), nullable=True))
    op.add_column("audit", sa.Column("version", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Drop them."""
    for column in ("version", "due_us", "state", "subject"):
        op.drop_column("audit", column)
