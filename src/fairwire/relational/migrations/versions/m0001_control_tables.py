"""0001  control tables: run, finding, finding_clause, evidence, orders, series.

what   six tables and their indexes, empty
why    the console and the API show what a run found after the run has ended
runs   sqlite >= 3.35, postgresql >= 14; twice is refused by the version table
locks  none that matter: nothing exists yet
undo   drops the six tables and all that was found; findings come back by replaying the same events
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from fairwire.relational.columns import STORED

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "run",
        sa.Column("run_id", STORED, nullable=False),
        sa.Column("command", STORED, nullable=False),
        sa.Column("started", STORED, nullable=False),
        sa.Column("policies", STORED, nullable=False),
        sa.Column("summary", STORED, nullable=False),
        sa.Column("saved", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_run"),
    )
    op.create_index("ix_run_saved", "run", ["saved"])
    op.create_table(
        "finding",
        sa.Column("finding_id", STORED, nullable=False),
        sa.Column("run_id", STORED, nullable=False),
        sa.Column("time_us", sa.BigInteger(), nullable=False),
        sa.Column("severity", STORED, nullable=False),
        sa.Column("severity_rank", sa.Integer(), nullable=False),
        sa.Column("policy", STORED, nullable=False),
        sa.Column("detector", STORED, nullable=False),
        sa.Column("customer", STORED, nullable=False),
        sa.Column("search", STORED, nullable=False),
        sa.Column("body", STORED, nullable=False),
        sa.PrimaryKeyConstraint("finding_id", name="pk_finding"),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="fk_finding_run_id", ondelete="CASCADE"),
    )
    op.create_index("ix_finding_run_id_severity_rank_time_us", "finding", ["run_id", "severity_rank", "time_us"])
    op.create_index("ix_finding_run_id_customer", "finding", ["run_id", "customer"])
    op.create_table(
        "finding_clause",
        sa.Column("finding_id", STORED, nullable=False),
        sa.Column("clause", STORED, nullable=False),
        sa.Column("gist", STORED, nullable=False),
        sa.PrimaryKeyConstraint("finding_id", "clause", name="pk_finding_clause"),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.finding_id"], name="fk_finding_clause_finding_id", ondelete="CASCADE"),
    )
    op.create_index("ix_finding_clause_clause", "finding_clause", ["clause"])
    op.create_table(
        "evidence",
        sa.Column("finding_id", STORED, nullable=False),
        sa.Column("body", STORED, nullable=False),
        sa.PrimaryKeyConstraint("finding_id", name="pk_evidence"),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.finding_id"], name="fk_evidence_finding_id", ondelete="CASCADE"),
    )
    op.create_table(
        "orders",
        sa.Column("order_id", STORED, nullable=False),
        sa.Column("finding_id", STORED, nullable=False),
        sa.Column("run_id", STORED, nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("body", STORED, nullable=False),
        sa.PrimaryKeyConstraint("order_id", name="pk_orders"),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.finding_id"], name="fk_orders_finding_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="fk_orders_run_id", ondelete="CASCADE"),
    )
    op.create_index("ix_orders_finding_id", "orders", ["finding_id"])
    op.create_index("ix_orders_run_id_created_us", "orders", ["run_id", "created_us"])
    op.create_table(
        "series",
        sa.Column("run_id", STORED, nullable=False),
        sa.Column("name", STORED, nullable=False),
        sa.Column("hour_us", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "name", "hour_us", name="pk_series"),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="fk_series_run_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Drop them, the ones that refer first."""
    for table in ("series", "orders", "evidence", "finding_clause", "finding", "run"):
        op.drop_table(table)
