"""Who looked into broken glass on the patient's side, and care teams that were ended."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("glass_break", sa.Column("owner_reviewed_ms", sa.BigInteger(), nullable=True))
    op.add_column("glass_break", sa.Column("owner_reviewed_by", sa.String(length=64), nullable=True))
    op.add_column("care_team", sa.Column("ended_ms", sa.BigInteger(), nullable=True))
    op.add_column("care_team", sa.Column("ended_by", sa.String(length=64), nullable=True))
