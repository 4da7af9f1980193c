"""Notes on a patient: written and read by those who treat them."""

from html import unescape

import pytest

from cloud.care.note_desk import LONGEST_NOTE
from cloud.web.notes import MOST_NOTES
from tests.contracts.note_book import a_note
from tests.fakes.cloud_services import CARER, DOCTOR, OWNER, STRANGER, ClientFor, FakeCloud

ADDRESS = "/patients/p-wei/notes"


async def test_a_note_is_kept_and_read_by_whoever_treats_the_patient(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    client = client_for(DOCTOR)
    assert "No note on Wei yet." in (await client.get(ADDRESS)).text
    answer = await client.post(ADDRESS, data={"text": "Slept well.\r\nEats little."})
    assert (answer.status_code, answer.headers["location"]) == (303, ADDRESS)
    page = (await client.get(ADDRESS)).text
    assert "The last note on Wei is by Mei." in page
    assert "Slept well.\nEats little." in page
    assert [note.author_id for note in cloud.notes.notes] == [DOCTOR.id]


@pytest.mark.parametrize("text", ["", "x" * (LONGEST_NOTE + 1)])
async def test_a_note_that_cannot_be_kept_stays_in_the_form(
    cloud: FakeCloud, client_for: ClientFor, text: str
) -> None:
    answer = await client_for(DOCTOR).post(ADDRESS, data={"text": text})
    assert answer.status_code == 422
    assert f">{text}</textarea>" in answer.text
    assert 'role="alert"' in answer.text
    assert cloud.notes.notes == []


async def test_of_very_many_the_newest_are_shown_and_it_says_so(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    for number in range(MOST_NOTES + 1):
        cloud.notes.write(a_note(number, patient_id="p-wei", text=f"Note {number}."))
    page = (await client_for(DOCTOR).get(ADDRESS)).text
    assert "Note 0." not in page
    assert f"Note {MOST_NOTES}." in page
    assert "there are older ones" in page


async def test_it_is_for_those_who_treat_alone(cloud: FakeCloud, client_for: ClientFor) -> None:
    cloud.notes.write(a_note(patient_id="p-wei", text="told nobody else"))
    for person, status in ((CARER, 403), (OWNER, 403), (STRANGER, 404)):
        client = client_for(person)
        for answer in (await client.get(ADDRESS), await client.post(ADDRESS, data={"text": "mine"})):
            assert answer.status_code == status
            assert "told nobody else" not in answer.text
    assert len(cloud.notes.notes) == 1


async def test_a_note_is_text_and_nothing_else(client_for: ClientFor) -> None:
    attack = "<script>alert(1)</script>"
    await client_for(DOCTOR).post(ADDRESS, data={"text": attack})
    for address in (ADDRESS, "/patients/p-wei/hand-over"):
        text = (await client_for(DOCTOR).get(address)).text
        assert "<script>alert" not in text
        assert attack in unescape(text)
