"""Who one is, and whose readings one sees."""

from tests.fakes.cloud_services import CARER, OWNER, ClientFor, FakeCloud


async def test_me_says_whose_readings_are_ones_own(client_for: ClientFor) -> None:
    assert (await client_for(OWNER).get("/api/v1/me")).json()["patient_id"] == "p-wei"


async def test_more_patients_than_asked_for_are_counted(cloud: FakeCloud, client_for: ClientFor) -> None:
    cloud.directory.grant(CARER.id, "p-ama", 0, None)
    found = (await client_for(CARER).get("/api/v1/patients", params={"limit": 1})).json()
    assert [each["id"] for each in found["patients"]] == ["p-ama"]
    assert found["omitted"] == 1
