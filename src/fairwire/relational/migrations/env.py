"""What Alembic runs: the steps, on the connection that the store hands in, in the transaction it has opened."""

from __future__ import annotations

from alembic import context

from fairwire.relational.schema import METADATA

if context.is_offline_mode():  # prints the statements for another database; nothing is opened
    context.configure(
        dialect_name=context.config.get_main_option("fairwire.dialect"), target_metadata=METADATA, literal_binds=True
    )
    with context.begin_transaction():
        context.run_migrations()
else:
    connection = context.config.attributes["connection"]
    # Another program's version table may be in sight on PostgreSQL, in a schema behind ours.
    schema = connection.dialect.default_schema_name if connection.dialect.name == "postgresql" else None
    context.configure(connection=connection, target_metadata=METADATA, version_table_schema=schema)
    context.run_migrations()
