"""The keys of patients and persons, and which columns are sealed throughout."""

from sqlalchemy import BigInteger, Column, LargeBinary, String, Table

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
