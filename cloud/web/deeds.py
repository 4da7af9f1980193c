"""What stands on the ledger, in plain words: one sentence a deed, and what was looked at."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cloud.ledger.desk import Shown
from cloud.ports import OPERATOR, SERVICE, Deed
from cloud.services import Services
from cloud.web.words import N_, Sentence

__all__ = ["SENTENCES", "DeedRow", "deed_row"]

SENTENCES: Final[Mapping[Deed, str]] = MappingProxyType(
    {
        Deed.LOOKED: N_("{who} looked at {what}"),
        Deed.GRANTED: N_("{who} shared your record with {whom}"),
        Deed.REVOKED: N_("{who} stopped sharing your record with {whom}"),
        Deed.BROKE_GLASS: N_("{who} opened your record without your leave, as an emergency"),
        Deed.REVIEWED_GLASS: N_("{who} reviewed an emergency opening of your record by {whom}"),
        Deed.TEAM_CHANGED: N_("{who} changed a care team that sees your record"),
        Deed.ALERT_DECIDED: N_("{who} decided about an alert"),
        Deed.RULE_CHANGED: N_("{who} changed what alerts go out for you"),
        Deed.CARE_CHANGED: N_("{who} changed what is known of you, or who is told of alerts"),
        Deed.PATIENT_ADDED: N_("{who} opened this record"),
        Deed.DEVICE_PUT_ON: N_("{who} noted that you wear a device"),
        Deed.DEVICE_TAKEN_OFF: N_("{who} noted that you no longer wear a device"),
        Deed.MODEL_CHANGED: N_("{who} changed a model that judges your readings"),
        Deed.CONFIGURATION_CHANGED: N_("{who} changed the settings of your gateway"),
        Deed.EXPORTED: N_("{who} took a copy of your record"),
        Deed.ERASURE_ASKED: N_("{who} asked that your whole record be erased"),
        Deed.ERASURE_TAKEN_BACK: N_("{who} took back that your record be erased"),
        Deed.ERASURE_WITHHELD: N_("{who} kept your record: whoever asked to erase it may no longer ask"),
        Deed.ERASED: N_("{who} erased a part of your record"),
        Deed.SIGNED_IN: N_("{who} signed in"),
        Deed.ACCOUNT_CHANGED: N_("{who} changed an account that sees your record"),
        Deed.GATEWAY_ENROLLED: N_("{who} set up a gateway for you"),
        Deed.GATEWAY_REVOKED: N_("{who} shut out a gateway of yours"),
        Deed.QUARANTINE_RELEASED: N_("{who} took in readings that had been set aside"),
        Deed.RESTORED: N_("{who} brought the records back from a backup"),
    }
)
_OF_ALERTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "active": N_("{who} raised an alert"),
        "acknowledged": N_("{who} took on an alert"),
        "latched": N_("{who} saw an alert end that nobody had taken on"),
        "resolved": N_("{who} closed an alert"),
        "told": N_("{who} told {whom} of an alert"),
        "held": N_("{who} held an alert back, with a reason"),
    }
)
"""By what became of one."""
_OF_EXPORTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "report": N_("{who} made a report of your record for a visit"),
        "series": N_("{who} took readings of yours as a file"),
    }
)
"""By what was taken along."""
_ANY: Final = N_("{who} did something: {deed}")
_THINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "vitals": N_("your vital signs"),
        "waveforms": N_("your heart's recordings"),
        "alerts": N_("your alerts"),
        "history": N_("your past readings"),
        "messages": N_("your messages"),
        "summary": N_("how you are, in a list"),
        "record": N_("your record"),
    }
)
_NOBODY_KNOWN: Final = Sentence(message=N_("Somebody who is not known here any more"))
_ACTORS: Final[Mapping[str, Sentence]] = MappingProxyType(
    {
        SERVICE: Sentence(message=N_("The service itself")),
        OPERATOR: Sentence(message=N_("Whoever runs the service")),
    }
)
_YOU: Final = Sentence(message=N_("You"))
_SOMEBODY: Final = Sentence(message=N_("somebody"))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeedRow:
    """A line of the page; `is_own`: the reader did it."""

    number: int
    t_ms: int
    sentence: Sentence
    is_own: bool


def deed_row(services: Services, found: Shown, reader_id: str) -> DeedRow:
    """Return what is said of a deed to whom it concerns."""
    about = _about(found)
    message = next((said for deed, said in SENTENCES.items() if deed == found.entry.deed), _ANY)
    if found.entry.deed == Deed.ALERT_DECIDED:
        message = _OF_ALERTS.get(about.get("became", ""), message)
    if found.entry.deed == Deed.EXPORTED:
        message = _OF_EXPORTS.get(about.get("what", ""), message)
    whom = about.get("person", about.get("to"))
    fields = {
        "who": _YOU if found.actor_id == reader_id else _who(services, found.actor_id),
        "whom": _SOMEBODY if whom is None else _who(services, whom),
        "what": Sentence(message=_THINGS.get(about.get("what", ""), _THINGS["record"])),
        "deed": found.entry.deed,
    }
    return DeedRow(
        number=found.entry.number,
        t_ms=found.entry.t_ms,
        sentence=Sentence(message=message, fields=fields),
        is_own=found.actor_id == reader_id,
    )


def _who(services: Services, person_id: str | None) -> Sentence:
    if person_id is None:
        return _NOBODY_KNOWN
    if person_id in _ACTORS:
        return _ACTORS[person_id]
    person = services.directory.person(person_id)
    return Sentence(message="{name}", fields={"name": person.display_name}) if person else _NOBODY_KNOWN


def _about(found: Shown) -> Mapping[str, str]:
    """Return what the deed was about; nothing where that was erased."""
    return {} if found.recorded.about is None else dict(json.loads(found.recorded.about))
