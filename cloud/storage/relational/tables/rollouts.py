"""Signed settings and models, and how far each has got."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from cloud.storage.relational.tables.schema import metadata

rollout = Table(
    "rollout",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("line", String(64), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("target", String(40), nullable=False),
    Column("document", Text, nullable=False),
    Column("key", String(64), nullable=False),
    Column("signature", String(96), nullable=False),
    Column("first", String(40), nullable=False),
    Column("share_percent", Integer, nullable=False),
    Column("healthy_s", Integer, nullable=False),
    Column("most_failures", Integer, nullable=False),
    Column("automatic", Boolean, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("stage", String(16), nullable=False),
    Column("stage_since_ms", BigInteger, nullable=False),
    Column("begun_ms", BigInteger, nullable=False),
    Column("begun_by", String(64), nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("artefact", String(64)),
    Column("reason", Text, nullable=False),
    UniqueConstraint("line", "version"),
)

rollout_gateway = Table(
    "rollout_gateway",
    metadata,
    Column("rollout_id", String(64), primary_key=True),
    Column("gateway", String(40), primary_key=True),
    Column("progress", String(16), nullable=False),
    Column("changed_ms", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("reason", Text, nullable=False),
)

gateway_running = Table(
    "gateway_running",
    metadata,
    Column("gateway", String(40), primary_key=True),
    Column("line", String(80), primary_key=True),
    Column("version", String(40), nullable=False),
    Column("since_ms", BigInteger, nullable=False),
)

rollout_artefact = Table(
    "rollout_artefact",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("kept_ms", BigInteger, nullable=False),
)
