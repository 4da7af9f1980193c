"""Passwords, second factors, invitations, sessions and what was tried at the door."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say of sessions how and when they began; those that are there hold until they would have."""
    op.add_column("session", sa.Column("way", sa.String(length=24), server_default="link", nullable=False))
    for name in ("began_ms", "proved_ms", "used_ms"):
        op.add_column("session", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    op.add_column(
        "session", sa.Column("idle_ms", sa.BigInteger(), server_default="9000000000000", nullable=False)
    )
    op.add_column("session", sa.Column("device", sa.Text(), server_default="unknown", nullable=False))
    op.create_index(op.f("ix_session_person_id"), "session", ["person_id"], unique=False)
