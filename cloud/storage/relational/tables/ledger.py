"""The ledger: entries and hashes that are written once, and beside them what erasure may destroy."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from cloud.storage.relational.tables.schema import metadata

ledger_waiting = Table(
    "ledger_waiting",
    metadata,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("t_ms", BigInteger, nullable=False),
    Column("deed", String(40), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("patient_id", String(64)),
    Column("about", Text, nullable=False),
)
"""Deeds that are written down and not in the tree yet: they are within a moment."""

ledger_entry = Table(
    "ledger_entry",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("leaf", LargeBinary(32), nullable=False),
    Column("line", LargeBinary, nullable=False),
    Column("patient", String(32)),
    Column("salt", LargeBinary(16)),
    Column("about", Text),
    Index("ix_ledger_entry_patient_number", "patient", "number"),
)
"""The leaves. `salt` and `about` are what `line` has a hash of, until they are erased."""

ledger_node = Table(
    "ledger_node",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
)

ledger_pseudonym = Table(
    "ledger_pseudonym",
    metadata,
    Column("pseudonym", String(32), primary_key=True),
    Column("sort", String(8), nullable=False),
    Column("subject", String(64), nullable=False),
    UniqueConstraint("sort", "subject"),
)
"""Who a pseudonym is: erased with the person or the patient."""

ledger_origin = Table(
    "ledger_origin",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("origin", String(64), nullable=False),
    Column("epoch", BigInteger, nullable=False),
)

ledger_head = Table(
    "ledger_head",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("head", LargeBinary, nullable=False),
)
"""Every head that was signed, as it was signed."""

ledger_witness = Table(
    "ledger_witness",
    metadata,
    Column("gateway", String(40), primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("said_ms", BigInteger, nullable=False),
)
"""What a gateway says of the heads it was given: its word, and no more than that."""
