"""What evaluation remembers, the alerts it raised, and to whom they were handed."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from cloud.storage.relational.tables.schema import metadata

evaluator_state = Table(
    "evaluator_state",
    metadata,
    Column("patient_id", String(64), primary_key=True),
    Column("state", LargeBinary, nullable=False),
    Column("revision", BigInteger, nullable=False, server_default="1"),
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
    Column("due_ms", BigInteger, index=True),
    Index(None, "patient_id", "raised_ms"),
)
Index(
    "ix_alert_open",
    alert.c.patient_id,
    sqlite_where=alert.c.state != "resolved",
    postgresql_where=alert.c.state != "resolved",
)
"""What is open is a handful of the years that are kept."""

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
    Column("step", Integer, nullable=False, server_default="0"),
    Column("occasion", String(16)),
    Column("key", String(64)),
    Column("contact_id", String(64)),
    Column("receipt", Text),
)
