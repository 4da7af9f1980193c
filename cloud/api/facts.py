"""What no wearable tells of a patient: said by those who treat them, read by those who see them."""

from http import HTTPStatus
from typing import Final

from pydantic import BaseModel, Field

from cloud.access.guards import TreatmentVisit, VitalsVisit
from cloud.api.dependencies import ServicesOf
from cloud.api.early_warning import Acvpu
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router, problems
from cloud.api.times import MOMENT, iso, iso_or_none, moment
from cloud.care.fact_desk import Said
from cloud.care.facts import FACTS
from cloud.ports import FactNote, Facts
from cloud.services import Services
from vitals.errors import ValidationError
from vitals.scores.news2 import Spo2Scale

router = policed_router("facts")

MOST_NOTES: Final = 500

_Value = str | bool | None


class FactIn(BaseModel):
    """One fact. What is said later stands in front of what was said before; nothing is ever overwritten."""

    name: str = Field(
        max_length=40,
        description="birth_date, is_pregnant, spo2_scale, consciousness, on_oxygen, phone, emergency_phone.",
    )
    value: _Value = Field(
        description="A date (1948-03-21); true or false; 1 or 2 as text, 2 only where a clinician prescribed "
        "a target of 88 to 92 %; alert, confused, voice, pain or unresponsive; a telephone number. Null "
        "takes back what was said."
    )
    from_: str | None = Field(
        default=None, alias="from", max_length=40, description=f"From when; null: from now on. {MOMENT}"
    )
    until: str | None = Field(
        default=None,
        max_length=40,
        description="Until when. Null: until further notice; consciousness and oxygen then count as seen for "
        f"12 hours, and pregnancy ends after 42 weeks. {MOMENT}",
    )


class FactNoteOut(BaseModel):
    """A fact as it was said."""

    number: int = Field(description="Rises with each.")
    name: str
    value: _Value
    from_: str = Field(alias="from")
    until: str | None
    by: str = Field(description="Display name of who said it.")
    made: str


class FactsOut(BaseModel):
    """What holds now, and all that was ever said, newest first; `omitted`: there is more."""

    as_of: str
    age_years: int | None
    is_pregnant: bool
    spo2_scale: Spo2Scale
    consciousness: Acvpu | None = Field(description="As it was seen last.")
    on_oxygen: bool | None
    seen: dict[str, str] = Field(
        description="When that was, of what was only seen: after 12 hours it counts as missing."
    )
    history: list[FactNoteOut]
    omitted: bool


@router.get("/api/v1/patients/{patient_id}/facts", responses=problems(503))
def facts(visit: VitalsVisit, services: ServicesOf) -> FactsOut:
    """Return what is known of a patient beside what is measured."""
    found = services.facts.now(visit.patient.id)
    notes = [note for note in services.facts.history(visit.patient.id) if note.name in FACTS]
    return _facts_out(services, found, [_note_out(services, note) for note in notes[:MOST_NOTES]], len(notes))


@router.post("/api/v1/patients/{patient_id}/facts", responses=problems(400, 413, 503))
def say(visit: TreatmentVisit, services: ServicesOf, body: FactIn) -> FactNoteOut:
    """Say a fact of a patient: whatever is judged by it is judged anew within seconds."""
    said = Said(
        name=body.name,
        value=body.value,
        from_ms=None if body.from_ is None else moment(body.from_, "from"),
        until_ms=None if body.until is None else moment(body.until, "until"),
    )
    try:
        note = services.facts.say(visit.patient.id, said, by=visit.viewer.person.id)
    except ValidationError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), errors=("body",)) from error
    return _note_out(services, note)


def _facts_out(services: Services, found: Facts, history: list[FactNoteOut], notes: int) -> FactsOut:
    level = found.consciousness
    return FactsOut(
        as_of=iso(services.clock.wall_ms()),
        age_years=None if found.age_years is None else int(found.age_years),
        is_pregnant=found.is_pregnant,
        spo2_scale=found.spo2_scale,
        consciousness=None if level is None else Acvpu[level.name],
        on_oxygen=found.on_oxygen,
        seen={name: iso(t_ms) for name, t_ms in found.said_ms.items()},
        history=history,
        omitted=notes > MOST_NOTES,
    )


def _note_out(services: Services, note: FactNote) -> FactNoteOut:
    author = services.directory.person(note.author_id)
    return FactNoteOut(
        **{"from": iso(note.from_ms)},
        number=note.number,
        name=note.name,
        value=note.value if isinstance(note.value, str | bool) else None,
        until=iso_or_none(note.until_ms),
        by=author.display_name if author else note.author_id,
        made=iso(note.made_ms),
    )
