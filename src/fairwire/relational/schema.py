"""The tables, as the code uses them. The migrations make them; a test holds both to the same shape.

Only types that SQLite and PostgreSQL share: text, 32- and 64-bit integers, double precision. Instants are microseconds since
1970-01-01T00:00:00Z. Whole objects are kept as JSON text in `body`, beside the columns that are searched.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Index, Integer, MetaData, Table, UniqueConstraint

from fairwire.relational.columns import TEXT

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)

RUN = Table(
    "run",
    METADATA,
    Column("run_id", TEXT, primary_key=True),
    Column("command", TEXT, nullable=False),
    Column("started", TEXT, nullable=False),
    Column("policies", TEXT, nullable=False),
    Column("summary", TEXT, nullable=False),
    Column("saved", BigInteger, nullable=False),  # number of the last save that touched it; counts up over the whole store
    Index("ix_run_saved", "saved"),
)

FINDING = Table(
    "finding",
    METADATA,
    Column("finding_id", TEXT, primary_key=True),
    Column("run_id", TEXT, ForeignKey("run.run_id", ondelete="CASCADE"), nullable=False),
    Column("time_us", BigInteger, nullable=False),
    Column("severity", TEXT, nullable=False),
    Column("severity_rank", Integer, nullable=False),  # 0 info .. 4 critical
    Column("policy", TEXT, nullable=False),
    Column("detector", TEXT, nullable=False),
    Column("customer", TEXT, nullable=False),
    Column("search", TEXT, nullable=False),  # folded text of what a person would type to find it again
    Column("body", TEXT, nullable=False),
    Index("ix_finding_run_id_severity_rank_time_us", "run_id", "severity_rank", "time_us"),
    Index("ix_finding_run_id_customer", "run_id", "customer"),
)

FINDING_CLAUSE = Table(
    "finding_clause",
    METADATA,
    Column("finding_id", TEXT, ForeignKey("finding.finding_id", ondelete="CASCADE"), primary_key=True),
    Column("clause", TEXT, primary_key=True),
    Column("gist", TEXT, nullable=False),
    Index("ix_finding_clause_clause", "clause"),
)

EVIDENCE = Table(
    "evidence",
    METADATA,
    Column("finding_id", TEXT, ForeignKey("finding.finding_id", ondelete="CASCADE"), primary_key=True),
    Column("body", TEXT, nullable=False),
)

ORDERS = Table(
    "orders",
    METADATA,
    Column("order_id", TEXT, primary_key=True),
    Column("finding_id", TEXT, ForeignKey("finding.finding_id", ondelete="CASCADE"), nullable=False),
    Column("run_id", TEXT, ForeignKey("run.run_id", ondelete="CASCADE"), nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("body", TEXT, nullable=False),
    Index("ix_orders_finding_id", "finding_id"),
    Index("ix_orders_run_id_created_us", "run_id", "created_us"),
)

SERIES = Table(
    "series",
    METADATA,
    Column("run_id", TEXT, ForeignKey("run.run_id", ondelete="CASCADE"), primary_key=True),
    Column("name", TEXT, primary_key=True),
    Column("hour_us", BigInteger, primary_key=True),
    Column("value", Double, nullable=False),
)

POLICY_TEXT = Table(
    "policy_text",
    METADATA,
    Column("content", TEXT, primary_key=True),
    Column("pack", TEXT, nullable=False),
    Column("files", TEXT, nullable=False),
)

POLICY_VERSION = Table(
    "policy_version",
    METADATA,
    Column("pack", TEXT, primary_key=True),
    Column("version", TEXT, primary_key=True),
    Column("content", TEXT, ForeignKey("policy_text.content"), nullable=False),
    Column("stage", TEXT, nullable=False),
    Column("effective_us", BigInteger),  # of what is published; two of one pack never begin at one instant
    Column("body", TEXT, nullable=False),
    UniqueConstraint("pack", "effective_us", name="uq_policy_version_pack_effective_us"),
)

POLICY_REVIEW = Table(
    "policy_review",
    METADATA,
    Column("pack", TEXT, primary_key=True),
    Column("version", TEXT, primary_key=True),
    Column("at_us", BigInteger, primary_key=True),
    Column("reviewer", TEXT, primary_key=True),
    Column("body", TEXT, nullable=False),
)

POLICY_PUBLICATION = Table(
    "policy_publication",
    METADATA,
    Column("publication_id", TEXT, primary_key=True),
    Column("pack", TEXT, nullable=False),
    Column("version", TEXT, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("body", TEXT, nullable=False),
    Index("ix_policy_publication_pack_at_us", "pack", "at_us"),
)

POLICY_NOTICE = Table(
    "policy_notice",
    METADATA,
    Column("notice_id", TEXT, primary_key=True),
    Column("publication_id", TEXT, ForeignKey("policy_publication.publication_id"), nullable=False),
    Column("pack", TEXT, nullable=False),
    Column("version", TEXT, nullable=False),
    Column("customer", TEXT, nullable=False),
    Column("state", TEXT, nullable=False),
    Column("next_us", BigInteger, nullable=False),
    Column("queued_us", BigInteger, nullable=False),
    Column("body", TEXT, nullable=False),
    Index("ix_policy_notice_state_next_us", "state", "next_us"),
    Index("ix_policy_notice_pack_version_customer", "pack", "version", "customer"),
)

POLICY_ACCEPTANCE = Table(
    "policy_acceptance",
    METADATA,
    Column("customer", TEXT, primary_key=True),
    Column("pack", TEXT, primary_key=True),
    Column("version", TEXT, primary_key=True),
    Column("how", TEXT, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("body", TEXT, nullable=False),
    Index("ix_policy_acceptance_pack_version_at_us", "pack", "version", "at_us"),
)

POLICY_CHANGEOVER = Table(
    "policy_changeover",
    METADATA,
    Column("customer", TEXT, primary_key=True),
    Column("pack", TEXT, primary_key=True),
    Column("version", TEXT, primary_key=True),
    Column("at_us", BigInteger, primary_key=True),
    Column("body", TEXT, nullable=False),
    Index("ix_policy_changeover_pack_at_us", "pack", "at_us"),
)

POLICY_HISTORY = Table(
    "policy_history",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at_us", BigInteger, nullable=False),
    Column("action", TEXT, nullable=False),
    Column("pack", TEXT, nullable=False),
    Column("body", TEXT, nullable=False),
    Index("ix_policy_history_pack_seq", "pack", "seq"),
    Index("ix_policy_history_action_seq", "action", "seq"),
)

RECORD = Table(
    "record",
    METADATA,
    Column("kind", TEXT, primary_key=True),
    Column("id", TEXT, primary_key=True),
    Column("customer", TEXT, nullable=False),
    Column("subject", TEXT, nullable=False),
    Column("state", TEXT, nullable=False),
    Column("due_us", BigInteger),
    Column("version", BigInteger, nullable=False),
    Column("body", TEXT, nullable=False),
    Index("ix_record_kind_state_due_us", "kind", "state", "due_us"),
    Index("ix_record_kind_customer", "kind", "customer"),
    Index("ix_record_kind_subject", "kind", "subject"),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at_us", BigInteger, nullable=False),
    Column("by", TEXT, nullable=False),
    Column("action", TEXT, nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("id", TEXT, nullable=False),
    Column("customer", TEXT, nullable=False),
    Column("why", TEXT, nullable=False),
    Column("before", TEXT),
    Column("after", TEXT, nullable=False),
    Column("prev", TEXT, nullable=False),
    Column("hash", TEXT, nullable=False),
    Column("subject", TEXT, nullable=False, server_default=""),
    Column("state", TEXT, nullable=False, server_default=""),
    Column("due_us", BigInteger),
    Column("version", BigInteger, nullable=False, server_default="0"),  # of the record; 0 in entries older than the column
    Index("ix_audit_kind_id_seq", "kind", "id", "seq"),
    Index("ix_audit_kind_seq", "kind", "seq"),
)
