"""Messages on pages: one thread a patient, for those who care for them; what is new, and who has read it."""

from html import unescape

import pytest

from cloud.access.sessions import DAY_MS
from cloud.care.message_desk import LONGEST_MESSAGE
from cloud.care.message_notices import NEW_MESSAGE
from cloud.ports import Deed, Scope
from cloud.web.messages import MOST_MESSAGES
from tests.contracts.message_book import a_message
from tests.fakes.cloud_services import ADMIN, CARER, DOCTOR, OWNER, STRANGER, ClientFor, FakeCloud
from vitals.errors import StorageError

ADDRESS = "/patients/p-wei/messages"


async def test_a_message_is_kept_told_of_and_read_by_the_others(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    assert "No message yet." in (await client_for(OWNER).get(ADDRESS)).text
    answer = await client_for(CARER).post(ADDRESS, data={"text": "I come at six.\r\nBring tea."})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{ADDRESS}#newest")
    assert cloud.messages_told == [(who.id, NEW_MESSAGE, ADDRESS) for who in (DOCTOR, OWNER)]
    page = (await client_for(OWNER).get(ADDRESS)).text
    assert "1 new message" in page
    assert "I come at six.\nBring tea." in page
    assert "No new message." in (await client_for(OWNER).get(ADDRESS)).text


async def test_who_wrote_sees_who_has_read_up_to_where(cloud: FakeCloud, client_for: ClientFor) -> None:
    for number in (1, 2):
        cloud.messages.write(a_message(number, patient_id="p-wei", author_id=CARER.id))
    assert "Read up to here" not in (await client_for(CARER).get(ADDRESS)).text
    cloud.messages.read("p-wei", OWNER.id, 1)
    await client_for(DOCTOR).get(ADDRESS)
    page = (await client_for(CARER).get(ADDRESS)).text
    first, second = page.index("Read up to here: Wei"), page.index("Read up to here: Mei")
    assert first < page.index("I come at six, 2.") < second


async def test_what_waits_is_counted_on_the_patients_page_and_in_the_inbox(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    for number in (1, 2):
        cloud.messages.write(a_message(number, patient_id="p-wei", author_id=DOCTOR.id))
    for address in ("/patients/p-wei", "/inbox"):
        page = (await client_for(CARER).get(address)).text
        assert f'href="{ADDRESS}#newest">2 new messages</a>' in page
    await client_for(CARER).get(ADDRESS)
    for address in ("/patients/p-wei", "/inbox"):
        assert "new messages" not in (await client_for(CARER).get(address)).text
    assert "2 new messages" in (await client_for(OWNER).get("/patients/p-wei")).text


@pytest.mark.parametrize("text", ["", "x" * (LONGEST_MESSAGE + 1)])
async def test_a_message_that_cannot_be_kept_stays_in_the_form(
    cloud: FakeCloud, client_for: ClientFor, text: str
) -> None:
    answer = await client_for(OWNER).post(ADDRESS, data={"text": text})
    assert answer.status_code == 422
    assert f">{text}</textarea>" in answer.text
    assert 'role="alert"' in answer.text
    assert (cloud.messages.messages, cloud.messages_told) == ([], [])


async def test_a_message_the_store_cannot_keep_stays_in_the_form_and_nothing_of_the_store_is_told(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.messages.trouble = StorageError("/srv/carewire.db is full: make room")
    answer = await client_for(OWNER).post(ADDRESS, data={"text": "I come at six."})
    assert answer.status_code == 503
    assert ">I come at six.</textarea>" in answer.text
    assert "It could not be kept just now" in answer.text
    assert "carewire.db" not in answer.text


async def test_of_very_many_the_newest_are_shown_last_and_it_says_that_there_are_older(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    for number in range(MOST_MESSAGES + 1):
        cloud.messages.write(a_message(number, patient_id="p-wei", text=f"Message {number}."))
    page = (await client_for(OWNER).get(ADDRESS)).text
    assert "Message 0." not in page
    assert page.index("Message 1.") < page.index(f"Message {MOST_MESSAGES}.")
    assert "there are older ones" in page


async def test_it_is_for_the_patient_and_those_who_care_for_them_alone(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.messages.write(a_message(patient_id="p-wei", text="told nobody else"))
    for person, status in ((STRANGER, 404), (ADMIN, 404)):
        client = client_for(person)
        for answer in (await client.get(ADDRESS), await client.post(ADDRESS, data={"text": "mine"})):
            assert answer.status_code == status
            assert "told nobody else" not in answer.text
    assert len(cloud.messages.messages) == 1


async def test_neither_half_a_grant_nor_broken_glass_opens_it(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.messages.write(a_message(patient_id="p-wei", text="told nobody else"))
    cloud.glass.break_("p-wei", STRANGER, "found unconscious at home", 30)
    page = (await client_for(STRANGER).get("/patients/p-wei")).text
    assert ADDRESS not in page
    assert (await client_for(STRANGER).get(ADDRESS)).status_code == 403
    cloud.directory.grant(STRANGER.id, "p-wei", 0, None, frozenset({Scope.VITALS}))
    assert (await client_for(STRANGER).get(ADDRESS)).status_code == 403


async def test_who_was_given_the_record_for_a_time_reads_it_no_longer_and_is_told_no_more(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    now_ms = cloud.clock.wall_ms()
    cloud.directory.grant(STRANGER.id, "p-wei", now_ms - 2 * DAY_MS, now_ms - DAY_MS)
    await client_for(OWNER).post(ADDRESS, data={"text": "Good morning."})
    assert STRANGER.id not in {who for who, *_ in cloud.messages_told}
    assert (await client_for(STRANGER).get(ADDRESS)).status_code == 404


async def test_reading_goes_on_the_ledger(cloud: FakeCloud, client_for: ClientFor) -> None:
    await client_for(CARER).get(ADDRESS)
    (look,) = cloud.ledger.of(Deed.LOOKED)
    assert (look.actor, look.patient_id, look.about["what"]) == (CARER.id, "p-wei", "messages")


async def test_a_message_is_text_and_nothing_else(client_for: ClientFor) -> None:
    attack = "<script>alert(1)</script>"
    await client_for(CARER).post(ADDRESS, data={"text": attack})
    text = (await client_for(OWNER).get(ADDRESS)).text
    assert "<script>alert" not in text
    assert attack in unescape(text)
