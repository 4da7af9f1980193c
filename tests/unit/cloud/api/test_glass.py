"""Broken glass as somebody would misuse it: to find out who there is, and so that the patient is not told."""

import pytest

from cloud.access.glass import MOST_BREAKS
from cloud.ports import Deed, Guardianship, Scope
from tests.fakes.alerts import an_alert
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_services import ADMIN, AMA, CARER, DOCTOR, OWNER, STRANGER, WEI, ClientFor, FakeCloud

GLASS = "/api/v1/glass-breaks"


@pytest.mark.parametrize(
    "unfit",
    [{"reason": "aaaaaaaaaaaa", "minutes": 1}, {"reason": "found unconscious", "minutes": 1}],
    ids=["no reason", "too many open"],
)
async def test_what_is_refused_anyway_tells_nobody_which_patients_there_are(
    cloud: FakeCloud, client_for: ClientFor, unfit: dict[str, object]
) -> None:
    if unfit["reason"] != "aaaaaaaaaaaa":
        for _ in range(MOST_BREAKS):
            cloud.glass.break_(AMA.id, STRANGER, "found unconscious", 30)
    client, told = client_for(STRANGER), len(cloud.told_of)
    answers = [await client.post(GLASS, json=unfit | {"patient_id": each}) for each in (WEI.id, "p-xxx")]
    assert [each.status_code for each in answers] == [422, 422]
    assert answers[0].json() == answers[1].json()
    assert len(cloud.told_of) == told


async def test_whoever_asks_in_earnest_for_a_patient_there_is_not_is_told_so(client_for: ClientFor) -> None:
    body = {"patient_id": "p-xxx", "reason": "found unconscious"}
    assert (await client_for(STRANGER).post(GLASS, json=body)).status_code == 404


async def test_nobody_answers_for_their_own_breaking_of_the_glass_though_alerts_are_open_to_them(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.directory.ungrant(DOCTOR.id, WEI.id)
    cloud.directory.grant(DOCTOR.id, WEI.id, 0, None, frozenset({Scope.ALERTS}))
    broken = cloud.glass.break_(WEI.id, DOCTOR, "to see the waveforms", 30)
    alert = an_alert("record-opened", began_ms=broken.from_ms)
    cloud.alerts.alerts[alert.id] = alert
    path, body = f"/api/v1/alerts/{alert.id}/acknowledge", {"reason": "handled"}
    assert (await client_for(DOCTOR).post(path, json=body)).status_code == 403
    assert cloud.alerts.alerts[alert.id].acknowledged_ms is None
    assert (await client_for(CARER).post(path, json=body)).status_code == 200


async def test_nobody_opens_more_than_so_many_records_a_day_and_who_would_is_told_whom_to_call(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    for _ in range(cloud.glass.most_a_day):
        cloud.glass.end(cloud.glass.break_(AMA.id, STRANGER, "found unconscious", 30))
    assert isinstance(cloud.clock, FakeClock)
    cloud.clock.advance(23 * 3_600)
    client, told = client_for(STRANGER), len(cloud.told_of)
    body = {"reason": "found unconscious", "minutes": 30}
    answers = [await client.post(GLASS, json=body | {"patient_id": each}) for each in (WEI.id, "p-xxx")]
    assert [each.status_code for each in answers] == [422, 422]
    assert answers[0].json() == answers[1].json()
    assert "call Ada" in answers[0].json()["detail"]
    assert len(cloud.told_of) == told == len(cloud.ledger.of(Deed.BROKE_GLASS))
    cloud.clock.advance(3_601)
    assert (await client_for(STRANGER).post(GLASS, json=body | {"patient_id": WEI.id})).status_code == 200


async def test_the_house_and_the_patient_each_review_an_opening_and_both_are_on_the_ledger(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    broken = cloud.glass.break_(WEI.id, STRANGER, "found unconscious", 30)
    own = f"/api/v1/patients/{WEI.id}/glass-breaks/{broken.id}/review"
    assert (await client_for(CARER).post(own)).status_code == 403
    (seen,) = (await client_for(OWNER).post(own)).json()["breaks"]
    assert (seen["reviewed_by"], seen["owner_reviewed_by"]) == (None, "Wei")
    (waiting,) = (await client_for(ADMIN).get(GLASS)).json()["breaks"]
    assert waiting["reviewed_by"] is None
    assert (await client_for(ADMIN).post(f"{GLASS}/{broken.id}/review")).json()["reviewed_by"] == "Ada"
    for again in (client_for(OWNER).post(own), client_for(ADMIN).post(f"{GLASS}/{broken.id}/review")):
        assert (await again).status_code == 200
    noted = [(one.actor, one.patient_id) for one in cloud.ledger.of(Deed.REVIEWED_GLASS)]
    assert noted == [(OWNER.id, WEI.id), (ADMIN.id, WEI.id)]


async def test_nobody_reviews_their_own_opening_though_they_act_for_the_patient(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.proxies.make(WEI.id, STRANGER.id, Guardianship.GUARDIAN, None, "operator")
    broken = cloud.glass.break_(WEI.id, STRANGER, "found unconscious", 30)
    answer = await client_for(STRANGER).post(f"/api/v1/patients/{WEI.id}/glass-breaks/{broken.id}/review")
    assert answer.status_code == 422
    ours = await client_for(STRANGER).post(
        f"/patients/{WEI.id}/emergencies/{broken.id}/review", headers={"origin": "http://127.0.0.1:8080"}
    )
    assert ours.status_code == 404
    assert cloud.ledger.of(Deed.REVIEWED_GLASS) == []
