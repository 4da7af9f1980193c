"""Which processes work, who evaluates whom, and which gateways the broker says are there."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Integer, String, Table

from cloud.storage.relational.tables.schema import metadata

partition_lease = Table(
    "partition_lease",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
    Column("holder", String(64)),
)

process = Table(
    "process",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("roles", JSON, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("troubles", JSON, nullable=False),
)

gateway_presence = Table(
    "gateway_presence",
    metadata,
    Column("gateway", String(40), primary_key=True),
    Column("online", Boolean, nullable=False),
)
