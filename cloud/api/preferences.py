"""How the caller wants to be told: language, quiet hours, channels, and from which priority on."""

from http import HTTPStatus
from typing import Literal

from pydantic import BaseModel, Field

from cloud.access.guards import Oneself
from cloud.alerts.wording.language import languages
from cloud.api.dependencies import ServicesOf
from cloud.api.local_clock import CLOCK_PATTERN, clock_of, minute_of
from cloud.api.problems import ProblemError
from cloud.api.reader import known_zone
from cloud.api.routes import policed_router, problems
from cloud.ports import Channel, Preferences, Priority

router = policed_router("preferences")


class QuietHours(BaseModel):
    """By the local clock; what ends before it begins ends on the next day."""

    from_: str = Field(alias="from", pattern=CLOCK_PATTERN)
    until: str = Field(pattern=CLOCK_PATTERN)


class PreferencesModel(BaseModel):
    """High priority disturbs in quiet hours, and by muted channels too."""

    language: str = Field(default="en", max_length=16)
    quiet_hours: QuietHours | None = None
    least_priority: Priority = Field(
        default=Priority.LOW,
        description="What is milder is told to others, and to the caller if nobody is left.",
    )
    muted_channels: list[Channel] = Field(default=[], max_length=len(Channel))
    glucose_unit: Literal["mg/dL", "mmol/L"] = "mg/dL"
    time_zone: str | None = Field(
        default=None,
        max_length=64,
        description="By which clock pages tell it; null: each device's own.",
    )


@router.get("/api/v1/me/preferences", responses=problems(503))
def preferences(viewer: Oneself, services: ServicesOf) -> PreferencesModel:
    """Return how the caller wants to be told."""
    mine = services.preferences.of([viewer.person.id]).get(viewer.person.id)
    return _out(mine or Preferences(person_id=viewer.person.id))


@router.post("/api/v1/me/preferences", responses=problems(400, 413, 503))
def choose(viewer: Oneself, services: ServicesOf, body: PreferencesModel) -> PreferencesModel:
    """Set how the caller wants to be told, in place of all that was set before."""
    if body.language not in languages():
        known = ", ".join(sorted(languages()))
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, f"no such language: choose one of {known}", errors=("language",)
        )
    if body.time_zone is not None and known_zone(body.time_zone) is None:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "no such time zone: give a name like Europe/Berlin, or null",
            errors=("time_zone",),
        )
    quiet = body.quiet_hours
    chosen = Preferences(
        person_id=viewer.person.id,
        language=body.language,
        quiet_from_minute=None if quiet is None else minute_of(quiet.from_),
        quiet_until_minute=None if quiet is None else minute_of(quiet.until),
        least_priority=body.least_priority,
        muted_channels=tuple(dict.fromkeys(body.muted_channels)),
        glucose_unit=body.glucose_unit,
        time_zone=body.time_zone,
    )
    services.preferences.put(chosen)
    return _out(chosen)


def _out(one: Preferences) -> PreferencesModel:
    quiet = None
    if one.quiet_from_minute is not None and one.quiet_until_minute is not None:
        hours = {"from": clock_of(one.quiet_from_minute), "until": clock_of(one.quiet_until_minute)}
        quiet = QuietHours.model_validate(hours)
    return PreferencesModel.model_validate(
        {
            "language": one.language,
            "quiet_hours": quiet,
            "least_priority": one.least_priority,
            "muted_channels": list(one.muted_channels),
            "glucose_unit": one.glucose_unit,
            "time_zone": one.time_zone,
        }
    )
