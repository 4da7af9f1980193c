"""The alert-burden report over HTTP."""

from cloud.ports import AlertCourse, Family, Priority, Telling
from tests.fakes.cloud_services import ADMIN, CARER, OWNER, STRANGER, ClientFor, FakeCloud

OF_WEI = "/api/v1/patients/p-wei/alert-burden"
OF_ALL = "/api/v1/alert-burden"


def add_alert(cloud: FakeCloud, name: str, patient_id: str, hours_ago: float) -> None:
    raised_ms = cloud.clock.wall_ms() - round(hours_ago * 3_600_000)
    cloud.burden.alerts.append(
        AlertCourse(
            id=name,
            patient_id=patient_id,
            condition="tachycardia",
            family=Family.PHYSIOLOGICAL,
            priority=Priority.MEDIUM,
            raised_ms=raised_ms,
            acknowledged_ms=raised_ms + 90_000,
            acknowledged_by=CARER.id,
            acknowledged_reason="real",
            delayed=False,
        )
    )
    cloud.burden.told.append(
        Telling(
            alert_id=name,
            channel="in-app",
            person_id=CARER.id,
            at_ms=raised_ms,
            occasion="onset",
            failed=False,
            has_receipt=False,
        )
    )


async def test_of_one_patient_it_counts_their_alerts_of_the_days_asked_for(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    add_alert(cloud, "a1", "p-wei", 3)
    add_alert(cloud, "a2", "p-wei", 40)
    add_alert(cloud, "a3", "p-ama", 3)
    found = (await client_for(CARER).get(OF_WEI, params={"days": 1})).json()
    assert (found["patients"], found["patient_days"], found["alerts"]) == (1, 1.0, 1)
    assert found["per_patient_day"] == {"high": 0.0, "medium": 1.0, "low": 0.0}
    assert found["right"]["hits"] == 1
    assert found["waits"] == {"count": 1, "median_s": 90.0, "p90_s": 90.0}
    assert (await client_for(CARER).get(OF_WEI)).json()["alerts"] == 2


async def test_who_was_told_at_night_is_named(cloud: FakeCloud, client_for: ClientFor) -> None:
    add_alert(cloud, "a1", "p-wei", 0.1)  # the clock stands at 22:13
    add_alert(cloud, "a2", "p-wei", 0.5)
    found = (await client_for(CARER).get(OF_WEI)).json()
    assert found["nights"] == [{"person": CARER.display_name, "tellings": 1, "alerts": 1, "nights": 1}]


async def test_of_all_it_counts_only_those_whom_the_viewer_may_see(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    add_alert(cloud, "a1", "p-wei", 3)
    add_alert(cloud, "a2", "p-ama", 3)
    assert (await client_for(CARER).get(OF_ALL)).json()["alerts"] == 1
    assert (await client_for(OWNER).get(OF_ALL)).json()["patients"] == 1
    for nobodys in (STRANGER, ADMIN):
        found = (await client_for(nobodys).get(OF_ALL)).json()
        assert (found["patients"], found["alerts"], found["nights"]) == (0, 0, [])


async def test_without_a_grant_there_is_no_report(cloud: FakeCloud, client_for: ClientFor) -> None:
    add_alert(cloud, "a1", "p-wei", 3)
    answer = await client_for(STRANGER).get(OF_WEI)
    assert answer.status_code == 404
    assert "tachycardia" not in answer.text


async def test_a_period_of_more_than_a_quarter_is_refused(client_for: ClientFor) -> None:
    assert (await client_for(CARER).get(OF_WEI, params={"from": "0"})).status_code == 422
