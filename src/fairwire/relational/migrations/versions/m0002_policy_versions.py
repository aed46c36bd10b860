"""0002  policy versions: texts, versions, reviews, publications, notices, acceptances, change-overs, history.

what   eight tables and their indexes, empty
why    a policy is put in force by people, with dates and notices, and every version stays readable (ADR 0021)
runs   sqlite >= 3.35, postgresql >= 14; twice is refused by the version table
locks  none that matter: no table that exists is touched
undo   drops the eight tables with everything that is on record about versions; take a backup first
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from fairwire.relational.columns import STORED

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "policy_text",
        sa.Column("content", STORED, nullable=False),
        sa.Column("pack", STORED, nullable=False),
        sa.Column("files", STORED, nullable=False),
        sa.PrimaryKeyConstraint("content", name="pk_policy_text"),
    )
    op.create_table(
        "policy_version",
        sa.Column("pack", STORED, nullable=False),
        sa.Column("version", STORED, nullable=False),
        sa.Column("content", STORED, nullable=False),
        sa.Column("stage", STORED, nullable=False),
        sa.Column("effective_us", sa.BigInteger(), nullable=True),
        sa.Column("body", STORED, nullable=False),
        sa.PrimaryKeyConstraint("pack", "version", name="pk_policy_version"),
        sa.ForeignKeyConstraint(["content"], ["policy_text.content"], name="fk_policy_version_content"),
        sa.UniqueConstraint("pack", "effective_us", name="uq_policy_version_pack_effective_us"),
    )
    op.create_table(
        "policy_review",
        sa.Column("pack", STORED, nullable=False),
        sa.Column("version", STORED, nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("reviewer", STORED, nullable=False),
        sa.Column("body", STORED, nullable=False),
        sa.PrimaryKeyConstraint("pack", "version", "at_us", "reviewer", name="pk_policy_review"),
    )
    op.create_table(
        "policy_publication",
        sa.Column("publication_id", STORED, nullable=False),
        sa.Column("pack", STORED, nullable=False),
        sa.Column("version", STORED, nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("body", STORED, nullable=False),
        sa.PrimaryKeyConstraint("publication_id", name="pk_policy_publication"),
    )
    op.create_index("ix_policy_publication_pack_at_us", "policy_publication", ["pack", "at_us"])
    op.create_table(
        "policy_notice",
        sa.Column("notice_id", STORED, nullable=False),
        sa.Column("publication_id", STORED, nullable=False),
        sa.Column("pack", STORED, nullable=False),
        sa.Column("version", STORED, nullable=False),
        sa.Column("customer", STORED, nullable=False),
        sa.Column("state", STORED, nullable=False),
        sa.Column("next_us", sa.BigInteger(), nullable=False),
        sa.Column("queued_us", sa.BigInteger(), nullable=False),
        sa.Column("body", STORED, nullable=False),
        sa.PrimaryKeyConstraint("notice_id", name="pk_policy_notice"),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["policy_publication.publication_id"], name="fk_policy_notice_publication_id"
        ),
    )
    op.create_index("ix_policy_notice_state_next_us", "policy_notice", ["state", "next_us"])
    op.create_index("ix_policy_notice_pack_version_customer", "policy_notice", ["pack", "version", "customer"])
    op.create_table(
        "policy_acceptance",
        sa.Column("customer", STORED, nullable=False),
        sa.Column("pack", STORED, nullable=False),
        sa.Column("version", STORED, nullable=False),
        sa.Column("how", STORED, nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("body", STORED, nullable=False),
        sa.PrimaryKeyConstraint("customer", "pack", "version", name="pk_policy_acceptance"),
    )
    op.create_index("ix_policy_acceptance_pack_version_at_us", "policy_acceptance", ["pack", "version", "at_us"])
    op.create_table(
        "policy_changeover",
        sa.Column("customer", STORED, nullable=False),
        sa.Column("pack", STORED, nullable=False),
        sa.Column("version", STORED, nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("body", STORED, nullable=False),
        sa.PrimaryKeyConstraint("customer", "pack", "version", "at_us", name="pk_policy_changeover"),
    )
    op.create_index("ix_policy_changeover_pack_at_us", "policy_changeover", ["pack", "at_us"])
    op.create_table(
        "policy_history",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("action", STORED, nullable=False),
        sa.Column("pack", STORED, nullable=False),
        sa.Column("body", STORED, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_policy_history"),
    )
    op.create_index("ix_policy_history_pack_seq", "policy_history", ["pack", "seq"])
    op.create_index("ix_policy_history_action_seq", "policy_history", ["action", "seq"])


def downgrade() -> None:
    """Drop them, the ones that refer first."""
    for table in ("history", "changeover", "acceptance", "notice", "publication", "review", "version", "text"):
        op.drop_table(f"policy_{table}")
