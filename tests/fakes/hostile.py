"""A household whose every text that somebody wrote, or a device sent, would take over a page that let it."""

from collections.abc import MutableMapping, MutableSequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final

from cloud.access.sessions import DAY_MS, HOUR_MS
from cloud.care.symptoms import SYMPTOM
from cloud.ports import (
    ApiToken,
    Channel,
    ClinicalNote,
    ContactPoint,
    DutyShift,
    FactNote,
    Passkey,
    Scope,
    Silence,
)
from tests.fakes.cloud_services import CARER, DOCTOR, OWNER, STRANGER, FakeCloud
from tests.fakes.furnished import ROLES, furnished

MARKUP: Final = """"'><img src=x onerror=alert(1)><script>alert(1)</script></textarea>{{1337*1337}}"""
ADDRESS: Final = "javascript:alert(1337)"
TEXTS: Final = frozenset({"display_name", "name", "label", "model", "reason", "error", "text"})
"""The fields that hold what people write and devices say, in every record that has one."""


def hostile(cloud: FakeCloud, text: str) -> FakeCloud:
    """Return it furnished, and `text` written wherever anybody can write anything."""
    _write_more(furnished(cloud), cloud.clock.wall_ms())
    for kept in _kept(cloud):
        if isinstance(kept, MutableMapping):
            kept.update({key: _spoiled(each, text) for key, each in kept.items()})
        else:
            kept[:] = [_spoiled(each, text) for each in kept]
    for key, alert in cloud.alerts.alerts.items():
        cloud.alerts.alerts[key] = replace(alert, explanation=_all_spoiled(alert.explanation, text))
    return cloud


def _write_more(cloud: FakeCloud, now_ms: int) -> None:
    """Let there be one of everything that takes a text, besides what a household has anyway."""
    for person in ROLES.values():
        contact = ContactPoint(
            id=f"c-of-{person.id}",
            person_id=person.id,
            channel=Channel.WEB_PUSH,
            address={"endpoint": ADDRESS, "detail": False},
            label="phone",
            added_ms=now_ms,
        )
        cloud.contacts.contacts[contact.id] = contact
        cloud.ways.passkeys.kept[person.id.encode()] = Passkey(
            id=person.id.encode(),
            person_id=person.id,
            handle=b"",
            public_key=b"",
            count=0,
            label="key",
            added_ms=now_ms,
            is_synced=False,
        )
        cloud.ways.api_tokens.kept[person.id.encode()] = ApiToken(
            id=f"token-of-{person.id}",
            token_hash=person.id.encode(),
            person_id=person.id,
            label="program",
            scopes=frozenset({Scope.VITALS}),
            is_read_only=True,
            made_ms=now_ms,
            expires_ms=now_ms + DAY_MS,
        )
    cloud.silences.silences["silence-0"] = Silence(
        id="silence-0",
        patient_id="p-wei",
        condition="tachycardia",
        from_ms=now_ms - HOUR_MS,
        until_ms=now_ms + HOUR_MS,
        author_id=CARER.id,
        floor=next(iter(cloud.alerts.alerts.values())).priority,
        reason="known",
        made_ms=now_ms - HOUR_MS,
    )
    cloud.duties.shifts["shift-0"] = DutyShift(
        id="shift-0",
        patient_id="p-wei",
        person_id=CARER.id,
        from_ms=now_ms - HOUR_MS,
        until_ms=now_ms + HOUR_MS,
        made_by=OWNER.id,
        made_ms=now_ms - HOUR_MS,
    )
    cloud.facts.notes.append(
        FactNote(
            patient_id="p-wei",
            name="on_oxygen",
            value=True,
            from_ms=now_ms - HOUR_MS,
            until_ms=None,
            author_id=DOCTOR.id,
            made_ms=now_ms - HOUR_MS,
            number=1,
        )
    )
    cloud.facts.notes.append(
        FactNote(
            patient_id="p-wei",
            name=SYMPTOM,
            value={"symptom": "other", "words": MARKUP},
            from_ms=now_ms - HOUR_MS,
            until_ms=None,
            author_id=CARER.id,
            made_ms=now_ms - HOUR_MS,
            number=2,
        )
    )
    cloud.notes.write(
        ClinicalNote(
            id="note-1", patient_id="p-wei", text="slept", author_id=DOCTOR.id, made_ms=now_ms - HOUR_MS
        )
    )
    cloud.glass.break_("p-wei", STRANGER, "found unconscious at home", 30)


def _kept(cloud: FakeCloud) -> list[MutableMapping[Any, Any] | MutableSequence[Any]]:
    relations = cloud.directory.relations
    return [
        cloud.directory.patients,
        cloud.directory.people,
        cloud.directory.devices,
        relations.people,
        relations.glass,
        relations.known_teams,
        cloud.alerts.hand_offs,
        cloud.contacts.contacts,
        cloud.ways.passkeys.kept,
        cloud.ways.api_tokens.kept,
        cloud.silences.silences,
        cloud.notes.notes,
        cloud.messages.messages,
    ]


def _spoiled(record: Any, text: str) -> Any:
    assert is_dataclass(record)
    named = [each.name for each in fields(record) if each.name in TEXTS]
    return replace(record, **{name: text for name in named if isinstance(getattr(record, name), str)})  # type: ignore[type-var]


def _all_spoiled(value: Any, text: str) -> Any:
    """Return the same with every text in it, at any depth, another."""
    match value:
        case str():
            return text
        case dict():
            return {key: _all_spoiled(each, text) for key, each in value.items()}
        case list() | tuple():
            return [_all_spoiled(each, text) for each in value]
        case _:
            return value
