"""The evaluator's memory and the alerts it caused, committed together; and alerts for readers."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, func, insert, literal_column, or_, select, update

from cloud.partitions import EVERY_PARTITION, partition_of
from cloud.ports import (
    Alert,
    AlertState,
    Due,
    ErasureState,
    Family,
    HandOff,
    Judgement,
    Looked,
    OvertakenError,
    Priority,
    Remembered,
    Watched,
)
from cloud.storage.relational.database import Database, insert_new, upsert
from cloud.storage.relational.due import AT_ONCE_MS, rouse
from cloud.storage.relational.leases import fence
from cloud.storage.relational.ledger_writing import alert_notes, note_hand_offs, write_down
from cloud.storage.relational.tables import alert, erasure, evaluated_slice, evaluator_state, hand_off
from vitals.errors import StorageError

_PATIENTS_A_QUESTION = 1_000
_REMEMBERED_COMMITS = 1_000  # of each patient; the feed forgets a slice right after its commit
_STEPS_KEPT = 10  # more than any policy has: from there on the last is said again and again
_STATE_OF = select(evaluator_state).where(evaluator_state.c.patient_id == bindparam("patient"))
_REVISIONS_OF = select(evaluator_state.c.patient_id, evaluator_state.c.revision).where(
    evaluator_state.c.patient_id.in_(bindparam("patients", expanding=True))
)
_DONE_OF = select(evaluated_slice.c.message_id).where(
    evaluated_slice.c.message_id.in_(bindparam("messages", expanding=True))
)
_OLD_SLICES = delete(evaluated_slice).where(
    evaluated_slice.c.patient_id == bindparam("patient"), evaluated_slice.c.number <= bindparam("last")
)
_IF_UNCHANGED = (
    update(evaluator_state)
    .where(
        evaluator_state.c.patient_id == bindparam("patient"), evaluator_state.c.revision == bindparam("of")
    )
    .values(state=bindparam("state"), revision=bindparam("of") + 1)
)
_MOST_URGENT_FIRST = (
    case({Priority.HIGH: 0, Priority.MEDIUM: 1}, value=alert.c.priority, else_=2),
    case((alert.c.due_ms > AT_ONCE_MS, alert.c.due_ms), else_=AT_ONCE_MS),
    alert.c.raised_ms,
    alert.c.id,
)
_HAND_OFFS_OF = select(hand_off).where(hand_off.c.alert_id == bindparam("alert")).order_by(hand_off.c.id)
_NUMBERED = (
    select(
        hand_off,
        func.max(hand_off.c.step).over(partition_by=(hand_off.c.alert_id, hand_off.c.occasion)).label("last"),
    )
    .where(hand_off.c.alert_id.in_(bindparam("alerts", expanding=True)))
    .subquery()
)
_TELLING_HAND_OFFS_OF = (
    select(*(_NUMBERED.c[column.name] for column in hand_off.c))
    .where(or_(_NUMBERED.c.step < _STEPS_KEPT, _NUMBERED.c.step == _NUMBERED.c.last))
    .order_by(_NUMBERED.c.id)
)
_OPEN_OF = (
    select(alert)
    .where(
        alert.c.patient_id.in_(bindparam("patients", expanding=True)),
        alert.c.state != literal_column("'resolved'"),  # as the index says it: no parameter finds that
        alert.c.state != AlertState.PENDING.value,
    )
    .order_by(alert.c.raised_ms.desc(), alert.c.id)
)
_DUE = (
    select(alert.c.id, alert.c.patient_id, alert.c.state, alert.c.due_ms)
    .where(alert.c.due_ms <= bindparam("now"))
    .order_by(*_MOST_URGENT_FIRST)
)
_WATCHED_OF = (
    select(alert)
    .where(alert.c.due_ms.is_not(None), alert.c.patient_id.in_(bindparam("patients", expanding=True)))
    .order_by(*_MOST_URGENT_FIRST)
)
_TRIED = (
    update(alert)
    .where(alert.c.id == bindparam("alert"), alert.c.due_ms.is_not(None))
    .values(due_ms=bindparam("at"))
)
_IF_STILL_SO = (
    update(alert)
    .where(
        alert.c.id == bindparam("alert"),
        alert.c.state == bindparam("was"),
        alert.c.due_ms == bindparam("seen"),
    )
    .values(due_ms=bindparam("again"))
)


_BEING_ERASED = select(erasure.c.patient_id).where(
    erasure.c.patient_id.in_(bindparam("patients", expanding=True)), erasure.c.state == ErasureState.BEGUN
)


class RelationalAlerts:
    """The AlertStateStore and AlertReader ports on a relational database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, patient_id: str) -> Remembered:
        """Return the evaluator's state for a patient, as it was last committed."""
        with self._database.read() as connection:
            row = connection.execute(_STATE_OF, {"patient": patient_id}).mappings().one_or_none()
        return Remembered(**row) if row else Remembered(patient_id=patient_id)

    def revisions(self, patient_ids: Collection[str]) -> Mapping[str, int]:
        """Return the revision of each of these patients' states; nothing for who has none."""
        with self._database.read() as connection:
            rows = connection.execute(_REVISIONS_OF, {"patients": list(patient_ids)})
            return {row.patient_id: row.revision for row in rows}

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
        """In one transaction: keep the state, upsert the alerts, have them looked at, note the slices.

        An alert is due from the moment its state changes; a pending one is not shown to anybody.
        """
        one = Judgement(
            patient_id=before.patient_id,
            revision=before.revision,
            state=state,
            alerts=alerts,
            message_ids=message_ids,
            epoch=epoch,
        )
        with self._database.write() as connection:
            _commit(connection, [one])

    def commit_all(self, judgements: Sequence[Judgement]) -> Mapping[str, StorageError]:
        """Commit several patients' in one transaction; return why which of them were refused.

        It is tried as a whole, which costs a few statements, and only if that fails one by one.
        """
        with self._database.together():
            try:
                with self._database.write() as connection:
                    _commit(connection, judgements)
            except StorageError:
                refused = ((one.patient_id, self._refusal_of(one)) for one in judgements)
                return {patient_id: error for patient_id, error in refused if error is not None}
        return {}

    def _refusal_of(self, one: Judgement) -> StorageError | None:
        try:
            with self._database.write() as connection:
                _commit(connection, [one])
        except StorageError as error:
            return error
        return None

    def done_of(self, message_ids: Collection[str]) -> Collection[str]:
        """Return those of these slices whose effect is already committed."""
        with self._database.read() as connection:
            return frozenset(connection.scalars(_DONE_OF, {"messages": list(message_ids)}))

    def due(self, now_ms: int, partitions: Collection[int] = EVERY_PARTITION) -> Sequence[Due]:
        """Return what is to be looked at by now: urgent first, what just changed before what only waited."""
        with self._database.read() as connection:
            rows = connection.execute(_DUE, {"now": now_ms}).all()
        return tuple(
            Due(name, patient_id, AlertState(state), due_ms)
            for name, patient_id, state, due_ms in rows
            if partition_of(patient_id) in partitions
        )

    def watched_of(self, patient_ids: Collection[str]) -> Sequence[Watched]:
        """Return the alerts of these patients of which more may come, in the order of `due`."""
        with self._database.read() as connection:
            rows = connection.execute(_WATCHED_OF, {"patients": list(patient_ids)}).mappings()
            return tuple(Watched(_alert(row), row["due_ms"]) for row in rows)

    def handed_off(self, hand_offs: Sequence[HandOff], looked: Sequence[Looked] = ()) -> None:
        """Record hand-offs and, in the same transaction, when to look again at what is as it was seen.

        What was handed over, or tried to be, is due from then on, behind what nobody has looked at yet.
        """
        tried = {one.alert_id: one.at_ms for one in hand_offs if not one.is_hold}
        with self._database.write() as connection:
            if hand_offs:
                connection.execute(insert(hand_off), [asdict(one) for one in hand_offs])
                note_hand_offs(connection, hand_offs)
            if tried:
                connection.execute(_TRIED, [{"alert": name, "at": at_ms} for name, at_ms in tried.items()])
            if looked:
                rows = [
                    {"alert": one.alert_id, "was": one.state, "seen": one.due_ms, "again": one.again_ms}
                    for one in looked
                ]
                connection.execute(_IF_STILL_SO, rows)

    def rouse(self) -> None:
        """Have everything of which more may come looked at at once."""
        with self._database.write() as connection:
            rouse(connection)

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

    def open_of_each(self, patient_ids: Collection[str]) -> Mapping[str, Sequence[Alert]]:
        """Return what is open of each of these patients, newest first; a pending one is not yet."""
        found: defaultdict[str, list[Alert]] = defaultdict(list)
        asked = sorted(patient_ids)
        with self._database.read() as connection:
            for first in range(0, len(asked), _PATIENTS_A_QUESTION):
                some = {"patients": asked[first : first + _PATIENTS_A_QUESTION]}
                for row in connection.execute(_OPEN_OF, some).mappings():
                    found[row["patient_id"]].append(_alert(row))
        return found

    def hand_offs_of(self, alert_id: str) -> Sequence[HandOff]:
        """Return an alert's hand-offs in the order they were tried."""
        with self._database.read() as connection:
            rows = connection.execute(_HAND_OFFS_OF, {"alert": alert_id}).mappings()
            return [_hand_off(row) for row in rows] or ()

    def hand_offs_of_each(self, alert_ids: Collection[str]) -> Mapping[str, Sequence[HandOff]]:
        """Return by which of them each of these alerts stands where it does; nothing for who has none.

        Of what was said again and again for days that is the last time alone: there may be thousands.
        """
        found: defaultdict[str, list[HandOff]] = defaultdict(list)
        with self._database.read() as connection:
            for row in connection.execute(_TELLING_HAND_OFFS_OF, {"alerts": list(alert_ids)}).mappings():
                found[row["alert_id"]].append(_hand_off(row))
        return found

    def newest_hand_offs(self, limit: int) -> Mapping[int, HandOff]:
        """Return the newest of all patients by their numbers, oldest first."""
        query = select(hand_off).order_by(hand_off.c.id.desc()).limit(limit)
        with self._database.read() as connection:
            newest = connection.execute(query).mappings().all()
        return {row["id"]: _hand_off(row) for row in reversed(newest)}


def _commit(connection: Connection, judgements: Sequence[Judgement]) -> None:
    judgements = _of_the_living(connection, judgements)
    epochs = {partition_of(one.patient_id): one.epoch for one in judgements if one.epoch is not None}
    if epochs:
        fence(connection, epochs)
    _keep(connection, judgements)
    changed = [each for one in judgements for each in one.alerts if _put(connection, each)]
    write_down(connection, alert_notes(changed))
    _note_slices(connection, [one for one in judgements if one.message_ids])


def _of_the_living(connection: Connection, judgements: Sequence[Judgement]) -> Sequence[Judgement]:
    """Leave out whoever is being erased: how they are is nobody's any more."""
    asked = {"patients": [one.patient_id for one in judgements]}
    erased = frozenset(connection.scalars(_BEING_ERASED, asked))
    return [one for one in judgements if one.patient_id not in erased] if erased else judgements


def _keep(connection: Connection, judgements: Sequence[Judgement]) -> None:
    rows = [{"patient": one.patient_id, "of": one.revision, "state": one.state} for one in judgements]
    known = [row for row in rows if row["of"]]
    kept = connection.execute(_IF_UNCHANGED, known).rowcount if known else 0
    for one in judgements:
        if one.revision == 0:
            row = {"patient_id": one.patient_id, "state": one.state, "revision": 1}
            kept += insert_new(connection, evaluator_state, row)
    if kept != len(judgements):
        raise OvertakenError("the alert state was changed meanwhile: load it again")


def _put(connection: Connection, one: Alert) -> bool:
    """Keep an alert as it is; tell whether its state has changed."""
    row = asdict(one)
    before = connection.scalar(select(alert.c.state).where(alert.c.id == one.id))
    if before != one.state:
        row["due_ms"] = None if one.state is AlertState.PENDING else AT_ONCE_MS
    upsert(connection, alert, [row])
    return bool(before != one.state)


def _note_slices(connection: Connection, judgements: Sequence[Judgement]) -> None:
    """Note slices under the revision they led to, and forget those of long ago."""
    noted = [
        {"message_id": message_id, "patient_id": one.patient_id, "number": one.revision + 1}
        for one in judgements
        for message_id in one.message_ids
    ]
    upsert(connection, evaluated_slice, noted)
    old = [
        {"patient": one.patient_id, "last": one.revision + 1 - _REMEMBERED_COMMITS}
        for one in judgements
        if one.revision >= _REMEMBERED_COMMITS
    ]
    if old:
        connection.execute(_OLD_SLICES, old)


def _alert(row: Mapping[Any, Any]) -> Alert:
    fields = {name: row[name] for name in row if name != "due_ms"}
    kinds = {"family": Family, "priority": Priority, "state": AlertState}
    return Alert(**fields | {name: kind(fields[name]) for name, kind in kinds.items()})


def _hand_off(row: Mapping[Any, Any]) -> HandOff:
    state = AlertState(row["state"]) if row["state"] else None
    fields = {name: row[name] for name in row if name not in {"id", "state"}}
    return HandOff(**fields, state=state)
