"""What is asked of gateways and answered, and the tokens they are known by."""

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, String, Table, Text

from cloud.storage.relational.tables.schema import metadata

command = Table(
    "command",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("gateway", String(40), nullable=False),
    Column("name", String(40), nullable=False),
    Column("body", JSON, nullable=False),
    Column("issued_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False, index=True),
    Column("issued_by", String(64), nullable=False),
    Column("patient_id", String(64)),
    Index(None, "gateway", "issued_ms"),
    Index(None, "patient_id", "issued_ms"),
)

command_answer = Table(
    "command_answer",
    metadata,
    Column("gateway", String(40), primary_key=True),
    Column("command_id", String(64), primary_key=True),
    Column("name", String(40), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("detail", Text, nullable=False),
    Column("t_ms", BigInteger, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
)

gateway_credential = Table(
    "gateway_credential",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("gateway", String(40), nullable=False, index=True),
    Column("added_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger),
    Column("revoked_ms", BigInteger),
)
