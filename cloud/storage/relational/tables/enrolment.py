"""Which gateways were let in, by which invitations and certificates, and for whom they may speak."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, String, Table

from cloud.storage.relational.tables.schema import metadata

gateway_invitation = Table(
    "gateway_invitation",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("gateway", String(40), nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger),
    Column("key_hash", LargeBinary(32)),
    Column("replays", Integer, nullable=False),
    Column("replayed_ms", BigInteger),
)

gateway_certificate = Table(
    "gateway_certificate",
    metadata,
    Column("serial", String(40), primary_key=True),
    Column("gateway", String(40), nullable=False, index=True),
    Column("key_hash", LargeBinary(32), nullable=False),
    Column("der", LargeBinary, nullable=False),
    Column("issued_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("revoked_ms", BigInteger),
)

gateway_standing = Table(
    "gateway_standing",
    metadata,
    Column("gateway", String(40), primary_key=True),
    Column("enrolled_ms", BigInteger),
    Column("revoked_ms", BigInteger),
    Column("severed_ms", BigInteger),
    Column("twinned_ms", BigInteger),
    Column("is_restricted", Boolean, nullable=False),
)

gateway_patient = Table(
    "gateway_patient",
    metadata,
    Column("gateway", String(40), primary_key=True),
    Column("patient_id", String(64), primary_key=True),
)
