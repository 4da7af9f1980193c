"""How people prove who they are, and who is signed in: hashes and sealed secrets, nothing readable."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, LargeBinary, String, Table, Text

from cloud.storage.relational.tables.schema import metadata

account = Table(
    "account",
    metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("handle", LargeBinary(32), unique=True),
    Column("password", Text),
    Column("password_ms", BigInteger),
    Column("totp", LargeBinary),
    Column("totp_since_ms", BigInteger),
    Column("totp_step", BigInteger, nullable=False, server_default="0"),
    Column("closed_ms", BigInteger),
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("code", LargeBinary(32), primary_key=True),
)

sign_in_link = Table(
    "sign_in_link",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("expires_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger),
    Column("kind", String(24), nullable=False, server_default="sign-in"),
    Column("made_by", String(64), nullable=False, server_default="operator"),
    Column("made_ms", BigInteger, nullable=False, server_default="0"),
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

door_counter = Table(
    "door_counter",
    metadata,
    Column("counter", LargeBinary(32), primary_key=True),
    Column("full_again_ms", BigInteger, nullable=False, index=True),
    Column("is_minor", Boolean, nullable=False),
)
