"""Secrets of gateways, for where no broker says who they are."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "gateway_credential",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("gateway", sa.String(length=40), nullable=False),
        sa.Column("added_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_ms", sa.BigInteger(), nullable=True),
        sa.Column("revoked_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_gateway_credential")),
    )
    op.create_index(op.f("ix_gateway_credential_gateway"), "gateway_credential", ["gateway"], unique=False)
