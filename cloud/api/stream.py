"""Server-sent events: what happens now to one patient, or alerts of all one may see."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Any, Final

import msgspec
from anyio import to_thread
from fastapi import Header
from starlette.responses import StreamingResponse

from cloud.access.guards import PatientVisit, SignedIn, still_there
from cloud.access.looking import looked
from cloud.access.paces import Effort
from cloud.access.policies import Policy
from cloud.access.sessions import Viewer
from cloud.access.visits import need_of, open_to
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router, problems
from cloud.ports import Scope
from cloud.services import Services
from vitals.errors import StorageError

router = policed_router("stream", effort=Effort.LISTEN)

CHECK_S: Final = 0.4
"""How often a stream asks whether it may go on: a revoked one ends within a second."""
HEARTBEAT_S: Final = 15.0
RETRY_MS: Final = 2_000
EVENT_SCOPES: Final[Mapping[str, frozenset[Scope]]] = MappingProxyType(
    {
        "heart_rate": frozenset({Scope.VITALS}),
        "ecg": frozenset({Scope.WAVEFORMS}),
        "device": frozenset({Scope.VITALS}),
        "gap": frozenset({Scope.VITALS, Scope.WAVEFORMS}),
        "alert": frozenset({Scope.ALERTS}),
        "duty": frozenset({Scope.ALERTS}),
    }
)
"""What must be open to hear of an event; what is not named here is heard by nobody."""

LastEventId = Annotated[str | None, Header(max_length=80)]
_EVENT_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Events: hello, tick, heart_rate, ecg, device, gap, alert, reload. "
        "A comment and a tick come every 15 s.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


class _EventStream(StreamingResponse):
    media_type = "text/event-stream"


@router.get(
    "/api/v1/patients/{patient_id}/stream",
    response_class=_EventStream,
    responses=_EVENT_STREAM | problems(422, 429, 503),
)
async def patient_stream(
    visit: PatientVisit, services: ServicesOf, last_event_id: LastEventId = None
) -> StreamingResponse:
    """Tell what happens to one patient and is open. `reload` says: read from the API, then listen again."""
    watch = _Watch(
        viewer=visit.viewer,
        policy=Policy.PATIENT_RELATED,
        open={visit.patient.id: visit.scopes},
        names=frozenset(name for name, scopes in EVENT_SCOPES.items() if scopes <= visit.scopes),
    )
    return _stream(services, watch, last_event_id)


@router.get("/api/v1/stream", response_class=_EventStream, responses=_EVENT_STREAM | problems(422, 429, 503))
async def overview_stream(
    viewer: SignedIn, services: ServicesOf, last_event_id: LastEventId = None
) -> StreamingResponse:
    """Alerts and duty of everyone whose alerts are open to the caller; it ends when one's no longer are."""
    policy = Policy.PATIENT_ALERTS
    visible = await to_thread.run_sync(open_to, services, viewer, policy)
    watched = {each.patient.id: frozenset({Scope.ALERTS}) for each in visible}
    await to_thread.run_sync(looked, services, viewer, policy, watched)
    watch = _Watch(viewer=viewer, policy=policy, open=watched, names=frozenset({"alert", "duty"}))
    return _stream(services, watch, last_event_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Watch:
    """Who watches whom, by which policy, for what; and what of each was open when it began."""

    viewer: Viewer
    policy: Policy
    open: Mapping[str, frozenset[Scope]]
    names: frozenset[str]

    @property
    def caller(self) -> str:
        """For whom this stream counts: programs for themselves, so that none shuts its person's pages out."""
        person_id = self.viewer.person.id
        return person_id if self.viewer.limits is None else f"programs of {person_id}"

    def may_go_on(self, services: Services) -> bool:
        """Tell whether the viewer is still signed in, and all that was open still is."""
        current = still_there(services, self.viewer)
        if current is None:
            return False
        need, now_ms = need_of(self.policy), services.clock.wall_ms()

        def is_open(patient_id: str, scopes: frozenset[Scope]) -> bool:
            decision = services.gatekeeper.decide(current.person.id, patient_id, need, now_ms, current.limits)
            return decision.is_allowed and scopes <= decision.scopes

        is_all = all(is_open(patient_id, scopes) for patient_id, scopes in self.open.items())
        return is_all and self._goes_on_looking(services)

    def _goes_on_looking(self, services: Services) -> bool:
        """Write down that the viewer does; what cannot be is not shown: the page comes back, and is told."""
        try:
            looked(services, self.viewer, self.policy, self.open)
        except StorageError:
            return False
        return True


def _stream(services: Services, watch: _Watch, last_event_id: str | None) -> StreamingResponse:
    if not services.live.has_room_for(watch.caller):
        raise ProblemError(
            HTTPStatus.TOO_MANY_REQUESTS, "you have too many pages open: close some, then try again"
        )
    return _EventStream(_events(services, watch, last_event_id))


async def _events(services: Services, watch: _Watch, last_event_id: str | None) -> AsyncIterator[bytes]:
    """Subscribe only once read from: a page that left before leaves nothing behind."""
    hub, now_s, caller = services.live, asyncio.get_running_loop().time, watch.caller
    if not hub.has_room_for(caller):
        return  # several were let in at the same moment
    watcher = hub.subscribe(
        frozenset(watch.open),
        names=watch.names,
        caller=caller,
        last_event_id=last_event_id,
    )
    try:
        # What was missed comes next, and counts on from the id that the page came back with.
        position = hub.newest_id(watcher) if last_event_id is None else None
        yield b"retry: %d\n%b" % (RETRY_MS, _event(position, "hello", _time_told(services)))
        checked_s = beaten_s = now_s()
        while not hub.closed:
            events = await watcher.take(CHECK_S)
            if now_s() - checked_s >= CHECK_S:
                if not await to_thread.run_sync(watch.may_go_on, services):
                    return
                checked_s = now_s()
            for event in events:
                yield _event(hub.id_of(event, watcher), event.name, event.data)
            if watcher.overflowed:
                yield _event(hub.newest_id(watcher), "reload", b'{"reason":"events were missed"}')
                return
            if now_s() - beaten_s >= HEARTBEAT_S:
                yield b": still here\n%b" % _event(None, "tick", _time_told(services))
                beaten_s = now_s()
    finally:
        hub.unsubscribe(watcher)


def _time_told(services: Services) -> bytes:
    clock = services.clock
    return msgspec.json.encode({"now_ms": clock.wall_ms(), "speed": getattr(clock, "speed", 1.0)})


def _event(position: str | None, name: str, data: bytes) -> bytes:
    number = b"" if position is None else b"id: %b\n" % position.encode()
    return b"%bevent: %b\ndata: %b\n\n" % (number, name.encode(), data)
