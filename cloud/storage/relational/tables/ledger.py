"""What was done, by whom, to whose record: written down in order, never changed."""

from sqlalchemy import JSON, BigInteger, Column, Integer, String, Table

from cloud.storage.relational.tables.schema import metadata

ledger_entry = Table(
    "ledger_entry",
    metadata,
    Column("number", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("t_ms", BigInteger, nullable=False),
    Column("deed", String(40), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("patient_id", String(64)),
    Column("about", JSON, nullable=False),
)
