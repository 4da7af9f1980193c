"""What a patient and those who care for them write to each other, and up to where each has read."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from cloud.storage.relational.tables.schema import metadata

patient_message = Table(
    "patient_message",
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

message_mark = Table(
    "message_mark",
    metadata,
    Column("patient_id", String(64), primary_key=True),
    Column("person_id", String(64), primary_key=True),
    Column("number", Integer, nullable=False),
)
