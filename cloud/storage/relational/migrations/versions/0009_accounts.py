"""Passwords, second factors, invitations, sessions and what was tried at the door."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; say of links and sessions how they came to be, and let those that are there hold."""
    op.create_table(
        "account",
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("handle", sa.LargeBinary(length=32), nullable=True),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("password_ms", sa.BigInteger(), nullable=True),
        sa.Column("totp", sa.LargeBinary(), nullable=True),
        sa.Column("totp_since_ms", sa.BigInteger(), nullable=True),
        sa.Column("totp_step", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("closed_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_account_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_account")),
        sa.UniqueConstraint("handle", name=op.f("uq_account_handle")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("code", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_recovery_code_person_id")),
        sa.PrimaryKeyConstraint("person_id", "code", name=op.f("pk_recovery_code")),
    )
    op.create_table(
        "door_counter",
        sa.Column("counter", sa.LargeBinary(length=32), nullable=False),
        sa.Column("full_again_ms", sa.BigInteger(), nullable=False),
        sa.Column("is_minor", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("counter", name=op.f("pk_door_counter")),
    )
    op.create_index(op.f("ix_door_counter_full_again_ms"), "door_counter", ["full_again_ms"], unique=False)
    _say_more_of_links()
    _say_more_of_sessions()


def _say_more_of_links() -> None:
    op.add_column(
        "sign_in_link", sa.Column("kind", sa.String(length=24), server_default="sign-in", nullable=False)
    )
    op.add_column(
        "sign_in_link", sa.Column("made_by", sa.String(length=64), server_default="operator", nullable=False)
    )
    op.add_column("sign_in_link", sa.Column("made_ms", sa.BigInteger(), server_default="0", nullable=False))
    op.create_index(op.f("ix_sign_in_link_person_id"), "sign_in_link", ["person_id"], unique=False)


def _say_more_of_sessions() -> None:
    op.add_column("session", sa.Column("way", sa.String(length=24), server_default="link", nullable=False))
    for name in ("began_ms", "proved_ms", "used_ms"):
        op.add_column("session", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    op.add_column(
        "session", sa.Column("idle_ms", sa.BigInteger(), server_default="9000000000000", nullable=False)
    )
    op.add_column("session", sa.Column("device", sa.Text(), server_default="unknown", nullable=False))
    op.create_index(op.f("ix_session_person_id"), "session", ["person_id"], unique=False)
