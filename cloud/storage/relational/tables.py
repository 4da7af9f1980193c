"""The relational tables: people, what they may see, alerts, what is asked of gateways, and who does what.

`migrations/` brings a database to this; a test compares the two. A patient's id is a pseudonym
that crosses stores, so the tables of alerts refer to it without a foreign key.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

patient = Table(
    "patient",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("display_name", Text, nullable=False),
)

device = Table(
    "device",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("gateway", String(40), nullable=False),
    Column("link", String(16)),
    Column("model", Text),
    Column("battery_percent", Integer),
    Column("on_body", Boolean),
    Column("reported_ms", BigInteger),
    Column("received_ms", BigInteger),
)

binding = Table(
    "binding",
    metadata,
    Column("device", String(64), primary_key=True),
    Column("from_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("patient_id", ForeignKey("patient.id"), nullable=False, index=True),
)

person = Table(
    "person",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("patient_id", ForeignKey("patient.id")),
)

access_grant = Table(
    "access_grant",
    metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("patient_id", ForeignKey("patient.id"), primary_key=True),
    Column("from_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger),
)

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
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
)

evaluator_state = Table(
    "evaluator_state",
    metadata,
    Column("patient_id", String(64), primary_key=True),
    Column("state", LargeBinary, nullable=False),
    Column("revision", BigInteger, nullable=False, server_default="1"),
)

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

evaluated_slice = Table(
    "evaluated_slice",
    metadata,
    Column("message_id", String(255), primary_key=True),
    Column("patient_id", String(64), nullable=False),
    Column("number", BigInteger, nullable=False),
    Index(None, "patient_id", "number"),
)

alert = Table(
    "alert",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("patient_id", String(64), nullable=False),
    Column("condition", String(64), nullable=False),
    Column("family", String(16), nullable=False),
    Column("priority", String(8), nullable=False),
    Column("state", String(16), nullable=False),
    Column("began_ms", BigInteger, nullable=False),
    Column("raised_ms", BigInteger, nullable=False),
    Column("noticed_ms", BigInteger),
    Column("resolved_ms", BigInteger),
    Column("acknowledged_ms", BigInteger),
    Column("acknowledged_by", String(64)),
    Column("acknowledged_reason", Text),
    Column("delayed", Boolean, nullable=False),
    Column("explanation", JSON, nullable=False),
    Column("owed", Boolean, nullable=False, server_default=false()),
    Column("failed_hand_offs", Integer, nullable=False, server_default="0"),
    Index(None, "patient_id", "raised_ms"),
    Index(None, "owed"),
)

hand_off = Table(
    "hand_off",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("alert_id", ForeignKey("alert.id"), nullable=False, index=True),
    Column("channel", String(64), nullable=False),
    Column("person_id", String(64), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("error", Text),
    Column("state", String(16)),
)

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
