"""The inbox: over everyone whom somebody cares for, what needs them first; and that nothing does."""

from dataclasses import replace
from html import unescape

from cloud.ports import AlertState, Device, Patient, Point, Scope, Silence
from tests.fakes.alerts import NOW_MS, an_alert
from tests.fakes.cloud_services import CARER, OWNER, STRANGER, ClientFor, FakeCloud
from tests.fakes.furnished import LONG_NAME, RIGHT_TO_LEFT, furnished

HOSTILE = Patient(id="p-hostile", display_name="<script>alert(1)</script>")


def well(cloud: FakeCloud, *patients: str) -> None:
    """Have these patients heard of just now, with a sensor on."""
    now_ms = cloud.clock.wall_ms()
    for each in patients:
        cloud.series.points[each, "heart_rate"] = [
            Point(t_ms=now_ms - 1_000, value=70.0, quality=0.9, device=f"c0-{each}")
        ]
        cloud.directory.note_device(
            Device(
                id=f"c0-{each}",
                gateway="hallway",
                patient_id=each,
                link="connected",
                model=None,
                battery_percent=None,
                on_body=True,
                reported_ms=now_ms,
                received_ms=now_ms,
            )
        )


def share(cloud: FakeCloud, patient: Patient) -> None:
    cloud.directory.add_patient(patient)
    cloud.directory.grant(CARER.id, patient.id, 0, None)


async def test_that_nothing_needs_somebody_is_said_in_one_sentence(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    share(cloud, Patient(id="p-ama", display_name="Ama"))
    well(cloud, "p-wei", "p-ama")
    page = (await client_for(CARER).get("/inbox")).text
    assert "2 people, nothing needs you." in page
    assert 'href="/patients/p-ama"' in page


async def test_no_alert_is_not_called_well_where_nothing_is_heard(client_for: ClientFor) -> None:
    page = (await client_for(CARER).get("/inbox")).text
    assert "1 person, no alert. Look below for what is not known." in page
    assert "no reading has arrived yet" in page


async def test_alerts_of_everyone_stand_by_urgency_and_what_is_taken_after_what_waits(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    furnished(cloud)
    page = unescape((await client_for(CARER).get("/inbox")).text)
    order = ["run of fast wide", "Heart rhythm", "Battery", "Being looked after", "Lin is on it", "No alert"]
    places = [page.lower().index(each.lower()) for each in order if each.lower() in page.lower()]
    assert places == sorted(places)
    assert page.index("Needs somebody") < page.index("Being looked after") < page.index("No alert")
    assert all(each in page for each in (LONG_NAME.strip(), RIGHT_TO_LEFT, "Nour"))


async def test_one_high_alert_goes_before_many_older_low_ones(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    share(cloud, Patient(id="p-ama", display_name="Ama"))
    low = an_alert("battery-low", began_ms=NOW_MS - 9_000_000)
    high = replace(an_alert("bradycardia"), id="alert-ama", patient_id="p-ama")
    cloud.alerts.alerts |= {low.id: low, high.id: high}
    page = (await client_for(CARER).get("/inbox")).text
    assert "2 of 2 need you." in page
    assert page.index("/alerts/alert-ama") < page.index("/alerts/alert-battery-low")


async def test_what_somebody_looks_after_needs_nobody_else(cloud: FakeCloud, client_for: ClientFor) -> None:
    alert = an_alert(state=AlertState.ACKNOWLEDGED, acknowledged_ms=NOW_MS, acknowledged_by=OWNER.id)
    cloud.alerts.alerts[alert.id] = alert
    page = unescape((await client_for(CARER).get("/inbox")).text)
    assert "1 person, and somebody is looking after every alert." in page
    assert "Wei is on it" in page


async def test_what_is_held_back_is_said_and_can_be_told_again_at_once(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    now_ms = cloud.clock.wall_ms()
    cloud.silences.add(
        Silence(
            id="s-1",
            patient_id="p-wei",
            condition="tachycardia",
            from_ms=now_ms,
            until_ms=now_ms + 60_000,
            author_id=CARER.id,
            reason="<b>exercise</b>",
        )
    )
    client = client_for(CARER)
    page = (await client.get("/inbox")).text
    assert "&lt;b&gt;exercise&lt;/b&gt;" in page
    answer = await client.post("/patients/p-wei/silences/s-1/end", data={"alert": ""})
    assert answer.headers["location"] == "/inbox"
    assert "Not told of now" not in (await client.get("/inbox")).text


async def test_a_stranger_reads_of_nobody_and_a_scope_that_is_not_open_is_no_row(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    alert = an_alert()
    cloud.alerts.alerts[alert.id] = alert
    page = (await client_for(STRANGER).get("/inbox")).text
    assert "Nobody's alerts are shared with you yet." in page
    assert "Wei" not in page
    cloud.directory.grant(STRANGER.id, "p-wei", 0, None, frozenset({Scope.VITALS}))
    assert alert.id not in (await client_for(STRANGER).get("/inbox")).text


async def test_a_hostile_name_and_a_condition_nobody_knows_are_only_text(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    share(cloud, HOSTILE)
    alert = replace(an_alert(), id="a-new", patient_id=HOSTILE.id, condition="from-the-future")
    cloud.alerts.alerts[alert.id] = alert
    cloud.silences.add(
        Silence(
            id="s-9",
            patient_id=HOSTILE.id,
            condition="from-the-future",
            from_ms=0,
            until_ms=NOW_MS + 60_000,
            author_id=CARER.id,
        )
    )
    for path in ("/inbox", "/alerts/a-new"):
        page = await client_for(CARER).get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text


async def test_opening_the_inbox_is_a_look_at_everyone_in_it(cloud: FakeCloud, client_for: ClientFor) -> None:
    await client_for(CARER).get("/inbox")
    cloud.ledger_book.enter()
    looks = cloud.ledger.notes
    assert {"alerts", "summary"} <= {note.about["what"] for note in looks if "what" in note.about}
