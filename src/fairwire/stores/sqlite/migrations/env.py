"""What Alembic runs: the steps, on the connection that the store hands in, in the transaction it has opened."""

from __future__ import annotations

from alembic import context

from fairwire.stores.sqlite.schema import METADATA

if context.is_offline_mode():  # prints the statements for another database; nothing is opened
    context.configure(
        dialect_name=context.config.get_main_option("fairwire.dialect"), target_metadata=METADATA, literal_binds=True
    )
    with context.begin_transaction():
        context.run_migrations()
else:
    context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
    context.run_migrations()
