"""Who was refused what, and what was changed, for whoever reads the logs: events and fields, never a value.

Everything in a line is ours: a route's pattern, not its address; a rule's name; whom, by a pseudonym; from
which network. So no line can hold a name, a reading or a secret, nor be made to look like two.
"""

import hashlib
from ipaddress import ip_address, ip_network
from types import MappingProxyType
from typing import Final

import structlog
from starlette.requests import Request

from cloud.access.policies import Policy
from cloud.access.sessions import Viewer
from vitals.errors import AccessDeniedError

__all__ = ["note_changed", "note_refused", "note_viewer"]

_log = structlog.get_logger(__name__)

_NETWORK_BITS: Final = MappingProxyType({4: 24, 6: 48})
_PSEUDONYM_BYTES: Final = 6


def note_viewer(request: Request, viewer: Viewer) -> None:
    """Remember for the line to come who is asking."""
    request.state.viewer = viewer


def note_refused(request: Request, route: str, policy: Policy, error: AccessDeniedError) -> None:
    """Write down that somebody was refused, by which rule."""
    _log.info("access.refused", why=type(error).__name__, **_asked(request, route, policy))


def note_changed(request: Request, route: str, policy: Policy) -> None:
    """Write down that somebody changed something; what it was is on the ledger."""
    _log.info("access.changed", **_asked(request, route, policy))


def _asked(request: Request, route: str, policy: Policy) -> dict[str, str | None]:
    return {
        "method": request.method,
        "route": route,
        "policy": policy.value,
        "who": _pseudonym(getattr(request.state, "viewer", None)),
        "network": _network(request),
    }


def _pseudonym(viewer: Viewer | None) -> str | None:
    """Return what stands for a person from line to line; who has the database can tell whom."""
    if viewer is None:
        return None
    return hashlib.blake2s(viewer.person.id.encode(), digest_size=_PSEUDONYM_BYTES, person=b"log").hexdigest()


def _network(request: Request) -> str | None:
    try:
        found = ip_address(request.client.host if request.client else "")
    except ValueError:
        return None
    return str(ip_network((found, _NETWORK_BITS[found.version]), strict=False))
