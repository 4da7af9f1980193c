"""What was set for single patients, facts that no wearable tells, and notes: written down, never changed."""

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, String, Table, Text

from cloud.storage.relational.tables.schema import metadata

rule_change = Table(
    "rule_change",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("patient_id", String(64), nullable=False),
    Column("rule", String(64), nullable=False),
    Column("changes", JSON, nullable=False),
    Column("from_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger),
    Column("author_id", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Index(None, "patient_id"),
    sqlite_autoincrement=True,
)

fact_note = Table(
    "fact_note",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("patient_id", String(64), nullable=False),
    Column("name", String(40), nullable=False),
    Column("value", JSON, nullable=False),
    Column("from_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger),
    Column("author_id", String(64), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Index(None, "patient_id"),
    sqlite_autoincrement=True,
)

clinical_note = Table(
    "clinical_note",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("patient_id", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("author_id", String(64), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Index(None, "patient_id"),
    sqlite_autoincrement=True,
)
