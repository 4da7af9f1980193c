"""Alembic's environment and the versions of the relational tables, oldest first."""
