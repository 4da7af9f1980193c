"""Limits, facts, contacts, duties, policies and silences: what people set about alerts."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, and say of hand-offs which telling each was."""
    op.create_table(
        "fact_note",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.Column("author_id", sa.String(length=64), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_fact_note")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_fact_note_patient_id"), "fact_note", ["patient_id"], unique=False)
    op.create_table(
        "policy_change",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("policies", sa.JSON(), nullable=False),
        sa.Column("author_id", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_policy_change")),
    )
    op.create_index(op.f("ix_policy_change_patient_id"), "policy_change", ["patient_id"], unique=False)
    op.create_table(
        "rota",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("slots", sa.JSON(), nullable=False),
        sa.Column("author_id", sa.String(length=64), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_rota")),
    )
    op.create_index(op.f("ix_rota_patient_id"), "rota", ["patient_id"], unique=False)
    op.create_table(
        "rule_change",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.Column("author_id", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_rule_change")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_rule_change_patient_id"), "rule_change", ["patient_id"], unique=False)
    op.create_table(
        "silence",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("condition", sa.String(length=64), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("floor", sa.String(length=8), nullable=False),
        sa.Column("author_id", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silence")),
    )
    op.create_index(op.f("ix_silence_patient_id"), "silence", ["patient_id"], unique=False)
    op.create_table(
        "contact_point",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("address", sa.JSON(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("added_ms", sa.BigInteger(), nullable=False),
        sa.Column("removed_ms", sa.BigInteger(), nullable=True),
        sa.Column("removed_because", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_contact_point_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_point")),
    )
    op.create_index(op.f("ix_contact_point_person_id"), "contact_point", ["person_id"], unique=False)
    op.create_table(
        "duty_shift",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_duty_shift_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_shift")),
    )
    op.create_index(
        op.f("ix_duty_shift_patient_id_from_ms"), "duty_shift", ["patient_id", "from_ms"], unique=False
    )
    op.create_index(op.f("ix_duty_shift_person_id"), "duty_shift", ["person_id"], unique=False)
    op.create_table(
        "preference",
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_preference_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_preference")),
    )
    op.add_column("hand_off", sa.Column("step", sa.Integer(), server_default="0", nullable=False))
    op.add_column("hand_off", sa.Column("occasion", sa.String(length=16), nullable=True))
    op.add_column("hand_off", sa.Column("key", sa.String(length=64), nullable=True))
    op.add_column("hand_off", sa.Column("contact_id", sa.String(length=64), nullable=True))
    op.add_column("hand_off", sa.Column("receipt", sa.Text(), nullable=True))
    _look_again_instead_of_owing()


def _look_again_instead_of_owing() -> None:
    """Have what was owed, and what is open and was told once, looked at."""
    op.add_column("alert", sa.Column("due_ms", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_alert_due_ms"), "alert", ["due_ms"], unique=False)
    op.execute("UPDATE alert SET due_ms = 0 WHERE owed OR state IN ('active', 'acknowledged')")
    op.drop_index(op.f("ix_alert_owed"), table_name="alert")
    op.drop_column("alert", "owed")
    op.drop_column("alert", "failed_hand_offs")
