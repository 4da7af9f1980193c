"""A route that cannot be built without a policy, and documents what its policy refuses."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any, ClassVar, Final, get_args, get_type_hints

from fastapi import APIRouter
from fastapi.params import Depends
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from cloud.access.audit_log import note_changed, note_refused
from cloud.access.errors import NotAGatewayError, NotSignedInError
from cloud.access.forms import forms_of
from cloud.access.guards import Guard
from cloud.access.paces import Effort, address_of
from cloud.access.policies import POLICIES, Policy
from cloud.access.proof import AsksForProof
from cloud.access.shield import SAFE_METHODS, check_origin
from cloud.api.admission import check_posted
from cloud.api.problems import MEDIA_TYPE, Problem
from cloud.api.reader import written_for
from cloud.services import services_of
from vitals.errors import AccessDeniedError, ConfigurationError

__all__ = ["PolicedRoute", "asks_for_proof", "policed_router", "problems"]

_RETRY_AFTER: Final[dict[str, Any]] = {
    "Retry-After": {
        "description": "In how many seconds to ask again, if too much was asked for.",
        "schema": {"type": "integer"},
    }
}
_ALWAYS: Final = frozenset({421, 422, 500})


class PolicedRoute(APIRoute):
    """An API route with exactly one policy, read from its endpoint's annotations.

    `effort` is what each request is counted as; None is not counted.
    """

    effort: ClassVar[Effort | None] = None

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:  # noqa: ANN401 - passed on
        self.policy = policy_of(endpoint)
        refusals = {*_ALWAYS, *POLICIES[self.policy].refusals, *({403} if asks_for_proof(endpoint) else ())}
        expected = problems(*sorted(refusals if self.effort is None else refusals | {429}))
        options["responses"] = expected | (options.get("responses") or {})
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Put what must be so of every request before everything else the route does."""
        handle = super().get_route_handler()

        async def checked(request: Request) -> Response:
            try:
                response = await self._admitted(request, handle)
            except AccessDeniedError as error:
                note_refused(request, self.path_format, self.policy, error)
                raise
            if request.method not in SAFE_METHODS and response.status_code < HTTPStatus.BAD_REQUEST:
                note_changed(request, self.path_format, self.policy)
            return response

        return checked

    async def _admitted(
        self, request: Request, handle: Callable[[Request], Coroutine[Any, Any, Response]]
    ) -> Response:
        services = services_of(request)
        check_origin(request, request.method, services.site)
        if self.policy is Policy.PUBLIC and self.effort is not None:
            services.paces.count_stranger(address_of(request, services.entrance.proxies))
        with written_for(request), forms_of(request, services.site, services.sessions.randomness) as forms:
            await check_posted(request, self.policy, forms)
            try:
                response = await handle(request)
            except (NotSignedInError, NotAGatewayError):
                services.paces.count_stranger(address_of(request, services.entrance.proxies))
                raise
        forms.settle(response)
        return response


def policed_router(tag: str, *, documented: bool = True, effort: Effort | None = Effort.ASK) -> APIRouter:
    """Return a router all of whose routes declare a policy, and what effort each request is counted as."""
    counted = type(PolicedRoute.__name__, (PolicedRoute,), {"effort": effort})
    return APIRouter(route_class=counted, tags=[tag], include_in_schema=documented)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Document statuses a route answers with a problem."""
    schema = {"$ref": f"#/components/schemas/{Problem.__name__}"}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": schema}},
            **({"headers": _RETRY_AFTER} if status == HTTPStatus.TOO_MANY_REQUESTS else {}),
        }
        for status in statuses
    }


def policy_of(endpoint: Callable[..., Any]) -> Policy:
    """Return the one policy an endpoint's annotations declare.

    Raises
    ------
    ConfigurationError
        If it declares none or several.
    """
    found: list[Policy] = [each.policy for each in _dependencies(endpoint) if isinstance(each, Guard)]
    if len(found) != 1:
        raise ConfigurationError(
            f"route {endpoint.__module__}.{endpoint.__qualname__} declares {len(found)} policies: "
            "take exactly one of the types of cloud.access.guards, such as SignedIn or PatientVisit"
        )
    return found[0]


def asks_for_proof(endpoint: Callable[..., Any]) -> bool:
    """Tell whether an endpoint is for those alone who proved lately who they are."""
    return any(isinstance(each, AsksForProof) for each in _dependencies(endpoint))


def _dependencies(endpoint: Callable[..., Any]) -> list[object]:
    return [
        marker.dependency
        for hint in get_type_hints(endpoint, include_extras=True).values()
        for marker in get_args(hint)[1:]
        if isinstance(marker, Depends)
    ]
