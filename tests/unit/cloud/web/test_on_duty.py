"""The duty page: who is told first now, taken over, handed on and given back."""

import pytest

from cloud.ports import Patient, RotaSlot
from tests.fakes.cloud_services import AMA, CARER, DOCTOR, OWNER, STRANGER, ClientFor, FakeCloud

HOUR_MS = 3_600_000


async def test_somebody_takes_the_duty_over_and_gives_it_back(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    client = client_for(CARER)
    assert "Nobody has the duty now: everyone is told." in (await client.get("/duty")).text
    answer = await client.post("/patients/p-wei/duty", data={"hours": "8"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/duty")
    (shift,) = cloud.duties.shifts.values()
    assert (shift.person_id, shift.until_ms) == (CARER.id, cloud.clock.wall_ms() + 8 * HOUR_MS)
    page = (await client.get("/duty")).text
    assert "You have the duty for 1 of 1." in page
    await client.post("/patients/p-wei/duty/end")
    assert "You do not have the duty now." in (await client.get("/duty")).text


async def test_it_is_handed_to_another_who_reads_that_they_have_it(client_for: ClientFor) -> None:
    await client_for(CARER).post("/patients/p-wei/duty", data={"person": DOCTOR.id, "hours": ""})
    assert "Mei has the duty." in (await client_for(CARER).get("/duty")).text
    assert "You have the duty for 1 of 1." in (await client_for(DOCTOR).get("/duty")).text


async def test_several_people_are_cared_for_and_each_has_a_duty_of_their_own(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.directory.grant(CARER.id, AMA.id, 0, None)
    client = client_for(CARER)
    await client.post("/patients/p-ama/duty", data={"hours": ""})
    page = (await client.get("/duty")).text
    assert "You have the duty for 1 of 2." in page
    assert "Until somebody takes it over." in page


@pytest.mark.parametrize(
    "form", [{"hours": "9"}, {"hours": "x"}, {"person": STRANGER.id}, {"person": "u-nobody", "hours": "2"}]
)
async def test_a_duty_nobody_can_have_is_refused(
    cloud: FakeCloud, client_for: ClientFor, form: dict[str, str]
) -> None:
    answer = await client_for(CARER).post("/patients/p-wei/duty", data=form)
    assert answer.status_code == 422
    assert not cloud.duties.shifts


async def test_the_patient_is_nobody_to_hand_their_own_duty_to(client_for: ClientFor) -> None:
    assert f'value="{OWNER.id}"' not in (await client_for(CARER).get("/duty")).text


async def test_who_sees_nobody_is_told_what_to_do_and_who_broke_the_glass_sets_nothing(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    client = client_for(STRANGER)
    assert "Ask the patient" in (await client.get("/duty")).text
    cloud.glass.break_("p-wei", STRANGER, "found unconscious at home", 30)
    page = (await client.get("/duty")).text
    assert 'action="/patients/p-wei/duty"' not in page
    assert (await client.post("/patients/p-wei/duty", data={})).status_code == 403


async def test_names_are_only_text(cloud: FakeCloud, client_for: ClientFor) -> None:
    cloud.directory.add_patient(Patient(id="p-x", display_name='"><img src=x>'))
    cloud.directory.grant(CARER.id, "p-x", 0, None)
    assert "<img src=x>" not in (await client_for(CARER).get("/duty")).text


async def test_what_is_not_well_with_a_rota_is_said_by_the_readers_clock(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    slots = [
        RotaSlot(weekday=day, from_minute=0, until_minute=1_440, person_id=CARER.id)
        for day in (1, 2, 3, 4, 5, 6)
    ]
    slots.append(RotaSlot(weekday=6, from_minute=0, until_minute=1_440, person_id=DOCTOR.id))
    cloud.services.duties.set_rota("p-wei", slots, CARER)
    page = (await client_for(CARER).get("/duty")).text
    assert "Nobody has the duty from" in page
    assert "Lin and Mei have the duty together from" in page
    cloud.directory.ungrant(DOCTOR.id, "p-wei")
    assert (
        "Somebody who may not see the patient has the duty from"
        in (await client_for(CARER).get("/duty")).text
    )
