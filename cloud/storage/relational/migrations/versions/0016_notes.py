"""Clinical notes, and an index of the alerts that are open."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_IS_OPEN = sa.text("state != 'resolved'")


def upgrade() -> None:
    """Create the table and the index."""
    op.create_table(
        "clinical_note",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.String(length=64), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_clinical_note")),
        sa.UniqueConstraint("id", name=op.f("uq_clinical_note_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_clinical_note_patient_id"), "clinical_note", ["patient_id"], unique=False)
    op.create_index(
        "ix_alert_open", "alert", ["patient_id"], sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN
    )
