"""Devices that were taken off somebody and given to nobody, and which firmware each says it runs."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("binding", sa.Column("is_off", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("device", sa.Column("firmware", sa.Text(), nullable=True))
