"""The keys of patients and persons, which columns are sealed throughout, and who is to be erased."""

from sqlalchemy import JSON, BigInteger, Column, LargeBinary, String, Table

from cloud.storage.relational.tables.schema import metadata

data_key = Table(
    "data_key",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(80), nullable=False, unique=True),
    Column("master_id", String(16), nullable=False),
    Column("wrapped", LargeBinary(60), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
)

sealed_column = Table(
    "sealed_column",
    metadata,
    Column("name", String(80), primary_key=True),
)

erasure = Table(
    "erasure",
    metadata,
    Column("reference", String(64), primary_key=True),
    Column("patient_id", String(64), unique=True),
    Column("asked_by", String(64), nullable=False),
    Column("asked_ms", BigInteger, nullable=False),
    Column("due_ms", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("ended_ms", BigInteger),
    Column("rows", JSON, nullable=False),
    Column("gateways", JSON, nullable=False),
)
