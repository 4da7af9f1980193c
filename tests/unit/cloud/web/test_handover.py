"""Handing over: what happened since, what is open, what was set, what is missing, what is to be done."""

from html import unescape

from cloud.ports import AlertState, Device, FactNote
from tests.contracts.note_book import a_note
from tests.fakes.alerts import an_alert
from tests.fakes.cloud_services import CARER, DOCTOR, STRANGER, ClientFor, FakeCloud
from tests.fakes.readings import HOUR_MS, add
from tests.fakes.rule_book import change_of
from vitals.records import Gap, GapReason

ADDRESS = "/patients/p-wei/hand-over"


async def the_page(client_for: ClientFor, hours: int = 12) -> str:
    answer = await client_for(DOCTOR).get(ADDRESS, params={"hours": hours})
    assert answer.status_code == 200
    return unescape(answer.text)


def lived(cloud: FakeCloud) -> None:
    now_ms = cloud.clock.wall_ms()
    for alert in (
        an_alert("tachycardia", now_ms=now_ms),
        an_alert(
            "bradycardia",
            now_ms=now_ms - HOUR_MS,
            state=AlertState.RESOLVED,
            resolved_ms=now_ms - HOUR_MS,
            acknowledged_ms=now_ms - HOUR_MS,
            acknowledged_by=CARER.id,
        ),
        an_alert(
            "asystole",
            now_ms=now_ms - 30 * HOUR_MS,
            state=AlertState.RESOLVED,
            resolved_ms=now_ms - 29 * HOUR_MS,
        ),
    ):
        cloud.alerts.alerts[alert.id] = alert
    cloud.notes.write(a_note(1, patient_id="p-wei", text="Coughs.", made_ms=now_ms - HOUR_MS))
    cloud.notes.write(a_note(2, patient_id="p-wei", text="Long ago.", made_ms=now_ms - 40 * HOUR_MS))
    cloud.rule_book.changes = [change_of("tachycardia", from_ms=now_ms - HOUR_MS, limit=140)]
    cloud.facts.note(
        FactNote(
            patient_id="p-wei",
            name="on_oxygen",
            value=True,
            from_ms=now_ms - HOUR_MS,
            until_ms=None,
            author_id=DOCTOR.id,
            made_ms=now_ms - HOUR_MS,
        )
    )
    add(cloud.series, "heart_rate", (now_ms - 60_000, 88.0))
    cloud.occurrences.missing["p-wei", "heart_rate"] = [
        Gap(
            device="c0-01",
            kind="heart_rate",
            from_ms=now_ms - 3 * HOUR_MS,
            to_ms=now_ms - 2 * HOUR_MS,
            reason=GapReason.LINK_LOST,
        )
    ]
    cloud.directory.devices["c0-01"] = Device(
        id="c0-01",
        gateway="home",
        patient_id="p-wei",
        link="connected",
        model="Strap",
        battery_percent=9,
        on_body=False,
        reported_ms=None,
        received_ms=now_ms,
    )


async def test_what_happened_in_the_time_stands_there_and_nothing_older(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    lived(cloud)
    page = await the_page(client_for)
    for said in (
        "Alert: fast heart rate",
        "Taken on: slow heart rate",
        "Over: slow heart rate",
        "Limit set: Fast heart rate",
        "Charted: oxygen",
        "Coughs.",
    ):
        assert said in page
    assert "Long ago." not in page
    assert "Alert: no heartbeat" not in page
    assert "Long ago." in await the_page(client_for, 48)


async def test_it_says_what_is_to_be_done_and_what_was_not_measured(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    lived(cloud)
    page = await the_page(client_for)
    for said in (
        "Answer the alert: fast heart rate",
        "Measure or chart: consciousness",
        "Put the sensor on",
        "Charge or change the battery: Strap",
    ):
        assert said in page
    assert "Answer the alert: slow heart rate" not in page
    assert "<b>1 h</b>" in page
    assert "in 1 gap" in page


async def test_of_a_quiet_time_it_says_so(client_for: ClientFor) -> None:
    page = await the_page(client_for)
    assert "Wei: nothing is left to be done." in page
    assert "Nothing was told, changed or written." in page


async def test_it_is_for_those_who_treat_alone(cloud: FakeCloud, client_for: ClientFor) -> None:
    lived(cloud)
    for person, status in ((CARER, 403), (STRANGER, 404)):
        answer = await client_for(person).get(ADDRESS)
        assert answer.status_code == status
        assert "Coughs." not in answer.text
