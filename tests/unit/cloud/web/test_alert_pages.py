"""One alert's page: what to do, taking it on as the first or the second, and being spared its like."""

import pytest

from cloud.care.fact_desk import Said
from cloud.ports import AlertState
from tests.fakes.alerts import NOW_MS, an_alert
from tests.fakes.cloud_services import CARER, DOCTOR, OWNER, STRANGER, ClientFor, FakeCloud
from vitals.errors import ValidationError

HERE = {"origin": "http://127.0.0.1:8080"}


@pytest.fixture
def alert_id(cloud: FakeCloud) -> str:
    alert = an_alert("tachycardia")
    cloud.alerts.alerts[alert.id] = alert
    return alert.id


async def test_the_second_to_answer_is_told_who_was_first_and_changes_nothing(
    cloud: FakeCloud, client_for: ClientFor, alert_id: str
) -> None:
    await client_for(CARER).post(f"/alerts/{alert_id}/acknowledge", data={"reason": "real"})
    doctor = client_for(DOCTOR)
    answer = await doctor.post(f"/alerts/{alert_id}/acknowledge", data={"reason": "false-alarm"})
    assert answer.headers["location"] == f"/alerts/{alert_id}?answered=late"
    page = (await doctor.get(answer.headers["location"])).text
    assert "Lin was first and is on it." in page
    assert cloud.alerts.alerts[alert_id].acknowledged_reason == "real"
    again = await client_for(CARER).post(f"/alerts/{alert_id}/acknowledge", data={"reason": "real"})
    assert again.headers["location"] == "/patients/p-wei"


async def test_a_script_is_told_whose_answer_counted(client_for: ClientFor, alert_id: str) -> None:
    path = f"/api/v1/alerts/{alert_id}/acknowledge"
    first = (await client_for(CARER).post(path, json={"reason": "real"})).json()
    second = (await client_for(DOCTOR).post(path, json={"reason": "known"})).json()
    assert (first["is_first"], second["is_first"]) == (True, False)
    assert second["acknowledged_by"] == "Lin"


async def test_nobody_is_told_of_a_first_who_was_not_there(client_for: ClientFor, alert_id: str) -> None:
    page = (await client_for(CARER).get(f"/alerts/{alert_id}?answered=late")).text
    assert "was first" not in page


async def test_an_answer_that_was_not_saved_is_chosen_again(client_for: ClientFor, alert_id: str) -> None:
    page = (await client_for(CARER).get(f"/alerts/{alert_id}?answer=known")).text
    assert '<option value="known" selected>' in page
    assert "send it once more" in page
    other = (await client_for(CARER).get(f"/alerts/{alert_id}?answer=%3Cb%3E")).text
    assert "send it once more" not in other


async def test_the_page_says_what_to_do_before_why_and_whom_to_call(
    cloud: FakeCloud, client_for: ClientFor, alert_id: str
) -> None:
    for name, number in (("phone", "+49 (30) 123-4567"), ("emergency_phone", "112")):
        cloud.services.facts.say("p-wei", Said(name=name, value=number), by=OWNER.id)
    page = (await client_for(CARER).get(f"/alerts/{alert_id}")).text
    assert page.index("What to do") < page.index('class="around"') < page.index("Why this alert")
    assert 'href="tel:+49301234567"' in page
    assert 'href="tel:112"' in page
    own = (await client_for(OWNER).get(f"/alerts/{alert_id}")).text
    assert 'href="tel:+49301234567"' not in own


async def test_without_a_number_there_is_nobody_to_call(client_for: ClientFor, alert_id: str) -> None:
    assert "tel:" not in (await client_for(CARER).get(f"/alerts/{alert_id}")).text


@pytest.mark.parametrize("number", ["", "<b>112</b>", "javascript:alert(1)", "1", "0" * 80])
def test_what_is_no_number_is_never_called(cloud: FakeCloud, number: str) -> None:
    with pytest.raises(ValidationError, match="a telephone number"):
        cloud.services.facts.say("p-wei", Said(name="phone", value=number), by=OWNER.id)


async def test_its_like_is_held_back_for_a_while_with_a_reason_and_told_again_on_request(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    alert = an_alert("atrial-fibrillation")
    cloud.alerts.alerts[alert.id] = alert
    client, form = client_for(CARER), {"condition": alert.condition, "alert": alert.id, "minutes": "30"}
    shown = (await client.get(f"/alerts/{alert.id}")).text
    assert "Do not tell of this for a while" in shown
    answer = await client.post("/patients/p-wei/silences", data=form | {"reason": "he runs"})
    assert answer.headers["location"] == f"/alerts/{alert.id}"
    (silence,) = cloud.silences.silences.values()
    assert (silence.condition, silence.until_ms - silence.from_ms) == (alert.condition, 1_800_000)
    assert "he runs" in (await client.get(f"/alerts/{alert.id}")).text
    await client.post(f"/patients/p-wei/silences/{silence.id}/end", data={"alert": alert.id})
    assert "Do not tell of this for a while" in (await client.get(f"/alerts/{alert.id}")).text


@pytest.mark.parametrize(
    "form",
    [
        {"condition": "atrial-fibrillation", "minutes": "30", "reason": " "},
        {"condition": "atrial-fibrillation", "minutes": "many", "reason": "he runs"},
        {"condition": "atrial-fibrillation", "minutes": "-5", "reason": "he runs"},
        {"condition": "atrial-fibrillation", "minutes": "999999", "reason": "he runs"},
        {"condition": "no-such-thing", "minutes": "30", "reason": "he runs"},
        {"condition": "asystole", "minutes": "30", "reason": "he runs"},
        {"alert": "x"},
    ],
)
async def test_a_silence_that_may_not_be_is_refused_and_holds_nothing_back(
    cloud: FakeCloud, client_for: ClientFor, form: dict[str, str]
) -> None:
    answer = await client_for(CARER).post("/patients/p-wei/silences", data=form)
    assert answer.status_code == 422
    assert not cloud.silences.silences


async def test_what_cannot_wait_says_so_in_place_of_the_form(cloud: FakeCloud, client_for: ClientFor) -> None:
    alert = an_alert("asystole")
    cloud.alerts.alerts[alert.id] = alert
    page = (await client_for(CARER).get(f"/alerts/{alert.id}")).text
    assert "it is always told" in page
    assert "/silences" not in page


async def test_to_a_stranger_there_is_no_alert_no_silence_and_no_duty(
    client_for: ClientFor, alert_id: str
) -> None:
    client = client_for(STRANGER)
    form = {"condition": "tachycardia", "minutes": "30", "reason": "he runs"}
    assert (await client.get(f"/alerts/{alert_id}")).status_code == 404
    assert (await client.post("/patients/p-wei/silences", data=form)).status_code == 404
    assert (await client.post("/patients/p-wei/duty", data={})).status_code == 404


async def test_what_is_over_asks_for_nothing(cloud: FakeCloud, client_for: ClientFor) -> None:
    alert = an_alert(state=AlertState.RESOLVED, resolved_ms=NOW_MS, acknowledged_ms=NOW_MS)
    cloud.alerts.alerts[alert.id] = alert
    page = (await client_for(CARER).get(f"/alerts/{alert.id}?answer=real")).text
    assert 'name="reason" required>' not in page.split("Why this alert")[0]
    assert "send it once more" not in page
