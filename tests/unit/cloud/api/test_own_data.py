"""A patient has everything that is kept of them, or has it erased; nobody else does."""

import io
import zipfile

import pytest

from cloud.ports import Deed, ErasureState
from tests.fakes.alerts import an_alert
from tests.fakes.cloud_services import ADMIN, CARER, OWNER, STRANGER, ClientFor, FakeCloud

HERE = "/api/v1/patients/p-wei"
ORIGIN = {"origin": "http://127.0.0.1:8080"}
pytestmark = pytest.mark.anyio


async def test_the_patient_gets_everything_in_one_file_and_it_is_written_down(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    answer = await client_for(OWNER).get(f"{HERE}/export")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith('attachment; filename="carewire-Wei-')
    assert "no-store" in answer.headers["cache-control"]
    assert "alerts.csv" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    exported = [note for note in cloud.ledger.notes if note.deed is Deed.EXPORTED]
    assert [(note.actor, note.patient_id) for note in exported] == [("u-wei", "p-wei")]


@pytest.mark.parametrize("person", [CARER, ADMIN])
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "export"), ("GET", "erasure"), ("POST", "erasure"), ("DELETE", "erasure")]
)
async def test_who_may_see_the_patient_may_not_do_it_for_them(
    cloud: FakeCloud, client_for: ClientFor, person: object, method: str, path: str
) -> None:
    cloud.directory.grant(ADMIN.id, "p-wei", 0, None)
    body = {"json": {"really": True}} if method == "POST" else {}
    answer = await client_for(person).request(method, f"{HERE}/{path}", headers=ORIGIN, **body)  # type: ignore[arg-type]
    assert answer.status_code == 403
    assert cloud.erasures.asked == {}
    assert all(note.deed is not Deed.EXPORTED for note in cloud.ledger.notes)


async def test_to_a_stranger_there_is_no_such_patient(client_for: ClientFor) -> None:
    assert (await client_for(STRANGER).get(f"{HERE}/export")).status_code == 404
    assert (await client_for(None).get(f"{HERE}/export")).status_code == 401


async def test_it_is_done_in_seven_days_unless_it_is_taken_back(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    owner = client_for(OWNER)
    asked = await owner.post(f"{HERE}/erasure", headers=ORIGIN, json={"really": True})
    assert asked.status_code == 200
    assert asked.json()["state"] == "waiting"
    (kept,) = cloud.erasures.asked.values()
    assert kept.due_ms - kept.asked_ms == 7 * 86_400_000
    again = await owner.post(f"{HERE}/erasure", headers=ORIGIN, json={"really": True})
    assert again.json()["reference"] == asked.json()["reference"]
    assert (await owner.delete(f"{HERE}/erasure", headers=ORIGIN)).status_code == 204
    assert (await owner.delete(f"{HERE}/erasure", headers=ORIGIN)).status_code == 409


async def test_what_waits_is_read_with_who_asked_and_until_when_by_whoever_may_take_it_back(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    owner = client_for(OWNER)
    assert (await owner.get(f"{HERE}/erasure")).json() == {"erasure": None, "asked_by": None}
    asked = await owner.post(f"{HERE}/erasure", headers=ORIGIN, json={"really": True})
    assert (await owner.get(f"{HERE}/erasure")).json() == {"erasure": asked.json(), "asked_by": "Wei"}
    assert cloud.erasures.told.said == [("asked by patient", "p-wei")]
    (note,) = cloud.ledger.of(Deed.ERASURE_ASKED)
    assert (note.actor, note.patient_id) == (OWNER.id, "p-wei")
    assert note.about["reference"] == asked.json()["reference"][:8]


async def test_who_asked_does_not_hush_up_those_who_are_told_of_it(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    alert = an_alert("erasure-asked")
    cloud.alerts.alerts[alert.id] = alert
    path, reason = f"/api/v1/alerts/{alert.id}/acknowledge", {"reason": "known"}
    await client_for(OWNER).post(f"{HERE}/erasure", headers=ORIGIN, json={"really": True})
    refused = await client_for(OWNER).post(path, headers=ORIGIN, json=reason)
    assert refused.status_code == 403
    assert "somebody else" in refused.json()["detail"]
    assert (await client_for(CARER).post(path, headers=ORIGIN, json=reason)).status_code == 200


async def test_who_asked_and_is_alone_answers_it_themselves(cloud: FakeCloud, client_for: ClientFor) -> None:
    alert = an_alert("erasure-asked")
    cloud.alerts.alerts[alert.id] = alert
    for grant in list(cloud.sharing.given("p-wei")):
        cloud.sharing.take_back(grant, OWNER.id)
    await client_for(OWNER).post(f"{HERE}/erasure", headers=ORIGIN, json={"really": True})
    path = f"/api/v1/alerts/{alert.id}/acknowledge"
    answer = await client_for(OWNER).post(path, headers=ORIGIN, json={"reason": "known"})
    assert answer.status_code == 200


async def test_not_really_is_no(cloud: FakeCloud, client_for: ClientFor) -> None:
    answer = await client_for(OWNER).post(f"{HERE}/erasure", headers=ORIGIN, json={"really": False})
    assert answer.status_code == 422
    assert cloud.erasures.asked == {}


async def test_whoever_has_the_reference_reads_the_certificate_when_the_account_is_gone(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    asked = await client_for(OWNER).post(f"{HERE}/erasure", headers=ORIGIN, json={"really": True})
    reference = asked.json()["reference"]
    cloud.erasures.note(reference, {"patient": 1, "alert": 3}, ["hallway"])
    cloud.erasures.end(reference, 9)
    found = (await client_for(None).get(f"/api/v1/erasures/{reference}")).json()
    assert found["state"] == ErasureState.DONE
    assert found["erased"] == {"patient": 1, "alert": 3}
    assert found["gateways"] == ["hallway"]
    assert "p-wei" not in str(found)
    assert (await client_for(None).get("/api/v1/erasures/nope")).status_code == 404


async def test_a_proof_of_long_ago_is_none(cloud: FakeCloud, client_for: ClientFor) -> None:
    owner = client_for(OWNER)
    cloud.services.clock.advance(11 * 60)  # type: ignore[attr-defined]
    assert (await owner.get(f"{HERE}/export")).status_code == 403
    assert (await owner.post(f"{HERE}/erasure", headers=ORIGIN, json={"really": True})).status_code == 403
