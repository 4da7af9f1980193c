"""The API's description is complete, and the API keeps to it."""

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import given, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from cloud.access.policies import Policy
from cloud.api.openapi import describe
from cloud.api.routes import PolicedRoute
from cloud.application import application
from cloud.ports import HeardDevice, Point
from tests.fakes.alerts import NOW_MS, an_alert
from tests.fakes.cloud_services import ADMIN, FakeCloud


def test_every_api_route_is_described_with_its_policy_and_refusals() -> None:
    app = application(FakeCloud().services)
    document = describe(app)
    described = [route for route in app.routes if isinstance(route, PolicedRoute) and route.include_in_schema]
    assert len(described) >= 18
    for route in described:
        for method in route.methods or ():
            operation = document["paths"][route.path_format][method.lower()]
            assert operation["x-policy"]["name"] == route.policy.value
            assert bool(operation["security"]) is (route.policy is not Policy.PUBLIC)
            assert {"500"} <= operation["responses"].keys()
            assert operation["summary"]
    assert "HTTPValidationError" not in str(document["paths"])


def test_pages_are_no_part_of_the_api() -> None:
    document = describe(application(FakeCloud().services))
    assert all(path.startswith("/api/v1/") or path == "/healthz" for path in document["paths"])


def _cloud() -> FakeCloud:
    cloud = FakeCloud()
    cloud.directory.grant(ADMIN.id, "p-wei", 0, None)
    alert = an_alert()
    cloud.alerts.alerts[alert.id] = alert
    cloud.series.points["p-wei", "heart_rate"] = [
        Point(t_ms=NOW_MS, value=70.0, quality=None, device="c0-01")
    ]
    cloud.directory.bind("c0-01", "p-wei", 0)
    cloud.back_office.heard["hallway"] = NOW_MS
    cloud.back_office.heard_from.append(HeardDevice(device="c0-01", gateway="hallway", received_ms=NOW_MS))
    return cloud


EXAMPLES = int(os.environ.get("CAREWIRE_API_EXAMPLES", "12"))
"""Of each operation; `make fuzz` tries many more."""
CLOUD = _cloud()
APP = application(CLOUD.services)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
SCHEMA = schemathesis.openapi.from_dict(describe(APP))
SCHEMA.app = APP


def _operations() -> dict[str, "APIOperation[Any, Any, Any, Any]"]:
    results = list(SCHEMA.exclude(path_regex="stream$").get_all_operations())
    operations = [result.ok() for result in results if isinstance(result, Ok)]
    assert len(operations) == len(results)
    return {operation.label: operation for operation in operations}


OPERATIONS = _operations()


def _tried(label: str, headers: dict[str, str], most_examples: int) -> None:
    @given(case=OPERATIONS[label].as_strategy())
    @settings(max_examples=most_examples, deadline=None, database=None)
    def keeps(case: "Case[Any]") -> None:
        case.call_and_validate(base_url="http://127.0.0.1:8080", headers=headers, checks=CHECKS)

    keeps()


@pytest.mark.parametrize("label", OPERATIONS)
def test_the_api_keeps_to_its_description(label: str) -> None:
    policy = OPERATIONS[label].definition.raw["x-policy"]["name"]
    is_gateways = policy == Policy.GATEWAY.value and label.startswith("GET")  # nobody takes in batches here
    token = CLOUD.gateway_access.issue("hallway") if is_gateways else CLOUD.token(ADMIN)
    _tried(label, {"authorization": f"Bearer {token}"}, EXAMPLES)


@pytest.mark.parametrize("label", OPERATIONS)
def test_the_api_keeps_to_it_towards_strangers_too(label: str) -> None:
    _tried(label, {}, max(2, EXAMPLES // 8))
