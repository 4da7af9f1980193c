"""How people are reached, when, and what they asked not to hear of."""

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from cloud.storage.relational.tables.schema import metadata

contact_point = Table(
    "contact_point",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("channel", String(16), nullable=False),
    Column("address", JSON, nullable=False),
    Column("label", Text, nullable=False),
    Column("added_ms", BigInteger, nullable=False),
    Column("removed_ms", BigInteger),
    Column("removed_because", Text),
)

preference = Table(
    "preference",
    metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("chosen", JSON, nullable=False),
)

policy_change = Table(
    "policy_change",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("patient_id", String(64), nullable=False, index=True),
    Column("policies", JSON, nullable=False),
    Column("author_id", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
)

duty_shift = Table(
    "duty_shift",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("patient_id", String(64), nullable=False),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("from_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger),
    Column("made_by", String(64), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Index(None, "patient_id", "from_ms"),
)

rota = Table(
    "rota",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("patient_id", String(64), nullable=False, index=True),
    Column("slots", JSON, nullable=False),
    Column("author_id", String(64), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
)

silence = Table(
    "silence",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("patient_id", String(64), nullable=False, index=True),
    Column("condition", String(64), nullable=False),
    Column("from_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    Column("floor", String(8), nullable=False),
    Column("author_id", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger),
    Column("ended_by", String(64)),
)
