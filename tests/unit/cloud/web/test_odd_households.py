"""Pages of people of whom nothing is known, with odd names, or whose devices say what nobody knows."""

import re
from dataclasses import replace

import pytest

from cloud.access.sessions import DAY_MS
from cloud.application import application
from cloud.ports import Device, Person, Point, Role, Scope
from tests.fakes.alerts import an_alert
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_services import CARER, DOCTOR, OWNER, STRANGER, FakeCloud
from tests.fakes.furnished import furnished
from tests.fakes.markup import markup
from tests.fakes.pages import every_page, read_as

UNKNOWN = "something-nobody-knows"


async def pages_of(cloud: FakeCloud, person: Person, patient_id: str = "p-wei") -> dict[str, str]:
    """What somebody is shown of a patient, by address; the service fails at none of it."""
    paths = [
        path.replace("p-wei", patient_id)
        for path in every_page(application(cloud.services))
        if "/p-wei" in path
    ]
    return dict(await read_as(person, cloud, paths))


@pytest.mark.parametrize("patient_id", ["p-new", "p-long", "p-rtl"])
@pytest.mark.parametrize("person", [CARER, DOCTOR], ids=lambda person: person.role.value)
async def test_no_page_fails_for_want_of_data_or_by_a_name(person: Person, patient_id: str) -> None:
    cloud = furnished(FakeCloud())
    name = cloud.directory.patients[patient_id].display_name
    pages = await pages_of(cloud, person, patient_id)
    assert name in pages[f"/patients/{patient_id}"]


async def test_of_whom_nothing_is_known_that_is_said_in_words() -> None:
    pages = await pages_of(FakeCloud(), OWNER)
    said = " ".join(markup(pages["/patients/p-wei"]).said)
    assert "No open alerts." in said
    assert not re.search(r"\b(?:None|nan|undefined|null)\b", said)


@pytest.mark.parametrize("person", [OWNER, CARER, DOCTOR], ids=lambda person: person.role.value)
async def test_what_nobody_knows_is_shown_as_it_is_or_not_at_all(person: Person) -> None:
    cloud = furnished(FakeCloud())
    now_ms = cloud.clock.wall_ms()
    cloud.series.points["p-wei", UNKNOWN] = [Point(t_ms=now_ms, value=1.0, quality=0.5, device="c0-01")]
    cloud.directory.note_device(
        Device(
            id="c0-99",
            gateway="hallway",
            patient_id="p-wei",
            link=UNKNOWN,
            model=UNKNOWN,
            battery_percent=None,
            on_body=None,
            reported_ms=now_ms,
            received_ms=now_ms,
        )
    )
    alert = an_alert("tachycardia", now_ms=now_ms)
    odd = replace(
        alert,
        id="alert-odd",
        condition=UNKNOWN,
        acknowledged_reason=UNKNOWN,
        acknowledged_by="nobody-there",
        acknowledged_ms=now_ms,
        explanation=alert.explanation | {"kind": UNKNOWN, "unit": UNKNOWN, "history_kind": UNKNOWN},
    )
    cloud.alerts.alerts[odd.id] = odd
    pages = await pages_of(cloud, person)
    pages |= dict(await read_as(person, cloud, [f"/alerts/{odd.id}", "/"]))
    assert "/alerts/alert-odd" in pages["/patients/p-wei"]
    assert pages["/alerts/alert-odd"].count("<h1") == 1


async def test_a_link_that_came_too_late_says_whom_to_ask_and_names_nobody() -> None:
    cloud = FakeCloud()
    assert isinstance(cloud.clock, FakeClock)
    _, invitation = cloud.entrance.invitations.invite("Benedikt", Role.CAREGIVER)
    offer = cloud.offers.make("p-wei", frozenset({Scope.ALERTS}), None, OWNER.id)
    cloud.clock.advance(30 * DAY_MS / 1_000)
    for person, path in ((None, f"/invitation?token={invitation}"), (STRANGER, f"/shared?token={offer}")):
        ((_, page),) = await read_as(person, cloud, [path])
        (title,) = re.findall("<h1[^>]*>(.*?)</h1>", page)
        assert title == "This link no longer works."
        assert "Ask whoever" in page
        assert "Benedikt" not in page
        assert "Wei" not in page
