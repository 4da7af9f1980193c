"""Broken glass as somebody would misuse it: to find out who there is, and so that the patient is not told."""

import pytest

from cloud.access.glass import MOST_BREAKS
from cloud.ports import Scope
from tests.fakes.alerts import an_alert
from tests.fakes.cloud_services import AMA, CARER, DOCTOR, STRANGER, WEI, ClientFor, FakeCloud

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
