"""0003  records of the desk, and the audit trail of their changes.

what   two tables and their indexes, empty
why    orders, effects, notices, authorisations and cases have states and clocks, and each change is on record (ADR 0033)
runs   sqlite >= 3.35, postgresql >= 14; twice is refused by the version table
locks  none that matter: no table that exists is touched
undo   drops both tables with everything that the desk has on record; take a backup first
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from fairwire.relational.columns import STORED

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "record",
        sa.Column("kind", STORED, nullable=False),
        sa.Column("id", STORED, nullable=False),
        sa.Column("customer", STORED, nullable=False),
        sa.Column("subject", STORED, nullable=False),
        sa.Column("state", STORED, nullable=False),
        sa.Column("due_us", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("body", STORED, nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name="pk_record"),
    )
    op.create_index("ix_record_kind_state_due_us", "record", ["kind", "state", "due_us"])
    op.create_index("ix_record_kind_customer", "record", ["kind", "customer"])
    op.create_index("ix_record_kind_subject", "record", ["kind", "subject"])
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("by", STORED, nullable=False),
        sa.Column("action", STORED, nullable=False),
        sa.Column("kind", STORED, nullable=False),
        sa.Column("id", STORED, nullable=False),
        sa.Column("customer", STORED, nullable=False),
        sa.Column("why", STORED, nullable=False),
        sa.Column("before", STORED, nullable=True),
        sa.Column("after", STORED, nullable=False),
        sa.Column("prev", STORED, nullable=False),
        sa.Column("hash", STORED, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    op.create_index("ix_audit_kind_id_seq", "audit", ["kind", "id", "seq"])
    op.create_index("ix_audit_kind_seq", "audit", ["kind", "seq"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("audit")
    op.drop_table("record")
