"""The administrator's pages of devices: what they list, and that nothing is bound before it is confirmed."""

from dataclasses import replace

import httpx
import pytest

from cloud.ports import ERASED, Deed, HeardDevice, Patient, Person, UnboundDevice
from tests.fakes.back_office import FakeBackOffice
from tests.fakes.cloud_services import ADMIN, CARER, DOCTOR, ClientFor, FakeCloud
from tests.fakes.directory import a_device
from vitals.errors import StorageError

ORIGIN = {"origin": "http://127.0.0.1:8080"}
PAGE = "/admin/devices"
STRAP = "a0-9e-01"


@pytest.fixture
def admin(client_for: ClientFor) -> httpx.AsyncClient:
    return client_for(ADMIN)


def deeds(cloud: FakeCloud, patient_id: str) -> list[Deed]:
    return [each.deed for each in cloud.ledger.notes if each.patient_id == patient_id]


async def posted(admin: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    return await admin.post(f"{PAGE}/{STRAP}/{path}", data=fields, headers=ORIGIN)


async def test_with_no_device_it_says_so_and_what_to_do(admin: httpx.AsyncClient) -> None:
    page = (await admin.get(PAGE)).text
    assert "No device was heard yet." in page
    assert "Put a sensor near a gateway" in page


async def test_a_device_stands_with_its_wearer_gateway_battery_and_firmware(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    cloud.directory.note_device(
        replace(
            a_device(STRAP, "hallway"),
            model="Polar <b>H10</b>",
            battery_percent=9,
            firmware="3.1.4",
            received_ms=cloud.clock.wall_ms(),
        )
    )
    cloud.directory.bind(STRAP, "p-wei", 0)
    page = (await admin.get(PAGE)).text
    assert "All devices that are worn are heard." in page
    for words in ("Wei", "hallway", "9%, low", "3.1.4", "Polar &lt;b&gt;H10&lt;/b&gt;"):
        assert words in page


async def test_of_many_a_hundred_are_shown_and_the_others_are_a_page_or_a_search_away(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    for number in range(250):
        cloud.directory.note_device(a_device(f"strap-{number:03d}"))
    first = (await admin.get(PAGE)).text
    assert first.count('scope="row"') == 100
    assert "1 to 100 of 250" in first
    assert "page=2" in first
    last = (await admin.get(f"{PAGE}?page=3")).text
    assert last.count('scope="row"') == 50
    found = (await admin.get(f"{PAGE}?find=STRAP-24")).text
    assert found.count('scope="row"') == 10
    assert "No device is like that." in (await admin.get(f"{PAGE}?find=nothing")).text


@pytest.mark.parametrize(
    ("show", "ids"),
    [("worn", {"worn"}), ("free", {"free", "stray"}), ("low", {"worn"}), ("nobodys", {"stray"})],
)
async def test_what_is_shown_can_be_narrowed(
    admin: httpx.AsyncClient, cloud: FakeCloud, show: str, ids: set[str]
) -> None:
    for name, battery in (("worn", 5), ("free", 5)):
        cloud.directory.note_device(replace(a_device(name), battery_percent=battery))
    cloud.directory.bind("worn", "p-wei", 0)
    cloud.back_office.unbound.append(a_stray("stray"))
    page = (await admin.get(f"{PAGE}?show={show}")).text
    assert {name for name in ("worn", "free", "stray") if f'href="/admin/devices/{name}"' in page} == ids


async def test_a_device_that_was_never_heard_is_opened_by_its_name(admin: httpx.AsyncClient) -> None:
    answer = await admin.get(PAGE, params={"device": "A0:9E:01"})
    assert answer.headers["location"] == f"{PAGE}/{STRAP}"
    assert "Nobody wears it." in (await admin.get(f"{PAGE}/{STRAP}")).text
    refused = await admin.get(PAGE, params={"device": "not a name"})
    assert refused.status_code == 422


async def test_binding_is_asked_once_more_and_then_on_the_ledger_of_whom_it_is(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    asked = await admin.get(f"{PAGE}/{STRAP}/wearer", params={"patient": "Wei (p-wei)"})
    assert f"Does Wei wear {STRAP}?" in asked.text
    assert cloud.directory.bindings == []
    done = await posted(admin, "wearer", patient="p-wei")
    assert done.headers["location"] == f"{PAGE}/{STRAP}"
    assert cloud.directory.bindings == [(STRAP, "p-wei", cloud.clock.wall_ms())]
    assert deeds(cloud, "p-wei") == [Deed.DEVICE_PUT_ON]


async def test_a_time_that_was_typed_is_by_the_readers_clock(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    admin.cookies["time_zone"] = "Europe/Berlin"
    asked = await admin.get(
        f"{PAGE}/{STRAP}/wearer", params={"patient": "p-wei", "since": "2021-07-01T12:00"}
    )
    assert 'name="since_ms" value="1625133600000"' in asked.text
    await posted(admin, "wearer", patient="p-wei", since_ms="1625133600000")
    assert cloud.directory.bindings == [(STRAP, "p-wei", 1_625_133_600_000)]


@pytest.mark.parametrize(
    ("patient", "since", "says"),
    [
        ("p-nobody", "", "There is no patient p-nobody: check the code."),
        ("", "", "check the code"),
        ("p-wei", "yesterday", "That is no time"),
        ("p-wei", "0001-01-01T00:00", "That is no time"),
        ("p-wei", "9999-12-31T23:59", "That time lies ahead"),
        ("p-ama", "2020-02-01T00:00", "P-wei wore it since"),
    ],
)
async def test_what_cannot_be_is_told_with_what_was_typed_and_binds_nothing(
    admin: httpx.AsyncClient, cloud: FakeCloud, patient: str, since: str, says: str
) -> None:
    cloud.directory.bind(STRAP, "p-wei", 1_500_000_000_000)
    answer = await admin.get(f"{PAGE}/{STRAP}/wearer", params={"patient": patient, "since": since})
    assert answer.status_code == 422
    assert says in answer.text
    assert f'value="{since}"' in answer.text
    assert len(cloud.directory.bindings) == 1


async def test_whose_it_was_until_now_is_told_of_it_too(admin: httpx.AsyncClient, cloud: FakeCloud) -> None:
    cloud.directory.bind(STRAP, "p-wei", 0)
    asked = await admin.get(f"{PAGE}/{STRAP}/wearer", params={"patient": "p-ama"})
    assert "Worn until now by" in asked.text
    assert 'name="seen" value="p-wei"' in asked.text
    await posted(admin, "wearer", patient="p-ama", seen="p-wei")
    assert deeds(cloud, "p-wei") == [Deed.DEVICE_TAKEN_OFF]
    assert deeds(cloud, "p-ama") == [Deed.DEVICE_PUT_ON]


@pytest.mark.parametrize(
    ("path", "fields"), [("take-off", {"seen": "p-wei"}), ("wearer", {"seen": "p-wei", "patient": "p-wei"})]
)
async def test_what_another_administrator_changed_meanwhile_is_not_overridden_unseen(
    admin: httpx.AsyncClient, cloud: FakeCloud, path: str, fields: dict[str, str]
) -> None:
    cloud.directory.bind(STRAP, "p-wei", 0)
    cloud.directory.bind(STRAP, "p-ama", 1)
    answer = await posted(admin, path, **fields)
    assert answer.status_code == 422
    assert "Who wears it was changed meanwhile" in answer.text
    assert cloud.directory.patient_wearing(STRAP, cloud.clock.wall_ms()) == "p-ama"
    assert deeds(cloud, "p-wei") == deeds(cloud, "p-ama") == []


async def test_a_time_that_was_garbled_does_not_become_now(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    answer = await posted(admin, "wearer", patient="p-wei", since_ms="-62135596800000")
    assert (answer.status_code, "That is no time" in answer.text) == (422, True)
    assert cloud.directory.bindings == []


async def test_a_device_is_taken_off_once_that_is_confirmed(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    assert (await admin.get(f"{PAGE}/{STRAP}/take-off")).status_code == 404
    assert (await posted(admin, "take-off", seen="")).status_code == 422
    cloud.directory.bind(STRAP, "p-wei", 0)
    asked = (await admin.get(f"{PAGE}/{STRAP}/take-off")).text
    assert "Does Wei no longer wear" in asked
    assert 'name="seen" value="p-wei"' in asked
    await posted(admin, "take-off", seen="p-wei")
    assert cloud.directory.patient_wearing(STRAP, cloud.clock.wall_ms()) is None
    assert deeds(cloud, "p-wei") == [Deed.DEVICE_TAKEN_OFF]


async def test_what_it_measured_for_nobody_is_given_to_who_wore_it_then(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    cloud.back_office.unbound.append(a_stray(STRAP))
    refused = await posted(admin, "adoption")
    assert (refused.status_code, "Nobody ever wore" in refused.text) == (422, True)
    cloud.directory.bind(STRAP, "p-wei", 0)
    page = (await admin.get(f"{PAGE}/{STRAP}")).text
    assert "412 records through hallway" in page
    given = await posted(admin, "adoption")
    assert "What it measured was given to who wore it then." in given.text
    assert "412" in given.text
    assert cloud.back_office.unbound == []
    assert Deed.QUARANTINE_RELEASED in deeds(cloud, "p-wei")


async def test_giving_that_a_store_stops_does_not_say_that_nothing_was_changed(
    admin: httpx.AsyncClient, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise StorageError("/srv/series.db is away")

    cloud.back_office.unbound.append(a_stray(STRAP))
    cloud.directory.bind(STRAP, "p-wei", 0)
    monkeypatch.setattr(FakeBackOffice, "adopt", away)
    page = await posted(admin, "adoption")
    assert page.status_code == 503
    assert "Nothing was changed" not in page.text
    assert "send it once more in a moment" in page.text
    assert "series.db" not in page.text


async def test_what_an_erased_person_wore_is_given_to_nobody(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    cloud.back_office.unbound.append(a_stray(STRAP))
    cloud.directory.bind(STRAP, ERASED, 0)
    assert (await posted(admin, "adoption")).status_code == 422
    cloud.directory.bind(STRAP, "p-wei", 1)
    assert (await posted(admin, "adoption")).status_code == 200
    ((_, wearings),) = cloud.back_office.adopted
    assert [each.patient_id for each in wearings] == [None, "p-wei"]
    assert {each.patient_id for each in cloud.ledger.of(Deed.QUARANTINE_RELEASED)} == {"p-wei"}


async def test_while_the_store_of_readings_is_away_devices_are_listed_and_it_is_told(
    admin: httpx.AsyncClient, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: FakeBackOffice) -> None:
        raise StorageError("the store is away")

    cloud.directory.note_device(a_device(STRAP))
    monkeypatch.setattr(FakeBackOffice, "heard_devices", away)
    page = await admin.get(PAGE)
    assert page.status_code == 200
    assert "cannot be said now" in page.text
    assert STRAP in page.text


async def test_a_hostile_name_is_text_wherever_it_stands(admin: httpx.AsyncClient, cloud: FakeCloud) -> None:
    attack = "<script>alert(1)</script>" + "x" * 200
    cloud.directory.add_patient(Patient(id="p-bad", display_name=attack))
    cloud.directory.bind(STRAP, "p-bad", 0)
    for path in (PAGE, f"{PAGE}/{STRAP}", f"{PAGE}/{STRAP}/take-off", f"{PAGE}/{STRAP}/wearer?patient=p-bad"):
        assert "<script>alert" not in (await admin.get(path)).text


@pytest.mark.parametrize("person", [CARER, DOCTOR], ids=["a caregiver", "a clinician"])
async def test_they_are_for_administrators_alone(
    client_for: ClientFor, cloud: FakeCloud, person: Person
) -> None:
    cloud.directory.bind(STRAP, "p-wei", 0)
    cloud.back_office.heard_from.append(HeardDevice(device=STRAP, gateway="hallway", received_ms=1))
    client = client_for(person)
    for path in (PAGE, f"{PAGE}/{STRAP}"):
        answer = await client.get(path)
        assert (answer.status_code, STRAP in answer.text) == (403, False)
    assert (await posted(client, "take-off")).status_code == 403
    assert cloud.directory.patient_wearing(STRAP, 1) == "p-wei"


def a_stray(name: str) -> UnboundDevice:
    return UnboundDevice(device=name, gateway="hallway", records=412, first_received_ms=1, last_received_ms=2)
