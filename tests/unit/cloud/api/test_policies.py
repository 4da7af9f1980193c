"""Every route against every kind of caller: who has no business there learns nothing."""

import httpx
import pytest
from starlette.routing import BaseRoute

from cloud.access.gatekeeper import Gatekeeper
from cloud.access.guards import AlertVisit, Anyone, PatientVisit, SignedIn
from cloud.access.policies import POLICIES, Policy
from cloud.api.routes import PolicedRoute, policy_of
from cloud.application import application
from cloud.ports import HeardDevice, Person, RolloutPlan, ServiceRole
from tests.fakes.alerts import an_alert
from tests.fakes.cloud_services import ADMIN, CARER, DOCTOR, OWNER, STRANGER, ClientFor, FakeCloud
from tests.fakes.directory import FakeDirectory
from tests.fakes.every_route import BODIES, FORMS, PLACES, QUERIES
from tests.fakes.gateway_book import FakeGatewayBook
from tests.fakes.relations import add_some
from tests.fakes.releases import signed
from vitals.errors import ConfigurationError


def routes() -> list[BaseRoute]:
    return application(FakeCloud().services).routes


def calls(policy: Policy) -> list[tuple[str, str]]:
    return [
        (method, route.path.format(**PLACES))
        for route in routes()
        if isinstance(route, PolicedRoute) and route.policy is policy
        for method in sorted(route.methods or ())
    ]


OF_A_PATIENT = [call for policy, row in POLICIES.items() if row.need is not None for call in calls(policy)]


async def call(client: httpx.AsyncClient, method: str, path: str) -> httpx.Response:
    headers = {"origin": "http://127.0.0.1:8080"}
    if method in {"GET", "DELETE"}:
        return await client.request(method, path, headers=headers, params=QUERIES.get((method, path)))
    if path.startswith("/api/"):
        body = BODIES.get(path, {"reason": "real"})
        return await client.request(method, path, headers=headers, json=body)
    return await client.post(path, headers=headers, data=FORMS.get(path, {"reason": "real"}))


@pytest.fixture(autouse=True)
def _things_of_wei(cloud: FakeCloud) -> None:
    alert = an_alert("tachycardia")
    cloud.alerts.alerts[alert.id] = alert
    cloud.directory.bind("c0-01", "p-wei", 0)
    cloud.back_office.heard["hallway"] = 1
    cloud.back_office.heard_from.append(HeardDevice(device="c0-01", gateway="hallway", received_ms=1))
    add_some(cloud.directory.relations, cloud.clock.wall_ms())
    given = cloud.services.rollouts.begin(signed(1), RolloutPlan(first="hallway"), by=ADMIN.id)
    assert given.id == PLACES["rollout_id"]


def test_every_route_declares_exactly_one_policy() -> None:
    assert [route for route in routes() if not isinstance(route, PolicedRoute)] == []
    assert all(route.policy in POLICIES for route in routes() if isinstance(route, PolicedRoute))


def test_every_policy_has_routes() -> None:
    assert all(calls(policy) for policy in Policy)


def test_a_route_without_a_policy_or_with_two_cannot_be_built() -> None:
    def unguarded() -> None: ...

    def twice(one: PatientVisit, two: AlertVisit) -> None: ...

    for endpoint in (unguarded, twice):
        with pytest.raises(ConfigurationError, match="policies"):
            policy_of(endpoint)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *calls(Policy.SIGNED_IN),
        *OF_A_PATIENT,
        *calls(Policy.ADMINISTRATOR),
        *calls(Policy.GATEWAY),
        *calls(Policy.INVITED),
        *calls(Policy.METRICS),
    ],
)
async def test_nobody_signed_in_gets_nothing(client_for: ClientFor, method: str, path: str) -> None:
    answer = await call(client_for(None), method, path)
    if path.startswith(("/api/", "/metrics")):
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
    else:
        assert answer.status_code == 303
        assert answer.headers["location"] == "/sign-in"
    assert "Wei" not in answer.text


@pytest.mark.parametrize("person", [STRANGER, ADMIN])
@pytest.mark.parametrize(("method", "path"), OF_A_PATIENT)
async def test_without_a_grant_the_patient_does_not_exist(
    cloud: FakeCloud, client_for: ClientFor, person: Person, method: str, path: str
) -> None:
    client = client_for(person)
    real = await call(client, method, path)
    imagined = await call(client, method, path.replace("p-wei", "p-nobody").replace("tachycardia", "none"))
    assert real.status_code == imagined.status_code == 404
    assert real.text.replace("p-wei", "p-nobody").replace("tachycardia", "none") == imagined.text
    assert "Wei" not in real.text
    assert cloud.alerts.alerts["alert-tachycardia"].acknowledged_ms is None
    assert cloud.commands.commands == {}
    assert cloud.rule_book.changes == []
    assert cloud.facts.notes == []


@pytest.mark.parametrize("person", [CARER, OWNER])
@pytest.mark.parametrize(("method", "path"), calls(Policy.PATIENT_TREATED))
async def test_treatment_is_for_those_who_treat_and_see_the_patient(
    cloud: FakeCloud, client_for: ClientFor, person: Person, method: str, path: str
) -> None:
    assert (await call(client_for(person), method, path)).status_code == 403
    assert cloud.rule_book.changes == []
    assert cloud.facts.notes == []
    let_in = {200, 303, 409}  # pages lead on; what nobody set yet cannot be taken back
    assert (await call(client_for(DOCTOR), method, path)).status_code in let_in
    cloud.directory.grant(ADMIN.id, "p-wei", 0, None)
    assert (await call(client_for(ADMIN), method, path)).status_code in let_in


async def test_what_is_unknown_and_what_is_not_theirs_take_the_same_steps(
    cloud: FakeCloud, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []

    def noted(kind: type, name: str) -> None:
        real = getattr(kind, name)

        def lookup(*given: object) -> object:
            steps.append(name)
            return real(*given)

        monkeypatch.setattr(kind, name, lookup)

    noted(FakeDirectory, "patient")
    noted(Gatekeeper, "decide")
    cloud.alerts.alerts["a-wei"] = an_alert()
    for known, unknown in (("/patients/p-wei", "/patients/p-x"), ("/alerts/a-wei", "/alerts/a-x")):
        taken = []
        for path in (known, unknown):
            steps.clear()
            assert (await client_for(STRANGER).get(f"/api/v1{path}")).status_code == 404
            taken.append(tuple(steps))
        assert taken[0] == taken[1] == ("decide",)


@pytest.mark.parametrize("person", [CARER, OWNER])
@pytest.mark.parametrize(("method", "path"), [*calls(Policy.ADMINISTRATOR), *calls(Policy.METRICS)])
async def test_administration_is_for_administrators(
    cloud: FakeCloud, client_for: ClientFor, person: Person, method: str, path: str
) -> None:
    assert (await call(client_for(person), method, path)).status_code == 403
    assert cloud.commands.commands == {}
    assert cloud.gateway_book == FakeGatewayBook()
    assert (await call(client_for(ADMIN), method, path)).status_code in {200, 303}


@pytest.mark.parametrize("person", [CARER, OWNER, STRANGER, ADMIN])
@pytest.mark.parametrize(("method", "path"), [*calls(Policy.GATEWAY), *calls(Policy.INVITED)])
async def test_what_gateways_do_is_for_no_person(
    cloud: FakeCloud, client_for: ClientFor, person: Person, method: str, path: str
) -> None:
    assert (await call(client_for(person), method, path)).status_code == 401
    assert len(cloud.inbox) == 0
    assert cloud.gateway_book.certified == {}


async def test_lists_hold_only_what_is_ones_own(client_for: ClientFor) -> None:
    seen = {
        person.id: [
            each["id"] for each in (await client_for(person).get("/api/v1/patients")).json()["patients"]
        ]
        for person in (CARER, OWNER, STRANGER, ADMIN)
    }
    assert seen == {CARER.id: ["p-wei"], OWNER.id: ["p-wei"], STRANGER.id: [], ADMIN.id: []}


async def test_a_grant_holds_from_its_start_until_before_its_end(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    now_ms = cloud.clock.wall_ms()
    client = client_for(STRANGER)
    statuses = []
    for from_ms, until_ms in ((now_ms + 1, None), (now_ms, None), (now_ms, now_ms + 1), (0, now_ms)):
        cloud.directory.grant(STRANGER.id, "p-wei", from_ms, until_ms)
        statuses.append((await client.get("/api/v1/patients/p-wei")).status_code)
    assert statuses == [404, 200, 200, 404]


async def test_public_routes_tell_a_stranger_nothing_about_anyone(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.troubles = ("ingest: the broker at 192.0.2.1 refuses it",)
    for method, path in calls(Policy.PUBLIC):
        text = (await call(client_for(None), method, path)).text
        assert "Wei" not in text
        assert "192.0.2.1" not in text


def test_the_annotated_types_name_their_policies() -> None:
    def public(_: Anyone) -> None: ...

    def signed_in(_: SignedIn) -> None: ...

    assert policy_of(public) is Policy.PUBLIC
    assert policy_of(signed_in) is Policy.SIGNED_IN


@pytest.mark.parametrize("role", list(ServiceRole))
async def test_a_process_answers_for_its_health_and_for_what_is_its_role_alone(
    cloud: FakeCloud, role: ServiceRole
) -> None:
    app = application(cloud.services, roles=frozenset({role}))
    served = {route.path for route in app.routes if isinstance(route, PolicedRoute)}
    assert {"/healthz", "/api/v1/health"} <= served
    assert ("/api/v1/ingest/batches" in served) == (role is ServiceRole.INGEST)
    assert ("/api/v1/patients/{patient_id}/alerts" in served) == (role is ServiceRole.API)
    assert ("/" in served) == (role is ServiceRole.API)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as stranger:
        assert (await stranger.get("/healthz")).json() == {"status": "ok"}
        assert (await stranger.get("/api/v1/health")).status_code == 401
