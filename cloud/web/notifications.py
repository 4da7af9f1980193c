"""How one is told of alerts: the ways to oneself, tried and removed here, and this browser as one of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Final

from fastapi import Path
from starlette.responses import RedirectResponse, Response

from cloud.access.guards import Oneself
from cloud.access.sessions import Viewer
from cloud.alerts.telling.errands import Failed, Outcome
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router
from cloud.notifiers.own_ways import TooManyError, UnknownWayError
from cloud.ports import Channel, ContactPoint
from cloud.services import Services
from cloud.web.rendering import render
from cloud.web.undelivered import failure
from cloud.web.words import N_, Sentence

__all__ = ["CHANNEL_WORDS", "WayRow", "router"]

router = policed_router("notification-pages", documented=False)

_PAGE: Final = "/me/notifications"
ContactId = Annotated[str, Path(max_length=64)]
CHANNEL_WORDS: Final[Mapping[Channel, Sentence]] = MappingProxyType(
    {
        Channel.WEB_PUSH: Sentence(message=N_("A browser, also while it is closed")),
        Channel.EMAIL: Sentence(message=N_("E-mail")),
        Channel.WEBHOOK: Sentence(message=N_("A program of yours")),
        Channel.APPRISE: Sentence(message=N_("A messenger")),
    }
)
"""What the ways that people set are called; open pages need no setting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WayRow:
    """A way to the reader, its address masked; messages by one that `is_detailed` say of whom and what."""

    id: str
    label: str
    channel: Sentence
    address: str
    is_detailed: bool


@router.get(_PAGE)
def page(viewer: Oneself, services: ServicesOf) -> Response:
    """Show every way to the reader."""
    return _page(services, viewer)


@router.post("/me/notifications/{contact_id}/test")
def try_way(viewer: Oneself, services: ServicesOf, contact_id: ContactId) -> Response:
    """Send a test message by a way, and say what came of it."""
    try:
        outcome = services.own_ways.tried(viewer.person, contact_id)
    except UnknownWayError as error:
        raise ProblemError(HTTPStatus.NOT_FOUND, str(error)) from error
    except TooManyError:
        wrong = Sentence(message=N_("That is enough for now. Wait ten minutes, then try again."))
        return _page(services, viewer, HTTPStatus.TOO_MANY_REQUESTS, wrong=wrong)
    return _page(services, viewer, tried=_came_of(outcome))


@router.post("/me/notifications/{contact_id}/remove")
def remove_way(viewer: Oneself, services: ServicesOf, contact_id: ContactId) -> Response:
    """Use a way no more, and show how things stand."""
    try:
        services.own_ways.remove(viewer.person, contact_id)
    except UnknownWayError as error:
        raise ProblemError(HTTPStatus.NOT_FOUND, str(error)) from error
    return RedirectResponse(_PAGE, status_code=303)


def _came_of(outcome: Outcome) -> Sentence:
    if isinstance(outcome, Failed):
        why = failure(outcome.error)
        return Sentence(message=N_("The test message was not taken: {why}"), fields={"why": why})
    return Sentence(message=N_("The test message is on its way. Look whether it arrives."))


def _page(
    services: Services,
    viewer: Viewer,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    tried: Sentence | None = None,
    wrong: Sentence | None = None,
) -> Response:
    return render(
        "notifications.html",
        status,
        viewer=viewer,
        rows=[_row(services, each) for each in services.own_ways.of(viewer.person)],
        key=services.web_push_key if Channel.WEB_PUSH in services.own_ways.channels else None,
        tried=tried,
        wrong=wrong,
    )


def _row(services: Services, contact: ContactPoint) -> WayRow:
    return WayRow(
        id=contact.id,
        label=contact.label,
        channel=CHANNEL_WORDS[contact.channel],
        address=services.own_ways.masked(contact),
        is_detailed=contact.address.get("detail") is True,
    )
