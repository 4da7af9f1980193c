"""The ways to whoever asks: listed with masked addresses, added, tried and removed."""

from http import HTTPStatus
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from cloud.access.guards import Oneself
from cloud.alerts.telling.errands import Failed
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router, problems
from cloud.api.times import iso
from cloud.notifiers.own_ways import OwnWays, TooManyError, UnknownWayError
from cloud.ports import Channel, ContactPoint
from vitals.errors import DeliveryError

router = policed_router("contacts")

_Part = Annotated[str, StringConstraints(max_length=2_048)]
_Name = Annotated[str, StringConstraints(max_length=16)]
_MOST_PARTS = 4


class ContactOut(BaseModel):
    """One way to whoever asks."""

    id: str
    channel: Channel
    label: str
    address: str = Field(description="As much of it as it can be known by, and nobody could use.")
    detail: bool = Field(description="Messages by it say what was found, and of whom.")
    added: str = Field(description="ISO 8601 UTC.")


class ContactsOut(BaseModel):
    """The ways to whoever asks, oldest first, besides the open pages. `channels` are set up here."""

    contacts: list[ContactOut]
    channels: list[Channel]


class ContactIn(BaseModel):
    """A way: `to` for email, `url` for webhook and apprise, `endpoint`, `p256dh` and `auth` for web-push."""

    channel: Channel
    label: str = Field(min_length=1, max_length=64)
    address: dict[_Name, _Part] = Field(max_length=_MOST_PARTS)
    detail: bool = Field(default=False, description="Have messages say what was found, and of whom.")


class ContactAddedOut(ContactOut):
    """A way that was added."""

    secret: str | None = Field(description="With which a webhook's messages are signed; shown this once.")


class TriedOut(BaseModel):
    """What came of a test message. That it was taken does not say that it arrived: look there."""

    taken: bool
    receipt: str | None = Field(description="What the channel gave as a receipt, if anything.")
    error: str | None = Field(description="Why it was not taken, and what to do.")


class WebPushKeyOut(BaseModel):
    """What a browser subscribes with, as `applicationServerKey`; null: there is no Web Push here."""

    key: str | None


@router.get("/api/v1/me/contacts", responses=problems(503))
def contacts(viewer: Oneself, services: ServicesOf) -> ContactsOut:
    """List the ways to whoever asks."""
    ways = services.own_ways
    return ContactsOut(
        contacts=[_contact_out(one, ways) for one in ways.of(viewer.person)], channels=list(ways.channels)
    )


@router.post("/api/v1/me/contacts", responses=problems(400, 403, 413, 429, 503), status_code=201)
def add_contact(viewer: Oneself, services: ServicesOf, body: ContactIn) -> ContactAddedOut:
    """Add a way; one to the same address takes the place of the one there is. Try it afterwards."""
    ways = services.own_ways
    try:
        added = ways.add(viewer.person, body.channel, body.label, body.address, detail=body.detail)
    except DeliveryError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
    except TooManyError as error:
        raise ProblemError(HTTPStatus.TOO_MANY_REQUESTS, str(error)) from error
    secret = added.address.get("secret")
    return ContactAddedOut(
        **_contact_out(added, ways).model_dump(), secret=secret if isinstance(secret, str) else None
    )


@router.delete("/api/v1/me/contacts/{contact_id}", responses=problems(403, 404, 503), status_code=204)
def remove_contact(viewer: Oneself, services: ServicesOf, contact_id: str) -> None:
    """Use a way no more, and forget its address."""
    try:
        services.own_ways.remove(viewer.person, contact_id)
    except UnknownWayError as error:
        raise ProblemError(HTTPStatus.NOT_FOUND, str(error)) from error


@router.post("/api/v1/me/contacts/{contact_id}/test", responses=problems(403, 404, 429, 503))
def try_contact(viewer: Oneself, services: ServicesOf, contact_id: str) -> TriedOut:
    """Send a test message by a way, and wait for what comes of it."""
    try:
        outcome = services.own_ways.tried(viewer.person, contact_id)
    except UnknownWayError as error:
        raise ProblemError(HTTPStatus.NOT_FOUND, str(error)) from error
    except TooManyError as error:
        raise ProblemError(HTTPStatus.TOO_MANY_REQUESTS, str(error)) from error
    if isinstance(outcome, Failed):
        return TriedOut(taken=False, receipt=None, error=outcome.error)
    return TriedOut(taken=True, receipt=outcome.receipt, error=None)


@router.get("/api/v1/me/web-push-key")
def web_push_key(_: Oneself, services: ServicesOf) -> WebPushKeyOut:
    """Return the key that a browser subscribes with."""
    return WebPushKeyOut(key=services.web_push_key)


def _contact_out(contact: ContactPoint, ways: OwnWays) -> ContactOut:
    return ContactOut(
        id=contact.id,
        channel=contact.channel,
        label=contact.label,
        address=ways.masked(contact),
        detail=contact.address.get("detail") is True,
        added=iso(contact.added_ms),
    )
