"""The page of the alert burden: how much, what came of it, and what to do."""

from html import unescape

import pytest

from cloud.alerts.acknowledge import AcknowledgeReason
from cloud.alerts.rules.catalogue import RULES
from cloud.ports import AlertCourse, Deed, Family, Person, Priority, Scope
from tests.fakes.cloud_services import ADMIN, CARER, DOCTOR, STRANGER, ClientFor, FakeCloud

HOUR_MS = 3_600_000


def raised(
    cloud: FakeCloud,
    condition: str,
    count: int,
    *,
    reason: AcknowledgeReason | None = None,
    after_s: int = 60,
    patient_id: str = "p-wei",
) -> None:
    now_ms, rule = cloud.clock.wall_ms(), RULES.get(condition)
    for _ in range(count):
        raised_ms = now_ms - HOUR_MS
        cloud.burden.alerts.append(
            AlertCourse(
                id=f"a-{len(cloud.burden.alerts)}",
                patient_id=patient_id,
                condition=condition,
                family=rule.family if rule else Family.PHYSIOLOGICAL,
                priority=rule.priority if rule else Priority.MEDIUM,
                raised_ms=raised_ms,
                acknowledged_ms=raised_ms + after_s * 1_000 if reason else None,
                acknowledged_by=CARER.id if reason else None,
                acknowledged_reason=reason.value if reason else None,
                delayed=False,
            )
        )


async def the_page(client_for: ClientFor, days: int = 7) -> str:
    answer = await client_for(DOCTOR).get("/burden", params={"days": days})
    assert answer.status_code == 200
    return unescape(answer.text)


async def test_it_sums_up_each_condition_and_each_patient(cloud: FakeCloud, client_for: ClientFor) -> None:
    cloud.directory.grant(DOCTOR.id, "p-ama", 0, None)
    raised(cloud, "tachycardia", 3, reason=AcknowledgeReason.REAL)
    raised(cloud, "own-above-glucose", 1, patient_id="p-ama")
    page = await the_page(client_for)
    assert "4 alerts in 7 days, of which people answered 75%." in page
    assert page.index(">Wei</a>") < page.index(">Ama</a>")
    assert "a limit of their own (own-above-glucose)" in page
    assert page.count("Fast heart rate") == 2


async def test_it_says_what_to_do(cloud: FakeCloud, client_for: ClientFor) -> None:
    raised(cloud, "tachycardia", 6, reason=AcknowledgeReason.FALSE_ALARM, after_s=1_200)
    raised(cloud, "sensor-off", 6, reason=AcknowledgeReason.FALSE_ALARM)
    raised(cloud, "bradycardia", 9)
    raised(cloud, "battery-low", 9)
    page = await the_page(client_for)
    for said in (
        "Mostly answered as false: try another limit on the last two weeks.",
        "Mostly answered as false: check how the sensors are worn.",
        "More than one a day for each: see for whom the limit is too close.",
        "More than one a day for each: see to sensors and gateways.",
        "Alerts that reached nobody: 30.",
    ):
        assert said in page
    assert "longer than ten minutes" not in page
    cloud.burden.alerts = cloud.burden.alerts[:6]
    assert "longer than ten minutes" in await the_page(client_for)


async def test_a_quiet_time_is_called_so(client_for: ClientFor) -> None:
    assert "No alert in the last 30 days." in await the_page(client_for, 30)


async def test_only_whose_alerts_are_open_are_counted_and_looked_at(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    raised(cloud, "tachycardia", 3)
    cloud.directory.relations.grants.clear()
    cloud.directory.grant(DOCTOR.id, "p-wei", 0, None, frozenset({Scope.VITALS}))
    assert "No patient's alerts are open to you yet." in await the_page(client_for)
    assert [note for note in cloud.ledger.notes if note.deed is Deed.LOOKED] == []
    assert "No patient's alerts are open to you yet." in unescape(
        (await client_for(STRANGER).get("/burden")).text
    )


@pytest.mark.parametrize("person", [CARER, ADMIN])
async def test_it_is_for_clinicians_alone(client_for: ClientFor, person: Person) -> None:
    assert (await client_for(person).get("/burden")).status_code == 403
