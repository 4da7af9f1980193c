"""Commands to gateways, for administrators: asked, and what became of them."""

from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Path, Query
from pydantic import BaseModel, Field

from cloud.access.guards import Administrator
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router, problems
from cloud.api.times import iso, iso_or_none
from cloud.ports import CommandState, IssuedCommand
from vitals.errors import ValidationError
from vitals.records import CommandOutcome
from vitals.wire.topics import GATEWAY_ID

router = policed_router("commands")

MOST_COMMANDS: Final = 200
DEFAULT_LIFE_S: Final = 3_600
LONGEST_LIFE_S: Final = 7 * 24 * 3_600
_BY_ROLLOUT: Final = frozenset({"fetch-model", "model-part", "apply-release"})
"""Asked behind the desk's back, these would be ahead of its count of versions."""

Gateway = Annotated[str, Path(pattern=f"^{GATEWAY_ID.pattern}$", max_length=40)]


class CommandLife(StrEnum):
    """What became of a command."""

    PENDING = "pending"
    EXPIRED = "expired"
    DONE = CommandOutcome.DONE.value
    PARTLY = CommandOutcome.PARTLY.value
    REFUSED = CommandOutcome.REFUSED.value
    FAILED = CommandOutcome.FAILED.value


class CommandIn(BaseModel):
    """Something to ask of a gateway."""

    name: str = Field(max_length=40, description="As `docs/wire.schema.json` names it, such as identify.")
    body: dict[str, Any] = Field(
        default={}, description="What the command holds; the sha256 of settings may be left out."
    )
    expires_in_s: int = Field(default=DEFAULT_LIFE_S, ge=1, le=LONGEST_LIFE_S)


class CommandOut(BaseModel):
    """A command and what became of it."""

    id: str
    gateway: str
    name: str
    body: dict[str, Any]
    state: CommandLife
    detail: str | None = Field(description="What the gateway says of it.")
    issued: str
    issued_by: str = Field(description="Id of who asked.")
    expires: str
    answered: str | None = Field(description="When the gateway answered, by its clock.")


class CommandsOut(BaseModel):
    """Newest first; `omitted` is true when there are older ones beyond the limit."""

    commands: list[CommandOut]
    omitted: bool


@router.post("/api/v1/gateways/{gateway}/commands", responses=problems(400, 404, 413, 503))
def issue(viewer: Administrator, services: ServicesOf, gateway: Gateway, body: CommandIn) -> CommandOut:
    """Ask something of a gateway; it is sent until it is answered or expired."""
    if gateway not in services.gateways.heard_gateways():
        raise ProblemError(HTTPStatus.NOT_FOUND, "no gateway of this name was ever heard: check the name")
    if body.name in _BY_ROLLOUT:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "a roll-out asks that, in stages: begin one with what an operator signed, at /api/v1/rollouts",
            errors=("name",),
        )
    try:
        issued = services.commands.issue(
            gateway, body.name, body.body, by=viewer.person.id, expires_in_s=body.expires_in_s
        )
    except ValidationError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), errors=("body",)) from error
    return command_out(CommandState(command=issued, answer=None), issued.issued_ms)


@router.get("/api/v1/gateways/{gateway}/commands", responses=problems(503))
def commands(
    _: Administrator,
    services: ServicesOf,
    gateway: Gateway,
    limit: Annotated[int, Query(ge=1, le=MOST_COMMANDS)] = 50,
) -> CommandsOut:
    """List what was asked of a gateway, newest first; what was asked of a patient's is on their own list."""
    found = services.commands.book.commands_of(gateway, limit + 1, about_patients=False)
    now_ms = services.clock.wall_ms()
    return CommandsOut(
        commands=[command_out(each, now_ms) for each in found[:limit]], omitted=len(found) > limit
    )


def command_out(state: CommandState, now_ms: int) -> CommandOut:
    """Return a command as the API shows it."""
    issued, answer = state.command, state.answer
    return CommandOut(
        id=issued.id,
        gateway=issued.gateway,
        name=issued.name,
        body=issued.body,
        state=life_of(state, now_ms),
        detail=answer.detail if answer else None,
        issued=iso(issued.issued_ms),
        issued_by=issued.issued_by,
        expires=iso(issued.expires_ms),
        answered=iso_or_none(answer.t_ms if answer else None),
    )


def life_of(state: CommandState, now_ms: int) -> CommandLife:
    """Return what became of a command by now."""
    if state.answer is not None:
        return CommandLife(state.answer.outcome.value)
    return CommandLife.EXPIRED if _is_expired(state.command, now_ms) else CommandLife.PENDING


def _is_expired(issued: IssuedCommand, now_ms: int) -> bool:
    return now_ms >= issued.expires_ms
