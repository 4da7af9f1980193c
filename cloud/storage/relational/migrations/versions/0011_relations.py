"""Grants by patients, care teams, proxies, and glass that was broken."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_EVERY_SCOPE = "alerts genome location vitals waveforms"
_OPERATOR = "operator"


def upgrade() -> None:
    """Create the tables; what was granted before stays open as before, with everything it opened."""
    op.create_table(
        "relation_epoch",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relation_epoch")),
    )
    op.create_table(
        "care_team",
        _id(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_team")),
    )
    op.create_table(
        "team_member",
        _id(),
        *_reference("team_member", "team_id", "care_team.id"),
        *_reference("team_member", "person_id", "person.id"),
        *_span(),
        sa.Column("added_by", sa.String(length=64), nullable=False),
        sa.Column("removed_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_member")),
    )
    op.create_table(
        "patient_grant",
        _id(),
        *_reference("patient_grant", "patient_id", "patient.id"),
        *_reference("patient_grant", "person_id", "person.id", nullable=True),
        *_reference("patient_grant", "team_id", "care_team.id", nullable=True),
        sa.Column("scopes", sa.String(length=80), nullable=False),
        *_span(),
        sa.Column("given_by", sa.String(length=64), nullable=False),
        sa.Column("given_ms", sa.BigInteger(), nullable=False),
        *_taken_back(),
        sa.CheckConstraint("(person_id IS NULL) <> (team_id IS NULL)", name="one_receiver"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_grant")),
    )
    op.create_table(
        "proxy",
        _id(),
        *_reference("proxy", "patient_id", "patient.id"),
        *_reference("proxy", "person_id", "person.id"),
        sa.Column("kind", sa.String(length=16), nullable=False),
        *_span(),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        *_taken_back(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proxy")),
    )
    op.create_table(
        "glass_break",
        _id(),
        *_reference("glass_break", "patient_id", "patient.id"),
        *_reference("glass_break", "person_id", "person.id"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("reviewed_ms", sa.BigInteger(), nullable=True),
        sa.Column("reviewed_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_glass_break")),
    )
    op.create_table(
        "grant_offer",
        _id(),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        *_reference("grant_offer", "patient_id", "patient.id"),
        sa.Column("scopes", sa.String(length=80), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("taken_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant_offer")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_grant_offer_token_hash")),
    )
    for table, columns in _INDEXED.items():
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
    _carry_over()


_INDEXED = {
    "team_member": ("team_id", "person_id"),
    "patient_grant": ("patient_id", "person_id", "team_id"),
    "proxy": ("patient_id", "person_id"),
    "glass_break": ("patient_id", "person_id"),
    "grant_offer": ("patient_id",),
}


def _carry_over() -> None:
    """Keep what was granted: it was all or nothing, given at the machine itself."""
    before = sa.table("access_grant", *map(sa.column, ("person_id", "patient_id", "from_ms", "until_ms")))
    names = ["id", "patient_id", "person_id", "scopes", "from_ms", "until_ms", "given_by", "given_ms"]
    now = sa.table("patient_grant", *map(sa.column, names))
    connection = op.get_bind()
    rows = connection.execute(sa.select(before).order_by("patient_id", "person_id")).mappings().all()
    given = [
        {
            "id": f"before-{number}",
            "scopes": _EVERY_SCOPE,
            "given_by": _OPERATOR,
            "given_ms": row["from_ms"],
            **row,
        }
        for number, row in enumerate(rows)
    ]
    if given:
        connection.execute(sa.insert(now), given)
    op.drop_table("access_grant")


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.String(length=64), nullable=False)


def _span() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
    )


def _taken_back() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("revoked_ms", sa.BigInteger(), nullable=True),
        sa.Column("revoked_by", sa.String(length=64), nullable=True),
    )


def _reference(
    table: str, column: str, to: str, *, nullable: bool = False
) -> tuple[sa.Column[Any], sa.ForeignKeyConstraint]:
    return (
        sa.Column(column, sa.String(length=64), nullable=nullable),
        sa.ForeignKeyConstraint([column], [to], name=op.f(f"fk_{table}_{column}")),
    )
