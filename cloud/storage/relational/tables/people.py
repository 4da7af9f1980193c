"""Patients and the people who see them, and what they wear."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, String, Table, Text, false

from cloud.storage.relational.tables.schema import metadata

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
    Column("firmware", Text),
)

binding = Table(
    "binding",
    metadata,
    Column("device", String(64), primary_key=True),
    Column("from_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("patient_id", ForeignKey("patient.id"), index=True),
    Column("is_off", Boolean, nullable=False, server_default=false()),
)

person = Table(
    "person",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("patient_id", ForeignKey("patient.id")),
)
