"""Where whoever asks is signed in, and ending it there; invitations, for administrators."""

from pydantic import BaseModel, Field

from cloud.access.errors import NotVisibleError
from cloud.access.guards import Administrator, Oneself
from cloud.access.proof import RecentlyProved
from cloud.access.sessions import session_name
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router, problems
from cloud.api.times import iso
from cloud.ports import Role, SignInWay

router = policed_router("sign-in")


class SessionOut(BaseModel):
    """One device or program that whoever asks is signed in on."""

    id: str
    device: str = Field(description='In words, such as "Firefox on Android"; as it says of itself.')
    way: SignInWay
    began: str = Field(description="ISO 8601 UTC.")
    last_used: str = Field(description="ISO 8601 UTC, to the minute or so.")
    is_this: bool = Field(description="Whether it is the one that asks.")


class SessionsOut(BaseModel):
    """Everywhere whoever asks is signed in now, the one used last first."""

    sessions: list[SessionOut]


class EndedOut(BaseModel):
    """How many sessions were ended."""

    ended: int


class InvitationIn(BaseModel):
    """Who is to come in, and as what."""

    display_name: str = Field(min_length=1, max_length=80)
    role: Role


class InvitationOut(BaseModel):
    """Somebody new, and the one-time link with which they choose a password; it is told this once."""

    person_id: str
    url: str


@router.get("/api/v1/me/sessions", responses=problems(503))
def sessions(viewer: Oneself, services: ServicesOf) -> SessionsOut:
    """List where whoever asks is signed in."""
    return SessionsOut(
        sessions=[
            SessionOut(
                id=session_name(kept),
                device=kept.device,
                way=kept.way,
                began=iso(kept.began_ms),
                last_used=iso(kept.used_ms),
                is_this=kept.token_hash == viewer.session,
            )
            for kept in services.sessions.open_sessions(viewer.person.id)
        ]
    )


@router.delete("/api/v1/me/sessions", responses=problems(503))
def end_others(viewer: Oneself, services: ServicesOf) -> EndedOut:
    """Sign whoever asks out everywhere else."""
    return EndedOut(ended=services.sessions.end_all(viewer.person.id, but=viewer.session))


@router.delete("/api/v1/me/sessions/{session_id}", responses=problems(404, 503))
def end_one(viewer: Oneself, services: ServicesOf, session_id: str) -> EndedOut:
    """End one session of whoever asks, and its open streams within a second."""
    if not services.sessions.end_one(viewer.person.id, session_id):
        raise NotVisibleError("you are not signed in there any more: list the sessions again")
    return EndedOut(ended=1)


@router.post("/api/v1/invitations", responses=problems(400, 413, 503))
def invite(
    viewer: Administrator, _proof: RecentlyProved, services: ServicesOf, body: InvitationIn
) -> InvitationOut:
    """Make somebody new, and their link. What they may see is granted apart."""
    person, token = services.entrance.invitations.invite(body.display_name, body.role, viewer.person)
    return InvitationOut(person_id=person.id, url=f"{services.site.url}/invitation?token={token}")
