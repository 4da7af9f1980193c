"""Every error is a problem document, and none tells of the inside."""

import httpx
import pytest

from cloud.api.problems import Problem, problem_of
from cloud.application import application
from tests.fakes.cloud_services import CARER, ClientFor, FakeCloud
from vitals.errors import AccessDeniedError, StorageError


class BrokenReader:
    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getattr__(self, name: str) -> object:
        raise self.error


def problem(answer: httpx.Response) -> Problem:
    assert answer.headers["content-type"] == "application/problem+json"
    found = Problem.model_validate_json(answer.text)
    assert found.status == answer.status_code
    return found


async def test_an_unknown_address_is_a_problem(client_for: ClientFor) -> None:
    answer = await client_for(CARER).get("/api/v1/nothing")
    assert problem(answer).title == "Not Found"


async def test_a_wrong_method_is_a_problem_that_names_the_right_one(client_for: ClientFor) -> None:
    answer = await client_for(CARER).delete("/api/v1/patients")
    assert problem(answer).status == 405
    assert answer.headers["allow"] == "GET"


async def test_a_wrong_field_is_named_and_not_echoed(client_for: ClientFor) -> None:
    answer = await client_for(CARER).get("/api/v1/patients", params={"limit": "<b>"})
    assert problem(answer).status == 422
    assert problem(answer).errors[0].startswith("query.limit:")
    assert "<b>" not in answer.text


async def test_a_body_too_large_is_a_problem(client_for: ClientFor) -> None:
    answer = await client_for(CARER).post("/api/v1/alerts/a/acknowledge", content=b"x" * 20_000)
    assert problem(answer).status == 413


@pytest.mark.parametrize(
    ("error", "status"), [(StorageError("disk /secret/path is full"), 503), (ValueError("secret"), 500)]
)
async def test_what_breaks_inside_stays_inside(cloud: FakeCloud, error: Exception, status: int) -> None:
    cloud.series = BrokenReader(error)  # type: ignore[assignment]
    transport = httpx.ASGITransport(application(cloud.services))
    headers = {"authorization": f"Bearer {cloud.token(CARER)}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1:8080", headers=headers
    ) as client:
        for path in ("/api/v1/patients/p-wei/observations", "/patients/p-wei"):
            answer = await client.get(path)
            assert answer.status_code == status
            assert "secret" not in answer.text
            assert "Traceback" not in answer.text
            assert answer.headers["content-security-policy"].startswith("default-src 'none'")


async def test_every_answer_carries_the_security_headers(client_for: ClientFor) -> None:
    for path in ("/healthz", "/sign-in", "/api/v1/me", "/nowhere", "/static/carewire.css"):
        headers = (await client_for(None).get(path)).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] in {"no-store", "no-cache"}


def test_access_denied_deep_inside_is_not_found() -> None:
    assert problem_of(AccessDeniedError("not yours")).status == 404


async def test_pages_tell_errors_as_pages(client_for: ClientFor) -> None:
    answer = await client_for(CARER).get("/patients/p-nobody")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "nothing here for you" in answer.text
