"""Messages between a patient and those who care for them, and who has read how far."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "patient_message",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.String(length=64), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_patient_message")),
        sa.UniqueConstraint("id", name=op.f("uq_patient_message_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_patient_message_patient_id"), "patient_message", ["patient_id"], unique=False)
    op.create_table(
        "message_mark",
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("patient_id", "person_id", name=op.f("pk_message_mark")),
    )
