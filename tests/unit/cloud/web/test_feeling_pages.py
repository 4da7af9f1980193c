"""The page for how somebody feels: said with one press, told, and read by those who look after it."""

import pytest

from cloud.care.symptoms import MOST_WORDS
from cloud.ports import Scope
from tests.fakes.cloud_services import CARER, DOCTOR, OWNER, STRANGER, ClientFor, FakeCloud
from vitals.errors import StorageError
from vitals.scores.tables import Consciousness

PAGE = "/patients/p-wei/feel"


async def test_a_press_says_it_and_tells_it(cloud: FakeCloud, client_for: ClientFor) -> None:
    client = client_for(OWNER)
    assert "How do you feel?" in (await client.get(PAGE)).text
    answer = await client.post(PAGE, data={"symptom": "chest-pain", "words": "<u>left</u>"})
    assert answer.headers["location"] == f"{PAGE}?said=chest-pain"
    assert [told[:2] for told in cloud.symptoms_told] == [("p-wei", "said-chest-pain")]
    page = (await client.get(answer.headers["location"])).text
    assert "are being told now" in page
    theirs = (await client_for(CARER).get(PAGE)).text
    assert "How does Wei feel?" in theirs
    assert "&lt;u&gt;left&lt;/u&gt;" in theirs
    assert "&lt;u&gt;left&lt;/u&gt;" in (await client_for(CARER).get("/patients/p-wei")).text


async def test_what_is_not_serious_is_written_down_without_alarm(client_for: ClientFor) -> None:
    answer = await client_for(OWNER).post(PAGE, data={"symptom": "other", "words": "tired"})
    page = (await client_for(OWNER).get(answer.headers["location"])).text
    assert "Written down. Those who look after it can read it." in page


@pytest.mark.parametrize("form", [{"symptom": "plague"}, {"symptom": "other", "words": " "}, {"words": "x"}])
async def test_what_cannot_be_said_is_refused_in_words(
    cloud: FakeCloud, client_for: ClientFor, form: dict[str, str]
) -> None:
    answer = await client_for(OWNER).post(PAGE, data=form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert f">{form.get('words', '')}</textarea>" in answer.text
    assert (cloud.facts.notes, cloud.symptoms_told) == ([], [])


async def test_what_the_store_cannot_keep_stays_in_the_form_and_nothing_of_the_store_is_told(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    await client_for(OWNER).post("/patients/p-wei/phones", data={"emergency_phone": "112"})
    cloud.facts.trouble = StorageError("/srv/carewire.db is full: make room")
    client = client_for(OWNER)
    answer = await client.post(PAGE, data={"symptom": "other", "words": "a weight on my arm"})
    assert answer.status_code == 503
    assert ">a weight on my arm</textarea>" in answer.text
    assert "It could not be kept just now" in answer.text
    assert "Nobody was told of it." in answer.text
    assert 'href="tel:112"' in answer.text
    assert "carewire.db" not in answer.text
    seen = await client.post("/patients/p-wei/seen", data={"consciousness": "voice"})
    assert (seen.status_code, '<option value="voice" selected>' in seen.text) == (503, True)
    assert cloud.symptoms_told == []


async def test_as_many_letters_as_the_form_takes_are_kept_with_every_new_line(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    words = "dull\n" * (MOST_WORDS // 5)
    sent = (words + "ache!")[-MOST_WORDS:].replace("\n", "\r\n")
    answer = await client_for(OWNER).post(PAGE, data={"symptom": "other", "words": sent})
    assert answer.status_code == 303
    assert len(cloud.symptoms_told) == 1


@pytest.mark.parametrize("said", ["chest-pain", "plague"])
async def test_an_address_that_was_kept_does_not_say_that_anybody_is_being_told(
    client_for: ClientFor, said: str
) -> None:
    page = (await client_for(OWNER).get(f"{PAGE}?said={said}")).text
    assert "being told now" not in page
    assert "Written down" not in page


async def test_awake_and_on_oxygen_complete_the_score_and_are_kept_with_who_saw_it(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    form = {"consciousness": "confused", "on_oxygen": "no"}
    await client_for(CARER).post("/patients/p-wei/seen", data=form)
    found = cloud.services.facts.now("p-wei")
    assert (found.consciousness, found.on_oxygen) == (Consciousness.CONFUSED, False)
    assert {note.author_id for note in cloud.facts.notes} == {CARER.id}
    page = (await client_for(CARER).get(PAGE)).text
    assert '<option value="confused" selected>' in page
    assert '<option value="no" selected>' in page


async def test_what_is_not_known_is_not_said(cloud: FakeCloud, client_for: ClientFor) -> None:
    await client_for(CARER).post("/patients/p-wei/seen", data={"consciousness": "", "on_oxygen": ""})
    assert cloud.facts.notes == []
    answer = await client_for(CARER).post("/patients/p-wei/seen", data={"on_oxygen": "maybe"})
    assert answer.status_code == 422
    form = {"consciousness": "voice", "on_oxygen": "maybe"}
    half = await client_for(CARER).post("/patients/p-wei/seen", data=form)
    assert (half.status_code, cloud.facts.notes) == (422, [])
    assert '<option value="voice" selected>' in half.text


async def test_numbers_are_kept_changed_and_taken_back(cloud: FakeCloud, client_for: ClientFor) -> None:
    client = client_for(OWNER)
    for phone in ("030 1234567", "030 1234567", ""):
        await client.post("/patients/p-wei/phones", data={"phone": phone, "emergency_phone": "112"})
    found = cloud.services.facts.now("p-wei")
    assert (found.phone, found.emergency_phone) == (None, "112")
    assert [note.name for note in cloud.facts.notes] == ["phone", "emergency_phone", "phone"]


async def test_of_two_numbers_with_one_that_is_none_neither_is_kept_and_both_stay_in_the_form(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    form = {"phone": "030 1234567", "emergency_phone": "call me"}
    answer = await client_for(OWNER).post("/patients/p-wei/phones", data=form)
    assert answer.status_code == 422
    assert 'value="030 1234567"' in answer.text
    assert 'value="call me"' in answer.text
    assert "That is no number to call" in answer.text
    assert "emergency_phone cannot" not in answer.text.lower()
    assert cloud.facts.notes == []


async def test_only_who_looks_after_the_patient_says_anything(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    client = client_for(STRANGER)
    assert (await client.get(PAGE)).status_code == 404
    for path, form in (
        ("feel", {"symptom": "fell"}),
        ("seen", {"on_oxygen": "no"}),
        ("phones", {"phone": "1"}),
    ):
        assert (await client.post(f"/patients/p-wei/{path}", data=form)).status_code == 404
    cloud.directory.grant(STRANGER.id, "p-wei", 0, None, frozenset({Scope.VITALS}))
    assert (await client.get(PAGE)).status_code == 403
    assert cloud.facts.notes == []


async def test_what_was_said_is_no_fact_for_programs_to_misread(client_for: ClientFor) -> None:
    await client_for(OWNER).post(PAGE, data={"symptom": "dizzy", "words": ""})
    answer = (await client_for(DOCTOR).get("/api/v1/patients/p-wei/facts")).json()
    assert answer["history"] == []
