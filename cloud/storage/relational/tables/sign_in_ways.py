"""Ways in that need no password of ours. Of a secret, its hash; of a key, the public half."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from cloud.storage.relational.tables.schema import metadata

sign_in_attempt = Table(
    "sign_in_attempt",
    metadata,
    Column("key_hash", LargeBinary(32), primary_key=True),
    Column("errand", String(24), nullable=False),
    Column("challenge", LargeBinary(64), nullable=False),
    Column("expires_ms", BigInteger, nullable=False, index=True),
    Column("person_id", ForeignKey("person.id"), index=True),
    Column("nonce", String(64), nullable=False),
    Column("verifier", String(128), nullable=False),
)

passkey = Table(
    "passkey",
    metadata,
    Column("id", LargeBinary(1023), primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("handle", LargeBinary(64), nullable=False),
    Column("public_key", LargeBinary(2048), nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("label", Text, nullable=False),
    Column("added_ms", BigInteger, nullable=False),
    Column("is_synced", Boolean, nullable=False),
    Column("used_ms", BigInteger),
    Column("refused_ms", BigInteger),
)

linked_identity = Table(
    "linked_identity",
    metadata,
    Column("issuer", String(255), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("linked_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger),
    UniqueConstraint("person_id", "issuer"),
)

api_token = Table(
    "api_token",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("label", Text, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("is_read_only", Boolean, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("patient_id", String(64), index=True),
    Column("used_ms", BigInteger),
    Column("revoked_ms", BigInteger),
)
