"""Writing deeds down in the transaction that does them: together they are durable, or neither happened."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, insert, select

from cloud.ledger.entries import about_text
from cloud.ports import SERVICE, Alert, AlertState, Deed, HandOff, LedgerNote
from cloud.storage.relational.tables import alert, ledger_waiting

__all__ = ["alert_notes", "note_hand_offs", "write_down"]

_TOLD: Final = "told"
_HELD: Final = "held"


def write_down(connection: Connection, notes: Sequence[LedgerNote]) -> None:
    """Write deeds down; they are entered in the tree within a moment."""
    if notes:
        connection.execute(insert(ledger_waiting), [_row(note) for note in notes])


def alert_notes(changed: Sequence[Alert]) -> list[LedgerNote]:
    """Return what is to be noted of alerts whose state has changed; nothing of what is shown to nobody."""
    return [_decided(one) for one in changed if one.state is not AlertState.PENDING]


def note_hand_offs(connection: Connection, hand_offs: Sequence[HandOff]) -> None:
    """Write down who was told of alerts, and why others were not."""
    ids = {one.alert_id for one in hand_offs}
    whose = connection.execute(select(alert.c.id, alert.c.patient_id).where(alert.c.id.in_(ids)))
    patients = {row.id: row.patient_id for row in whose}
    write_down(connection, [_handed_off(one, patients.get(one.alert_id)) for one in hand_offs])


def _decided(one: Alert) -> LedgerNote:
    is_taken = one.state is AlertState.ACKNOWLEDGED and one.acknowledged_by is not None
    times = (one.raised_ms, one.acknowledged_ms, one.resolved_ms)
    reason = {"reason": one.acknowledged_reason} if is_taken and one.acknowledged_reason else {}
    return LedgerNote(
        t_ms=max(t_ms for t_ms in times if t_ms is not None),
        deed=Deed.ALERT_DECIDED,
        actor=one.acknowledged_by if is_taken and one.acknowledged_by else SERVICE,
        patient_id=one.patient_id,
        about={
            "alert": one.id,
            "became": one.state.value,
            "condition": one.condition,
            "priority": one.priority.value,
            **reason,
        },
    )


def _handed_off(one: HandOff, patient_id: str | None) -> LedgerNote:
    facts = {
        "alert": one.alert_id,
        "became": _HELD if one.is_hold else _TOLD,
        "way": one.channel,
        "to": one.person_id,
        "occasion": one.occasion,
    }
    return LedgerNote(
        t_ms=one.at_ms,
        deed=Deed.ALERT_DECIDED,
        actor=SERVICE,
        patient_id=patient_id,
        about={name: value for name, value in facts.items() if value},
    )


def _row(note: LedgerNote) -> dict[str, object]:
    return {
        "t_ms": note.t_ms,
        "deed": note.deed.value,
        "actor": note.actor,
        "patient_id": note.patient_id,
        "about": about_text(note.about),
    }
