"""Patients, their devices over time, and who may see whom."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import and_, bindparam, delete, exists, select, union

from cloud.ports import ERASED, Device, Patient, Person, Role, Wearing, Worn
from cloud.storage.relational import tables
from cloud.storage.relational.database import Database, take_turns, upsert
from cloud.storage.relational.relations import person_of, raise_epoch
from cloud.storage.relational.sealed_rows import close, shown
from cloud.storage.relational.sealer import RelationalSealer

_DEVICES_A_QUESTION = 1_000  # well below the variables that either database takes
_PATIENTS_A_QUESTION = 1_000
_LATER_THAN_BELIEVABLE_MS = 300_000  # a report this far ahead of its receipt blocks no later one

_later = tables.binding.alias("later")
_WORN_NOW = (
    select(tables.binding.c.device.label("bound"), tables.binding.c.patient_id.label("wearer"), tables.device)
    .outerjoin(tables.device, tables.device.c.id == tables.binding.c.device)
    .where(
        tables.binding.c.patient_id.in_(bindparam("patients", expanding=True)),
        ~exists().where(
            _later.c.device == tables.binding.c.device, _later.c.from_ms > tables.binding.c.from_ms
        ),
    )
    .order_by(tables.binding.c.device)
)
_NOW = (
    select(tables.binding.c.device.label("bound"), tables.binding.c.patient_id.label("wearer"))
    .where(
        ~exists().where(
            _later.c.device == tables.binding.c.device, _later.c.from_ms > tables.binding.c.from_ms
        )
    )
    .subquery()
)
_KNOWN = union(select(tables.device.c.id.label("known")), select(tables.binding.c.device)).subquery()
_EVERY_DEVICE = (
    select(_KNOWN.c.known.label("bound"), _NOW.c.wearer, tables.device)
    .select_from(_KNOWN)
    .outerjoin(_NOW, _NOW.c.bound == _KNOWN.c.known)
    .outerjoin(tables.device, tables.device.c.id == _KNOWN.c.known)
    .order_by(_KNOWN.c.known)
)
_CLOSED = select(tables.account.c.person_id).where(tables.account.c.closed_ms.is_not(None))
_WEARERS = (
    select(tables.binding.c.patient_id)
    .where(
        tables.binding.c.patient_id.is_not(None),
        ~exists().where(
            _later.c.device == tables.binding.c.device, _later.c.from_ms > tables.binding.c.from_ms
        ),
    )
    .distinct()
)


class RelationalDirectory:
    """The ports Directory, DeviceRegistry and Administrators on a relational database."""

    def __init__(self, database: Database, sealer: RelationalSealer) -> None:
        self._database = database
        self._sealer = sealer

    def patient(self, patient_id: str) -> Patient | None:
        """Return a patient, or None."""
        with self._database.read() as connection:
            row = (
                connection.execute(select(tables.patient).where(tables.patient.c.id == patient_id))
                .mappings()
                .one_or_none()
            )
        return self._patient(row) if row else None

    def known_patients(self, patient_ids: Collection[str]) -> Sequence[Patient]:
        """Return those of these patients who are known, by name."""
        found: list[Patient] = []
        with self._database.read() as connection:
            for some in _chunks(sorted(patient_ids), _PATIENTS_A_QUESTION):
                rows = connection.execute(select(tables.patient).where(tables.patient.c.id.in_(some)))
                found += [self._patient(row) for row in rows.mappings()]
        return sorted(found, key=lambda one: (one.display_name, one.id))

    def every_patient(self) -> Sequence[Patient]:
        """Return every patient, by name."""
        with self._database.read() as connection:
            found = [self._patient(row) for row in connection.execute(select(tables.patient)).mappings()]
        return sorted(found, key=lambda one: (one.display_name, one.id))

    def add_patient(self, patient: Patient) -> None:
        """Add a patient, or correct the name."""
        row = close(self._sealer, tables.patient, asdict(patient))
        with self._database.write() as connection:
            upsert(connection, tables.patient, [row])

    def take_turn_at_wearing(self) -> None:
        """Say who wears what one at a time, from now until this thread's transaction has ended."""
        with self._database.write() as connection:
            take_turns(connection, tables.binding)

    def bind(self, device: str, patient_id: str, from_ms: int) -> None:
        """From `from_ms` on, what `device` measures is `patient_id`'s; ends an earlier binding."""
        self._worn_from(device, from_ms, patient_id)

    def take_off(self, device: str, from_ms: int) -> None:
        """From `from_ms` on, what `device` measures is nobody's; ends an earlier binding."""
        self._worn_from(device, from_ms, None)

    def patient_wearing(self, device: str, t_ms: int) -> str | None:
        """Return who wore `device` at an effective time, or None if nobody did."""
        query = (
            select(tables.binding.c.patient_id)
            .where(tables.binding.c.device == device, tables.binding.c.from_ms <= t_ms)
            .order_by(tables.binding.c.from_ms.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            return connection.scalar(query)

    def worn_by(self, patient_id: str, from_ms: int, to_ms: int) -> Sequence[Worn]:
        """Return which devices a patient wore in from <= t < to, and from when to when of it."""
        theirs = select(tables.binding.c.device).where(tables.binding.c.patient_id == patient_id)
        with self._database.read() as connection:
            devices = connection.scalars(theirs.distinct().order_by(tables.binding.c.device)).all()
        return tuple(
            worn
            for device, wearings in self.wearings_of(devices).items()
            for worn in _worn(device, patient_id, wearings, (from_ms, to_ms))
        )

    def wearings_of(self, devices: Collection[str]) -> Mapping[str, Sequence[Wearing]]:
        """Return who wore each of `devices` when, oldest first; nothing for one nobody ever wore."""
        worn: defaultdict[str, list[Wearing]] = defaultdict(list)
        with self._database.read() as connection:
            for some in _chunks(sorted(devices), _DEVICES_A_QUESTION):
                query = (
                    select(
                        tables.binding.c.device,
                        tables.binding.c.from_ms,
                        tables.binding.c.patient_id,
                        tables.binding.c.is_off,
                    )
                    .where(tables.binding.c.device.in_(some))
                    .order_by(tables.binding.c.device, tables.binding.c.from_ms)
                )
                for device, from_ms, patient_id, is_off in connection.execute(query):
                    wearer = None if is_off else patient_id or ERASED
                    worn[device].append(Wearing(from_ms=from_ms, patient_id=wearer))
        return worn

    def devices_of(self, patient_id: str) -> Sequence[Device]:
        """Return the devices bound to a patient now, those never heard of included."""
        return tuple(self.devices_worn_by([patient_id]).get(patient_id, ()))

    def devices_worn_by(self, patient_ids: Collection[str]) -> Mapping[str, Sequence[Device]]:
        """Return the devices bound to each of these patients now, those never heard of included."""
        worn: defaultdict[str, list[Device]] = defaultdict(list)
        with self._database.read() as connection:
            for some in _chunks(sorted(patient_ids), _PATIENTS_A_QUESTION):
                for row in connection.execute(_WORN_NOW, {"patients": some}).mappings():
                    worn[row["wearer"]].append(_device(row))
        return worn

    def every_device(self) -> Sequence[Device]:
        """Return every device that ever reported or was ever bound, with who wears it now."""
        with self._database.read() as connection:
            return tuple(_device(row) for row in connection.execute(_EVERY_DEVICE).mappings())

    def wearers(self) -> Sequence[str]:
        """Return every patient to whom a device is bound now."""
        with self._database.read() as connection:
            return tuple(connection.scalars(_WEARERS))

    def note_device(self, device: Device) -> None:
        """Remember the newest report of a device; whose it is, its binding says."""
        row = asdict(device)
        del row["patient_id"]
        with self._database.write() as connection:
            kept = connection.execute(
                select(tables.device.c.reported_ms, tables.device.c.received_ms).where(
                    tables.device.c.id == device.id
                )
            ).one_or_none()
            if kept is None or _is_newer(device.reported_ms, kept.reported_ms, kept.received_ms):
                upsert(connection, tables.device, [row])

    def add_person(self, person: Person) -> None:
        """Add somebody who can sign in, or correct the entry."""
        row = close(self._sealer, tables.person, asdict(person))
        with self._database.write() as connection:
            upsert(connection, tables.person, [row])
            raise_epoch(connection)

    def person(self, person_id: str) -> Person | None:
        """Return a person, or None."""
        with self._database.read() as connection:
            query = select(tables.person).where(tables.person.c.id == person_id)
            row = connection.execute(query).mappings().one_or_none()
        return person_of(self._sealer, row) if row else None

    def people(self) -> Sequence[Person]:
        """Return everybody who may sign in, by name."""
        with self._database.read() as connection:
            found = [
                person_of(self._sealer, row) for row in connection.execute(select(tables.person)).mappings()
            ]
        return sorted(found, key=lambda person: (person.display_name, person.id))

    def administrators(self) -> Sequence[Person]:
        """Return who runs the service, by id; whose account was closed does no more."""
        query = (
            select(tables.person)
            .where(tables.person.c.role == Role.ADMINISTRATOR, tables.person.c.id.not_in(_CLOSED))
            .order_by(tables.person.c.id)
        )
        with self._database.read() as connection:
            return tuple(person_of(self._sealer, row) for row in connection.execute(query).mappings())

    def _worn_from(self, device: str, from_ms: int, patient_id: str | None) -> None:
        later = and_(tables.binding.c.device == device, tables.binding.c.from_ms >= from_ms)
        worn = {"device": device, "from_ms": from_ms, "patient_id": patient_id, "is_off": patient_id is None}
        with self._database.write() as connection:
            connection.execute(delete(tables.binding).where(later))
            upsert(connection, tables.binding, [worn])

    def _patient(self, row: Mapping[Any, Any]) -> Patient:
        return Patient(**shown(self._sealer, tables.patient, row))


def _chunks(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _worn(
    device: str, patient_id: str, wearings: Sequence[Wearing], asked: tuple[int, int]
) -> Iterator[Worn]:
    ends = [*(wearing.from_ms for wearing in wearings[1:]), asked[1]]
    for wearing, end_ms in zip(wearings, ends, strict=True):
        from_ms, to_ms = max(wearing.from_ms, asked[0]), min(end_ms, asked[1])
        if wearing.patient_id == patient_id and from_ms < to_ms:
            yield Worn(device=device, from_ms=from_ms, to_ms=to_ms)


def _device(row: Mapping[Any, Any]) -> Device:
    fields = {name: row[name] for name in row if name not in {"bound", "wearer"}}
    bound = {"id": row["bound"], "gateway": row["gateway"] or "", "patient_id": row["wearer"]}
    return Device(**fields | bound)


def _is_newer(reported_ms: int | None, kept_reported_ms: int | None, kept_received_ms: int | None) -> bool:
    if reported_ms is None or kept_reported_ms is None or kept_received_ms is None:
        return True
    from_the_future = kept_reported_ms > kept_received_ms + _LATER_THAN_BELIEVABLE_MS
    return from_the_future or reported_ms >= kept_reported_ms
