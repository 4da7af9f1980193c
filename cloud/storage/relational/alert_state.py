"""The evaluator's memory and the alerts it caused, committed together; and alerts for readers."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from itertools import islice
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, func, insert, select, update

from cloud.partitions import EVERY_PARTITION, partition_of
from cloud.ports import Alert, AlertState, Family, HandOff, OvertakenError, Priority, Remembered
from cloud.storage.relational.database import Database, insert_new, upsert
from cloud.storage.relational.leases import fence
from cloud.storage.relational.tables import alert, evaluated_slice, evaluator_state, hand_off

_REMEMBERED_SLICES = 1_000  # of each patient; the feed forgets a slice right after its commit
_STATE_OF = select(evaluator_state).where(evaluator_state.c.patient_id == bindparam("patient"))
_IF_UNCHANGED = (
    update(evaluator_state)
    .where(
        evaluator_state.c.patient_id == bindparam("patient"), evaluator_state.c.revision == bindparam("of")
    )
    .values(state=bindparam("state"), revision=bindparam("of") + 1)
)
_MOST_URGENT_FIRST = case({Priority.HIGH: 0, Priority.MEDIUM: 1}, value=alert.c.priority, else_=2)


class RelationalAlerts:
    """The AlertStateStore and AlertReader ports on a relational database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, patient_id: str) -> Remembered:
        """Return the evaluator's state for a patient, as it was last committed."""
        with self._database.read() as connection:
            row = connection.execute(_STATE_OF, {"patient": patient_id}).mappings().one_or_none()
        return Remembered(**row) if row else Remembered(patient_id=patient_id)

    def together(self) -> AbstractContextManager[None]:
        """Make what this thread commits in the block one transaction, each commit whole by itself."""
        return self._database.together()

    def patients(self) -> Sequence[str]:
        """Return every patient with a state."""
        query = select(evaluator_state.c.patient_id).order_by(evaluator_state.c.patient_id)
        with self._database.read() as connection:
            return tuple(connection.scalars(query))

    def commit(
        self,
        before: Remembered,
        state: bytes,
        alerts: Sequence[Alert],
        message_ids: Sequence[str] = (),
        *,
        epoch: int | None = None,
    ) -> None:
        """In one transaction: keep the state, upsert the alerts, owe their notifications, note the slices.

        An alert is owed from the moment its state changes; a pending one is not shown to anybody.
        """
        with self._database.write() as connection:
            if epoch is not None:
                fence(connection, partition_of(before.patient_id), epoch)
            _keep(connection, before, state)
            for one in alerts:
                _put(connection, one)
            _note_slices(connection, before.patient_id, message_ids)

    def is_done(self, message_id: str) -> bool:
        """Tell whether a slice's effect is already committed."""
        query = select(evaluated_slice.c.number).where(evaluated_slice.c.message_id == message_id)
        with self._database.read() as connection:
            return connection.scalar(query) is not None

    def owed(self, limit: int, partitions: Collection[int] = EVERY_PARTITION) -> Sequence[Alert]:
        """Return alerts not yet handed to any channel: urgent first, then those tried least often."""
        query = (
            select(alert)
            .where(alert.c.owed)
            .order_by(_MOST_URGENT_FIRST, alert.c.failed_hand_offs, alert.c.raised_ms, alert.c.id)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).mappings()
            theirs = (row for row in rows if partition_of(row["patient_id"]) in partitions)
            return tuple(_alert(row) for row in islice(theirs, limit))

    def handed_off(self, hand_offs: Sequence[HandOff]) -> None:
        """Record hand-offs; an alert with a successful one is no longer owed."""
        with self._database.write() as connection:
            for one in hand_offs:
                connection.execute(insert(hand_off).values(asdict(one)))
                this = update(alert).where(alert.c.id == one.alert_id)
                if one.error is not None:
                    connection.execute(this.values(failed_hand_offs=alert.c.failed_hand_offs + 1))
                else:
                    handed = this if one.state is None else this.where(alert.c.state == one.state)
                    connection.execute(handed.values(owed=False))

    def alert(self, alert_id: str) -> Alert | None:
        """Return an alert, or None."""
        with self._database.read() as connection:
            row = connection.execute(select(alert).where(alert.c.id == alert_id)).mappings().one_or_none()
        return _alert(row) if row else None

    def alerts_of(self, patient_id: str, *, open_only: bool, limit: int) -> Sequence[Alert]:
        """Return a patient's alerts, newest first; a pending one is nobody's business yet."""
        hidden = [AlertState.PENDING, *([AlertState.RESOLVED] if open_only else [])]
        query = (
            select(alert)
            .where(alert.c.patient_id == patient_id, alert.c.state.not_in(hidden))
            .order_by(alert.c.raised_ms.desc(), alert.c.id)
            .limit(limit)
        )
        with self._database.read() as connection:
            return tuple(_alert(row) for row in connection.execute(query).mappings())

    def hand_offs_of(self, alert_id: str) -> Sequence[HandOff]:
        """Return an alert's hand-offs in the order they were tried."""
        query = select(hand_off).where(hand_off.c.alert_id == alert_id).order_by(hand_off.c.id)
        with self._database.read() as connection:
            return tuple(_hand_off(row) for row in connection.execute(query).mappings())

    def newest_hand_offs(self, limit: int) -> Mapping[int, HandOff]:
        """Return the newest of all patients by their numbers, oldest first."""
        query = select(hand_off).order_by(hand_off.c.id.desc()).limit(limit)
        with self._database.read() as connection:
            newest = connection.execute(query).mappings().all()
        return {row["id"]: _hand_off(row) for row in reversed(newest)}


def _keep(connection: Connection, before: Remembered, state: bytes) -> None:
    if before.revision == 0:
        row = {"patient_id": before.patient_id, "state": state, "revision": 1}
        is_kept = insert_new(connection, evaluator_state, row)
    else:
        given = {"patient": before.patient_id, "of": before.revision, "state": state}
        is_kept = connection.execute(_IF_UNCHANGED, given).rowcount == 1
    if not is_kept:
        raise OvertakenError("the alert state was changed meanwhile: load it again")


def _put(connection: Connection, one: Alert) -> None:
    row = asdict(one)
    before = connection.scalar(select(alert.c.state).where(alert.c.id == one.id))
    if before != one.state:
        row |= {"owed": one.state is not AlertState.PENDING, "failed_hand_offs": 0}
    upsert(connection, alert, [row])


def _note_slices(connection: Connection, patient_id: str, message_ids: Sequence[str]) -> None:
    if not message_ids:
        return
    mine = evaluated_slice.c.patient_id == patient_id
    newest = connection.scalar(select(func.max(evaluated_slice.c.number)).where(mine)) or 0
    upsert(
        connection,
        evaluated_slice,
        [
            {"message_id": message_id, "patient_id": patient_id, "number": number}
            for number, message_id in enumerate(message_ids, newest + 1)
        ],
    )
    old = evaluated_slice.c.number <= newest + len(message_ids) - _REMEMBERED_SLICES
    connection.execute(delete(evaluated_slice).where(mine, old))


def _alert(row: Mapping[Any, Any]) -> Alert:
    fields = {name: row[name] for name in row if name not in {"owed", "failed_hand_offs"}}
    kinds = {"family": Family, "priority": Priority, "state": AlertState}
    return Alert(**fields | {name: kind(fields[name]) for name, kind in kinds.items()})


def _hand_off(row: Mapping[Any, Any]) -> HandOff:
    state = AlertState(row["state"]) if row["state"] else None
    fields = {name: row[name] for name in row if name not in {"id", "state"}}
    return HandOff(**fields, state=state)
