"""Tokens for programs of whoever asks: listed, made and revoked by the person alone, never by a program."""

from http import HTTPStatus
from typing import Final

from pydantic import BaseModel, Field

from cloud.access.guards import Oneself
from cloud.access.programs import DAY_MS, LONGEST_LIFE_MS, TokenWish, TokenWishError
from cloud.access.proof import RecentlyProved
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router, problems
from cloud.api.times import iso, iso_or_none
from cloud.ports import ApiToken, Scope

__all__ = ["router"]

router = policed_router("programs")

MOST_DAYS: Final = LONGEST_LIFE_MS // DAY_MS


class ApiTokenOut(BaseModel):
    """One token. Its secret was shown when it was made, and never is again."""

    id: str
    label: str
    scopes: list[Scope]
    read_only: bool
    patient_id: str | None = Field(description="The one patient it is for; null: all of its person's.")
    made: str = Field(description="ISO 8601 UTC.")
    expires: str
    used: str | None = Field(description="When it was last good for something, to the minute.")
    revoked: str | None


class ApiTokensOut(BaseModel):
    """The tokens of whoever asks, newest first, those that are worthless too."""

    tokens: list[ApiTokenOut]


class ApiTokenIn(BaseModel):
    """What a program is to be let do: never more than its person may at the time."""

    label: str = Field(min_length=1, max_length=64)
    scopes: list[Scope] = Field(min_length=1, max_length=len(Scope))
    read_only: bool = True
    patient_id: str | None = Field(default=None, max_length=64)
    days: int = Field(default=90, ge=1, le=MOST_DAYS, description="For how long it is good.")


class ApiTokenMadeOut(ApiTokenOut):
    """A token that was made."""

    secret: str = Field(description="What the program sends as a bearer token; shown this once.")


@router.get("/api/v1/me/tokens", responses=problems(503))
def tokens(viewer: Oneself, services: ServicesOf) -> ApiTokensOut:
    """List the tokens of whoever asks."""
    return ApiTokensOut(tokens=[_token_out(each) for each in services.programs.of(viewer.person)])


@router.post("/api/v1/me/tokens", responses=problems(409, 413, 503), status_code=201)
def make(viewer: Oneself, _: RecentlyProved, services: ServicesOf, body: ApiTokenIn) -> ApiTokenMadeOut:
    """Make a token."""
    wish = TokenWish(
        label=body.label,
        scopes=frozenset(body.scopes),
        life_ms=body.days * DAY_MS,
        is_read_only=body.read_only,
        patient_id=body.patient_id,
    )
    try:
        secret, token = services.programs.make(viewer.person, wish)
    except TokenWishError as error:
        raise ProblemError(HTTPStatus.CONFLICT, str(error)) from error
    return ApiTokenMadeOut(**_token_out(token).model_dump(), secret=secret)


@router.delete("/api/v1/me/tokens/{token_id}", responses=problems(404, 503), status_code=204)
def revoke(viewer: Oneself, services: ServicesOf, token_id: str) -> None:
    """Make a token worthless at once; whatever it is being sent ends within a second."""
    if not services.programs.revoke(token_id, person=viewer.person, actor=viewer.person.id):
        raise ProblemError(HTTPStatus.NOT_FOUND, "you have no such token that is still good: see the list")


def _token_out(token: ApiToken) -> ApiTokenOut:
    return ApiTokenOut(
        id=token.id,
        label=token.label,
        scopes=sorted(token.scopes),
        read_only=token.is_read_only,
        patient_id=token.patient_id,
        made=iso(token.made_ms),
        expires=iso(token.expires_ms),
        used=iso_or_none(token.used_ms),
        revoked=iso_or_none(token.revoked_ms),
    )
