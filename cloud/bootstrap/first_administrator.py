"""Nobody runs a new service yet: its first start prints a link for whoever will, once, beside the log."""

import sys
from typing import Final

import structlog

from cloud.access.invitations import Invitations
from cloud.ports import ServiceRole
from cloud.services import Services

__all__ = ["announce", "first_link"]

_log = structlog.get_logger(__name__)

_SAID: Final = (
    "\nNobody runs this Carewire yet. Open this link to become its first administrator;\n"
    "it works once, for a day:\n"
    "\n    {link}\n\nIt is not shown again: `carewire cloud first-administrator` makes another.\n\n"
)


def announce(services: Services, roles: frozenset[ServiceRole]) -> None:
    """Get ready to let people in; print the link if there never was an administrator."""
    invitations = services.entrance.invitations
    if ServiceRole.API not in roles:
        return
    invitations.room.prepare()  # the first unknown name would take twice as long as any other
    if invitations.has_administrator():
        return
    if invitations.administrators():
        _log.warning("sign_in.no_administrator", do="carewire cloud first-administrator")
        return
    sys.stderr.write(_SAID.format(link=first_link(invitations, services.site.url)))
    sys.stderr.flush()


def first_link(invitations: Invitations, site_url: str) -> str:
    """Return the address of a new link for the first administrator; earlier ones are worthless.

    Raises
    ------
    DeadLinkError
        If there is an administrator.
    """
    return f"{site_url}/invitation?token={invitations.first_administrator()}"
