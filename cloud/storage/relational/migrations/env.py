"""Run by Alembic, never imported: migrates over the connection it is handed, in its transaction."""

from alembic import context

from cloud.storage.relational.tables import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True
)
context.run_migrations()
