"""A household and what is written about it, as the contracts of a relational store put it there."""

from collections.abc import Sequence
from typing import Any

import pytest

from cloud.ports import (
    Alert,
    AlertState,
    CommandAnswer,
    Device,
    Family,
    HandOff,
    IssuedCommand,
    Link,
    Patient,
    Person,
    Priority,
    Role,
)
from cloud.storage.relational.opening import Relational
from tests.contracts.records import STRAP
from vitals.records import CommandOutcome

WEI = Patient(id="wei", display_name="Wei Zhang")
ANA = Patient(id="ana", display_name="Ana Lopez")
CARER = Person(id="carer", display_name="Lin Zhang", role=Role.CAREGIVER)
WEI_HERSELF = Person(id="p-wei", display_name="Wei Zhang", role=Role.PATIENT, patient_id="wei")
ADMIN = Person(id="admin", display_name="Sam Doe", role=Role.ADMINISTRATOR)
HOUR_MS = 3_600_000


def alert(alert_id: str = "a1", **changes: Any) -> Alert:
    fields: dict[str, Any] = {
        "patient_id": "wei",
        "condition": "atrial-fibrillation",
        "family": Family.PHYSIOLOGICAL,
        "priority": Priority.MEDIUM,
        "state": AlertState.ACTIVE,
        "began_ms": 10,
        "raised_ms": 20,
        "noticed_ms": 15,
        "explanation": {
            "summary": "irregular",
            "value": 0.93,
            "contributors": [{"name": "rmssd"}],
            "model": None,
        },
    }
    return Alert(id=alert_id, **fields | changes)


def report(t_ms: int, **changes: Any) -> Device:
    fields: dict[str, Any] = {
        "gateway": "home-1",
        "patient_id": None,
        "link": "connected",
        "model": "Strap",
        "battery_percent": 80,
        "on_body": True,
        "received_ms": t_ms,
    }
    return Device(id=STRAP, reported_ms=t_ms, **fields | changes)


def handed(alert_id: str = "a1", **changes: Any) -> HandOff:
    fields: dict[str, Any] = {"channel": "mail", "person_id": "carer", "at_ms": 30}
    return HandOff(alert_id=alert_id, **fields | changes)


def asked(command_id: str = "command-1", **changes: Any) -> IssuedCommand:
    fields: dict[str, Any] = {
        "gateway": "home-1",
        "name": "identify",
        "body": {"seconds": 5},
        "issued_ms": 10,
        "expires_ms": HOUR_MS,
        "issued_by": "admin",
    }
    return IssuedCommand(id=command_id, **fields | changes)


def answered(command_id: str = "command-1", **changes: Any) -> CommandAnswer:
    fields: dict[str, Any] = {
        "gateway": "home-1",
        "name": "identify",
        "outcome": CommandOutcome.DONE,
        "detail": "shown for 5 s",
        "t_ms": 30,
        "received_ms": 40,
    }
    return CommandAnswer(command_id=command_id, **fields | changes)


def commit(
    store: Relational, patient_id: str, state: bytes, alerts: Sequence[Alert], message_ids: Sequence[str]
) -> None:
    store.alerts.commit(store.alerts.load(patient_id), state, alerts, message_ids)


def a_link(**more: Any) -> Link:
    return Link(**({"token_hash": b"h" * 32, "person_id": "carer", "expires_ms": HOUR_MS} | more))


@pytest.fixture
def people(store: Relational) -> Relational:
    for patient in (WEI, ANA):
        store.directory.add_patient(patient)
    for person in (CARER, WEI_HERSELF, ADMIN):
        store.directory.add_person(person)
    return store
