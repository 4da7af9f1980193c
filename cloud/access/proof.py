"""Proving again who one is, before what cannot be taken back.

A route takes it after its guard, so that who may not do it at all is told that first:

>>> @router.post("/api/v1/patients/{patient_id}/grants")
... def grant(visit: OwnVisit, proof: RecentlyProved) -> GrantOut: ...
"""

from typing import Annotated, Final

from fastapi import Depends
from starlette.requests import Request

from cloud.access.errors import NotProvedError
from cloud.access.guards import viewer_of
from cloud.access.sessions import Viewer
from cloud.services import services_of

__all__ = ["PROOF_LIFE_MS", "AsksForProof", "RecentlyProved", "is_proved"]

PROOF_LIFE_MS: Final = 10 * 60_000
"""How old a proof may be: whoever finds a phone unlocked has it no longer than that."""


def is_proved(viewer: Viewer, now_ms: int) -> bool:
    """Tell whether somebody proved lately who they are; a program's token never does."""
    return (
        viewer.limits is None
        and viewer.proved_ms is not None
        and 0 <= now_ms - viewer.proved_ms < PROOF_LIFE_MS
    )


class AsksForProof:
    """A dependency that lets through whoever signed in, or signed in again, in the last ten minutes."""

    def __call__(self, request: Request) -> Viewer:
        """Return who it is.

        Raises
        ------
        NotSignedInError
            If nobody is signed in.
        NotProvedError
            If that was too long ago, or it is a program.
        """
        services = services_of(request)
        viewer = viewer_of(request, services)
        if not is_proved(viewer, services.clock.wall_ms()):
            raise NotProvedError("prove again who you are, at /sign-in/again, and do this soon after")
        return viewer


RecentlyProved = Annotated[Viewer, Depends(AsksForProof())]
