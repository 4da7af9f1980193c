"""Everybody against everything: each sort of person calls every route of the application with every method.

What is expected stands in two tables, by hand: what is open to whom, and what each policy asks for.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import httpx
import pytest
from fastapi import FastAPI

from cloud.access.policies import POLICIES, Policy
from cloud.access.sessions import Sessions, Viewer
from cloud.api.routes import PolicedRoute
from cloud.application import application
from cloud.ports import (
    EVERYTHING,
    Deed,
    GlassBreak,
    Guardianship,
    HeardDevice,
    LedgerNote,
    Limits,
    Membership,
    Person,
    Proxy,
    Role,
    Scope,
    Silence,
)
from tests.contracts.rollout_book import rollout
from tests.fakes.alerts import an_alert
from tests.fakes.cloud_services import ADMIN, CARER, DOCTOR, OWNER, STRANGER, FakeCloud
from tests.fakes.every_route import BODIES, FORMS, PLACES, QUERIES
from tests.fakes.relations import a_grant, add_some

NOW_MS: Final = FakeCloud().clock.wall_ms()
AMA_HERSELF: Final = Person(id="u-ama", display_name="Ama", role=Role.PATIENT, patient_id="p-ama")
SIM: Final = Person(id="u-sim", display_name="Sim", role=Role.CAREGIVER)
NIGHT_NURSE: Final = Person(id="u-night", display_name="Nel", role=Role.CLINICIAN)
SHARE, LASTS, TREATS = "share", "lasts", "treats"
READ: Final = frozenset(Scope)
NAMES_WEI: Final = re.compile(r"\bWei\b")  # as a word: a certificate's letters may spell it


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """One sort of person: how they come by what is open to them, and what that is (None: Wei is unknown)."""

    person: Person | None
    may: frozenset[str] | None = None
    relate: Callable[[FakeCloud], None] = lambda _: None
    limits: Limits | None = None
    gateway: bool = False


def granted(*scopes: Scope, from_ms: int = 0, until_ms: int | None = None) -> Callable[[FakeCloud], None]:
    def relate(cloud: FakeCloud) -> None:
        cloud.directory.grant(SIM.id, "p-wei", from_ms, until_ms, frozenset(scopes or EVERYTHING))

    return relate


def revoked(cloud: FakeCloud) -> None:
    grant = a_grant(SIM.id, "p-wei")
    cloud.directory.relations.give(grant)
    cloud.sharing.take_back(grant, OWNER.id)


def in_team(until_ms: int | None) -> Callable[[FakeCloud], None]:
    def relate(cloud: FakeCloud) -> None:
        cloud.directory.relations.give(a_grant(None, "p-wei", team_id="night"))
        cloud.directory.relations.add_member(
            Membership(
                id="m", team_id="night", person_id=SIM.id, from_ms=0, until_ms=until_ms, added_by="u-admin"
            )
        )

    return relate


def acting(until_ms: int) -> Callable[[FakeCloud], None]:
    def relate(cloud: FakeCloud) -> None:
        cloud.directory.relations.add_proxy(
            Proxy(
                id="x",
                patient_id="p-wei",
                person_id=SIM.id,
                kind=Guardianship.PARENT,
                from_ms=0,
                until_ms=until_ms,
                made_by="operator",
            )
        )

    return relate


def breaking(until_ms: int) -> Callable[[FakeCloud], None]:
    def relate(cloud: FakeCloud) -> None:
        cloud.directory.relations.add_break(
            GlassBreak(
                id="b",
                patient_id="p-wei",
                person_id=NIGHT_NURSE.id,
                reason="found unconscious",
                from_ms=0,
                until_ms=until_ms,
            )
        )

    return relate


SORTS: Final[dict[str, Sort]] = {
    "nobody signed in": Sort(person=None),
    "a gateway": Sort(person=None, gateway=True),
    "a stranger": Sort(person=STRANGER),
    "another patient": Sort(person=AMA_HERSELF),
    "a clinician without a grant": Sort(person=NIGHT_NURSE),
    "an administrator without a grant": Sort(person=ADMIN),
    "not yet": Sort(person=SIM, relate=granted(from_ms=NOW_MS + 1)),
    "expired": Sort(person=SIM, relate=granted(until_ms=NOW_MS)),
    "revoked": Sort(person=SIM, relate=revoked),
    "a former member": Sort(person=SIM, relate=in_team(NOW_MS)),
    "a proxy of yesterday": Sort(person=SIM, relate=acting(NOW_MS)),
    "whose glass is whole again": Sort(person=NIGHT_NURSE, relate=breaking(NOW_MS)),
    **{
        f"granted {scope} alone": Sort(person=SIM, relate=granted(scope), may=frozenset({scope.value, LASTS}))
        for scope in Scope
    },
    "a team member": Sort(person=SIM, relate=in_team(None), may=READ | {LASTS}),
    "a caregiver": Sort(person=CARER, may=READ | {LASTS}),
    "a clinician": Sort(person=DOCTOR, may=READ | {LASTS, TREATS}),
    "the patient": Sort(person=OWNER, may=READ | {LASTS, SHARE}),
    "a proxy": Sort(person=SIM, relate=acting(NOW_MS + 1), may=READ | {LASTS, SHARE}),
    "who broke the glass": Sort(
        person=NIGHT_NURSE, relate=breaking(NOW_MS + 1), may=READ - {Scope.GENOME.value}
    ),
    "a program of the patient for vital signs": Sort(
        person=OWNER,
        limits=Limits(scopes=frozenset({Scope.VITALS}), read_only=False),
        may=frozenset({"vitals", LASTS}),
    ),
    "a program of a caregiver that only reads": Sort(
        person=CARER, limits=Limits(scopes=EVERYTHING, read_only=True), may=READ | {LASTS}
    ),
    "a program for somebody else": Sort(
        person=CARER, limits=Limits(scopes=EVERYTHING, read_only=False, patient_id="p-ama")
    ),
}
ASKS: Final[dict[Policy, frozenset[str]]] = {
    Policy.PATIENT_RELATED: frozenset(),
    Policy.PATIENT_VITALS: frozenset({"vitals"}),
    Policy.PATIENT_WAVEFORMS: frozenset({"waveforms"}),
    Policy.PATIENT_ALERTS: frozenset({"alerts"}),
    Policy.PATIENT_ALERTS_SET: frozenset({"alerts", LASTS}),
    Policy.PATIENT_MESSAGED: frozenset({"vitals", "alerts", LASTS}),
    Policy.PATIENT_NOTED: frozenset({"vitals", "alerts", LASTS}),
    Policy.PATIENT_REHEARSED: frozenset({"vitals", "alerts"}),
    Policy.PATIENT_TREATED: frozenset({"vitals", "alerts", LASTS, TREATS}),
    Policy.PATIENT_OWN: frozenset({SHARE}),
}
FIXED: Final[dict[Policy, Callable[[Sort], bool]]] = {
    Policy.PUBLIC: lambda _: True,
    Policy.SIGNED_IN: lambda sort: sort.person is not None,
    Policy.ONESELF: lambda sort: sort.person is not None,
    Policy.CLINICIAN: lambda sort: bool(sort.person) and sort.person.role is Role.CLINICIAN,
    Policy.ADMINISTRATOR: lambda sort: sort.person is ADMIN,
    Policy.METRICS: lambda sort: sort.person is ADMIN,
}
FOR_PROGRAMS: Final = frozenset(
    {
        "/",
        "/api/v1/alert-burden",
        "/api/v1/ledger/consistency",
        "/api/v1/ledger/entries/{number}/proof",
        "/api/v1/ledger/head",
        "/api/v1/ledger/heads",
        "/api/v1/me",
        "/api/v1/patients",
        "/api/v1/stream",
    }
)
"""What a program reads of nobody in particular: whose it is, whom it sees, what proves the ledger."""
OF_NO_PATIENT: Final = frozenset({Policy.PUBLIC, Policy.SIGNED_IN, Policy.ONESELF, Policy.CLINICIAN})
OF_GATEWAYS: Final = frozenset({Policy.GATEWAY, Policy.INVITED})


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitedSessions(Sessions):
    """Sessions whose secrets are limited as a program's are."""

    limits: dict[str, Limits] = field(default_factory=dict)

    def viewer(self, session_token: str) -> Viewer | None:
        found = Sessions.viewer(self, session_token)
        return found and replace(found, limits=self.limits.get(session_token))


@dataclass(slots=True)
class House:
    """One application for all; behind it a new world for each sort of person."""

    app: FastAPI
    routes: list[PolicedRoute]

    async def call(self, sort: Sort, method: str, path: str) -> httpx.Response:
        cloud = _world()
        sort.relate(cloud)
        self.app.state.services = cloud.services
        headers = {"origin": "http://127.0.0.1:8080"}
        if sort.gateway:
            headers["authorization"] = f"Bearer {cloud.gateway_access.issue('hallway')}"
        elif sort.person is not None:
            token = cloud.token(sort.person)
            if sort.limits is not None:
                sessions = LimitedSessions(
                    **{name: getattr(cloud.sessions, name) for name in Sessions.__dataclass_fields__},
                    limits={token: sort.limits},
                )
                self.app.state.services = replace(cloud.services, sessions=sessions)
            headers["authorization"] = f"Bearer {token}"
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
            if path.endswith("/stream"):
                return await _begun(client, path, headers)
            if method in {"GET", "DELETE"}:
                params = QUERIES.get((method, path))
                return await client.request(method, path, headers=headers, params=params)
            body = BODIES.get(path, {"reason": "real"})
            if path.startswith("/api/"):
                return await client.request(method, path, headers=headers, json=body)
            return await client.request(
                method, path, headers=headers, data=FORMS.get(path, {"reason": "real"})
            )


async def _begun(client: httpx.AsyncClient, path: str, headers: dict[str, str]) -> httpx.Response:
    """Ask of a stream only whether it may begin: with no room left, who may is told 429."""
    return await client.get(path, headers=headers | {"last-event-id": "x" * 81})


def _world() -> FakeCloud:
    cloud = FakeCloud()
    cloud.batches.patience_s = 0.1  # nobody stores what a gateway brings
    cloud.ledger.append(
        LedgerNote(t_ms=0, deed=Deed.LOOKED, actor=CARER.id, patient_id="p-wei", about={"what": "record"})
    )
    cloud.ledger_book.enter()
    for person in (AMA_HERSELF, SIM, NIGHT_NURSE):
        cloud.directory.add_person(person)
    cloud.alerts.alerts["alert-tachycardia"] = an_alert("tachycardia")
    cloud.directory.bind("c0-01", "p-wei", 0)
    cloud.back_office.heard["hallway"] = 1
    cloud.back_office.heard_from.append(HeardDevice(device="c0-01", gateway="hallway", received_ms=1))
    cloud.silences.add(
        Silence(
            id="silence-0",
            patient_id="p-wei",
            condition="tachycardia",
            from_ms=0,
            until_ms=NOW_MS + 1,
            author_id=CARER.id,
        )
    )
    add_some(cloud.directory.relations, NOW_MS)
    cloud.rollouts.kept["rollout-1"] = rollout()
    return cloud


@pytest.fixture(scope="module")
def house() -> House:
    app = application(_world().services)
    return House(app=app, routes=[route for route in app.routes if isinstance(route, PolicedRoute)])


def expected(sort: Sort, route: PolicedRoute, method: str) -> int | None:
    """Return with which status somebody is refused; None: they are let through."""
    policy = route.policy
    if policy in OF_GATEWAYS or sort.person is None:
        return None if policy is Policy.PUBLIC or (sort.gateway and policy is Policy.GATEWAY) else 401
    if policy not in ASKS:
        is_limited = sort.limits is not None and route.path not in FOR_PROGRAMS
        is_let_in = FIXED[policy](sort) and (policy is Policy.PUBLIC or not is_limited)
        return None if is_let_in else 403
    if sort.may is None or not ASKS[policy] <= sort.may:
        return 404 if sort.may is None or "{alert_id}" in route.path else 403
    only_reads = sort.limits is not None and sort.limits.read_only
    return 403 if only_reads and method != "GET" else None


def test_the_tables_know_every_policy() -> None:
    assert ASKS.keys() | FIXED.keys() | OF_GATEWAYS == set(Policy)
    assert {policy for policy, row in POLICIES.items() if row.need is not None} == set(ASKS)


def test_a_program_reaches_nothing_of_its_persons_own_but_what_the_table_names(house: House) -> None:
    signed_in = [route for route in house.routes if route.policy is Policy.SIGNED_IN]
    assert {route.path for route in signed_in} == FOR_PROGRAMS
    assert {method for route in signed_in for method in route.methods or ()} == {"GET"}


@pytest.mark.parametrize("name", SORTS)
async def test_everybody_gets_through_where_they_may_and_nowhere_else(house: House, name: str) -> None:
    sort, wrong = SORTS[name], []
    for route in house.routes:
        for method in sorted(route.methods or ()):
            path = route.path.format(**PLACES)
            answer = await house.call(sort, method, path)
            refused = answer.status_code if answer.status_code in {401, 403, 404, 500} else None
            is_shown_the_door = answer.headers.get("location") == "/sign-in"
            has_no_form = sort.person is None and refused == 403
            if is_shown_the_door or has_no_form:
                refused = None if route.policy is Policy.PUBLIC else 401
            if route.policy in OF_NO_PATIENT and refused == 404:
                refused = None  # they have nothing of this name
            if refused != expected(sort, route, method):
                wrong.append((method, path, answer.status_code, expected(sort, route, method)))
            if sort.may is None and NAMES_WEI.search(answer.text) and not _may_name(path):
                wrong.append((method, path, "names Wei", None))
    assert wrong == []


def _may_name(path: str) -> bool:
    """Tell whether a page names people to whoever gets through: an opened record, who signs in and wears."""
    return "/glass-breaks" in path or path.startswith(("/admin/people", "/admin/devices"))


UNKNOWN: Final = {"p-wei": "p-xxx", "alert-tachycardia": "alert-xxxxxxxxxxx"}


@pytest.mark.parametrize("name", [name for name, sort in SORTS.items() if sort.person and sort.may is None])
async def test_a_patient_one_may_not_see_answers_as_one_there_is_not(house: House, name: str) -> None:
    sort = SORTS[name]
    for route in house.routes:
        if route.policy not in ASKS:
            continue
        for method in sorted(route.methods or ()):
            path = route.path.format(**PLACES)
            imagined = path
            for known, unknown in UNKNOWN.items():
                imagined = imagined.replace(known, unknown)
            answers = [await house.call(sort, method, each) for each in (path, imagined)]
            assert answers[0].status_code == answers[1].status_code == 404
            assert answers[0].content.replace(path.encode(), imagined.encode()) == answers[1].content
            assert {*answers[0].headers} == {*answers[1].headers}
