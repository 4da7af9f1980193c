"""Passkeys of whoever asks, and signing in with one. What goes to and fro is WebAuthn's own JSON."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from fastapi import Request, Response
from pydantic import BaseModel, Field
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from cloud.access.attempts import attempt_key, forget_attempt, remember_attempt
from cloud.access.credentials import session_token, set_device_cookie, set_session_cookie
from cloud.access.guards import Anyone, Oneself
from cloud.access.passkey_answers import PasskeyRefusal, PasskeyRefusedError
from cloud.access.proof import RecentlyProved
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router, problems
from cloud.api.times import iso, iso_or_none
from cloud.ports import Passkey, SignInWay

__all__ = ["REFUSALS", "id_shown", "passkey_id", "router"]

router = policed_router("passkeys")

ADDING: Final = "passkey-added"
SIGNING_IN: Final = "passkey"
REFUSALS: Final[Mapping[PasskeyRefusal, tuple[HTTPStatus, str]]] = MappingProxyType(
    {
        PasskeyRefusal.NO_DOMAIN: (
            HTTPStatus.CONFLICT,
            "passkeys belong to a name and this service has a number: have its public_url name one",
        ),
        PasskeyRefusal.OVER: (
            HTTPStatus.BAD_REQUEST,
            "that took longer than five minutes, or was begun in another browser: begin again",
        ),
        PasskeyRefusal.NOT_KNOWN: (
            HTTPStatus.FORBIDDEN,
            "this passkey opens nothing here: choose another, or sign in another way",
        ),
        PasskeyRefusal.COPIED: (
            HTTPStatus.FORBIDDEN,
            "there seems to be a copy of this passkey, so it opens nothing more: sign in another way",
        ),
        PasskeyRefusal.KNOWN_ALREADY: (HTTPStatus.CONFLICT, "this passkey is kept already: nothing to add"),
        PasskeyRefusal.TOO_MANY: (HTTPStatus.CONFLICT, "you have plenty of passkeys: remove one first"),
        PasskeyRefusal.LAST_WAY_IN: (
            HTTPStatus.CONFLICT,
            "this is your last way in: add another before you remove it",
        ),
    }
)
_ADDED: Final = problems(400, 403, 409, 413, 503)


class PasskeyOut(BaseModel):
    """One passkey. Of the key itself nothing is told."""

    id: str
    label: str
    added: str = Field(description="ISO 8601 UTC.")
    used: str | None = Field(description="When it last signed somebody in.")
    synced: bool = Field(description="Kept by a password manager that carries it to other devices.")
    refused: str | None = Field(description="When a copy of it was noticed: since then it opens nothing.")


class PasskeysOut(BaseModel):
    """The passkeys of whoever asks, oldest first."""

    passkeys: list[PasskeyOut]
    possible: bool = Field(description="Whether this service has a name that passkeys can belong to.")


class OptionsOut(BaseModel):
    """What `navigator.credentials` is asked with; the answer is good once, in this browser, for 5 minutes."""

    options: dict[str, Any]


class PasskeyIn(BaseModel):
    """A passkey that a browser created, as `toJSON()` tells it, and what its person calls it."""

    label: str = Field(min_length=1, max_length=64)
    credential: dict[str, Any]


class AssertionIn(BaseModel):
    """What a browser answered, as `toJSON()` tells it."""

    credential: dict[str, Any]


class SignedInOut(BaseModel):
    """Where to go now."""

    next: str


@router.get("/api/v1/me/passkeys", responses=problems(503))
def passkeys(viewer: Oneself, services: ServicesOf) -> PasskeysOut:
    """List the passkeys of whoever asks."""
    found = services.passkeys.of(viewer.person)
    return PasskeysOut(
        passkeys=[_passkey_out(each) for each in found], possible=services.passkeys.is_possible
    )


@router.post("/api/v1/me/passkeys/options", responses=problems(409, 503))
def offer(viewer: Oneself, _: RecentlyProved, services: ServicesOf, response: Response) -> OptionsOut:
    """Begin to add a passkey."""
    try:
        key, options = services.passkeys.offer(viewer.person)
    except PasskeyRefusedError as error:
        raise _problem(error) from error
    remember_attempt(response, services.site, ADDING, key)
    return OptionsOut(options=options)


@router.post("/api/v1/me/passkeys", responses=_ADDED, status_code=201)
def add(
    viewer: Oneself,
    _: RecentlyProved,
    services: ServicesOf,
    request: Request,
    response: Response,
    body: PasskeyIn,
) -> PasskeyOut:
    """Keep the passkey that the browser created for what it was offered."""
    key = attempt_key(request, services.site, ADDING)
    forget_attempt(response, services.site, ADDING)
    try:
        return _passkey_out(services.passkeys.add(viewer.person, key, body.credential, body.label))
    except PasskeyRefusedError as error:
        raise _problem(error) from error


@router.delete("/api/v1/me/passkeys/{passkey}", responses=problems(404, 409, 503), status_code=204)
def remove(viewer: Oneself, _: RecentlyProved, services: ServicesOf, passkey: str) -> None:
    """Remove a passkey; the last way in stays."""
    known = passkey_id(passkey)
    try:
        was_there = known is not None and services.passkeys.remove(viewer.person, known)
    except PasskeyRefusedError as error:
        raise _problem(error) from error
    if not was_there:
        raise ProblemError(HTTPStatus.NOT_FOUND, "you have no such passkey: see the list")


@router.post("/api/v1/sign-in/passkey/options", responses=problems(409, 503))
def ask(_: Anyone, services: ServicesOf, response: Response) -> OptionsOut:
    """Begin to sign in with a passkey; nobody says who they are before it does."""
    try:
        key, options = services.passkeys.ask()
    except PasskeyRefusedError as error:
        raise _problem(error) from error
    remember_attempt(response, services.site, SIGNING_IN, key)
    return OptionsOut(options=options)


@router.post("/api/v1/sign-in/passkey", responses=problems(400, 403, 409, 413, 503))
def sign_in(
    _: Anyone, services: ServicesOf, request: Request, response: Response, body: AssertionIn
) -> SignedInOut:
    """Begin a session for whoever's passkey answered; an earlier one of this browser ends."""
    key = attempt_key(request, services.site, SIGNING_IN)
    try:
        person_id = services.passkeys.known(key, body.credential)
    except PasskeyRefusedError as error:
        raise _problem(error) from error
    earlier = session_token(request, services.site)
    visitor = services.entrance.visitor(request, services.site)
    entered = services.entrance.arrivals.let_in(person_id, visitor, SignInWay.PASSKEY)
    if earlier is not None:
        services.sessions.end(earlier)
    forget_attempt(response, services.site, SIGNING_IN)
    set_session_cookie(response, services.site, entered.token)
    set_device_cookie(response, services.site, entered.devices)
    return SignedInOut(next="/")


def passkey_id(shown: str) -> bytes | None:
    """Return the id that is shown so; None if none is."""
    try:
        return base64url_to_bytes(shown)
    except ValueError:
        return None


def id_shown(passkey: Passkey) -> str:
    """Return a passkey's id as addresses carry it."""
    return bytes_to_base64url(passkey.id)


def _passkey_out(passkey: Passkey) -> PasskeyOut:
    return PasskeyOut(
        id=id_shown(passkey),
        label=passkey.label,
        added=iso(passkey.added_ms),
        used=iso_or_none(passkey.used_ms),
        synced=passkey.is_synced,
        refused=iso_or_none(passkey.refused_ms),
    )


def _problem(error: PasskeyRefusedError) -> ProblemError:
    status, sentence = REFUSALS[error.refusal]
    return ProblemError(status, sentence)
