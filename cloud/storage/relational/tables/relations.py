"""Who may see whom: grants, care teams, proxies and broken glass, each with its history."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from cloud.storage.relational.tables.schema import metadata

relation_epoch = Table(
    "relation_epoch",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
)

care_team = Table(
    "care_team",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger),
    Column("ended_by", String(64)),
)

team_member = Table(
    "team_member",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("team_id", ForeignKey("care_team.id"), nullable=False, index=True),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("from_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger),
    Column("added_by", String(64), nullable=False),
    Column("removed_by", String(64)),
)

patient_grant = Table(
    "patient_grant",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("patient_id", ForeignKey("patient.id"), nullable=False, index=True),
    Column("person_id", ForeignKey("person.id"), index=True),
    Column("team_id", ForeignKey("care_team.id"), index=True),
    Column("scopes", String(80), nullable=False),
    Column("from_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger),
    Column("given_by", String(64), nullable=False),
    Column("given_ms", BigInteger, nullable=False),
    Column("revoked_ms", BigInteger),
    Column("revoked_by", String(64)),
    CheckConstraint("(person_id IS NULL) <> (team_id IS NULL)", name="one_receiver"),
)

proxy = Table(
    "proxy",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("patient_id", ForeignKey("patient.id"), nullable=False, index=True),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("from_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger),
    Column("made_by", String(64), nullable=False),
    Column("revoked_ms", BigInteger),
    Column("revoked_by", String(64)),
)

glass_break = Table(
    "glass_break",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("patient_id", ForeignKey("patient.id"), nullable=False, index=True),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("from_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    Column("reviewed_ms", BigInteger),
    Column("reviewed_by", String(64)),
    Column("owner_reviewed_ms", BigInteger),
    Column("owner_reviewed_by", String(64)),
)

grant_offer = Table(
    "grant_offer",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    Column("patient_id", ForeignKey("patient.id"), nullable=False, index=True),
    Column("scopes", String(80), nullable=False),
    Column("until_ms", BigInteger),
    Column("made_by", String(64), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("taken_ms", BigInteger),
)
