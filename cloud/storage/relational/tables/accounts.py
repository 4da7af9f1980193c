"""How people prove who they are, and who is signed in: hashes and sealed secrets, nothing readable."""

from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, String, Table, Text

from cloud.storage.relational.tables.schema import metadata

sign_in_link = Table(
    "sign_in_link",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger),
)

session = Table(
    "session",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("expires_ms", BigInteger, nullable=False),
    Column("way", String(24), nullable=False, server_default="link"),
    Column("began_ms", BigInteger, nullable=False, server_default="0"),
    Column("proved_ms", BigInteger, nullable=False, server_default="0"),
    Column("used_ms", BigInteger, nullable=False, server_default="0"),
    Column("idle_ms", BigInteger, nullable=False, server_default="9000000000000"),
    Column("device", Text, nullable=False, server_default="unknown"),
)
