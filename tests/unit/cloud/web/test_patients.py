"""The clinician's list: whoever should be looked at first, first; only those shown count as looked at."""

from html import unescape

import pytest

from cloud.ports import AlertState, Deed, Device, Patient, Person, Point, Scope
from cloud.web.patients import ROWS_A_PAGE
from tests.fakes.alerts import an_alert
from tests.fakes.cloud_services import ADMIN, CARER, DOCTOR, OWNER, STRANGER, ClientFor, FakeCloud
from tests.fakes.furnished import LONG_NAME, RIGHT_TO_LEFT, furnished
from tests.fakes.readings import HOUR_MS


def measured(cloud: FakeCloud, who: str, kind: str, value: float, ago_ms: int = 30_000) -> None:
    t_ms = cloud.clock.wall_ms() - ago_ms
    points = cloud.series.points.setdefault((who, kind), [])
    points.append(Point(t_ms=t_ms, value=value, quality=0.9, device="c0-01"))
    points.sort(key=lambda each: each.t_ms)


def open_to_doctor(cloud: FakeCloud, *names: str) -> None:
    for name in names:
        cloud.directory.add_patient(Patient(id=f"p-{name}", display_name=name))
        cloud.directory.grant(DOCTOR.id, f"p-{name}", 0, None)


def looked_at(cloud: FakeCloud) -> set[str | None]:
    return {note.patient_id for note in cloud.ledger.notes if note.deed is Deed.LOOKED}


async def the_page(client_for: ClientFor, address: str = "/patients") -> str:
    answer = await client_for(DOCTOR).get(address)
    assert answer.status_code == 200
    return unescape(answer.text)


async def test_whoever_is_worst_stands_first_and_who_is_well_last(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    open_to_doctor(cloud, "Calm", "Unseen", "Scored", "Higher", "Alarmed", "Known")
    for who in ("Calm", "Scored", "Higher", "Alarmed", "Known"):
        measured(cloud, f"p-{who}", "heart_rate", 132.0 if who in {"Scored", "Higher"} else 70.0)
    measured(cloud, "p-Higher", "oxygen_saturation", 93.0)
    measured(cloud, "p-Unseen", "heart_rate", 70.0, ago_ms=HOUR_MS)
    for who, state in (("Alarmed", AlertState.ACTIVE), ("Known", AlertState.ACKNOWLEDGED)):
        alert = an_alert("ventricular-tachycardia", id=f"a-{who}", patient_id=f"p-{who}", state=state)
        cloud.alerts.alerts[alert.id] = alert
    page = await the_page(client_for)
    places = [page.index(f">{who}</a>") for who in ("Alarmed", "Higher", "Scored", "Known", "Unseen", "Calm")]
    assert places == sorted(places)
    assert "3 of 7 need a look." in page


async def test_a_row_tells_the_score_as_a_range_where_it_goes_and_what_is_not_known(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    for kind, value in (
        ("respiratory_rate", 22.0),
        ("oxygen_saturation", 97.0),
        ("systolic_pressure", 125.0),
        ("body_temperature", 37.0),
    ):
        measured(cloud, "p-wei", kind, value)
    measured(cloud, "p-wei", "heart_rate", 132.0)
    for minutes in range(0, 121, 10):
        measured(cloud, "p-wei", "heart_rate", 70.0, ago_ms=4 * HOUR_MS + minutes * 60_000)
    page = await the_page(client_for)
    assert '<b class="score">5–10</b>' in page  # noqa: RUF001 - a range
    assert "medium or more" in page
    assert ">rising</span>" in page
    assert "Not known: whether oxygen is given and consciousness" in page


@pytest.mark.parametrize(
    ("show", "who"),
    [("now", {"Alarmed"}), ("alerts", {"Alarmed"}), ("gaps", {"Unseen", "Wei"}), ("nonsense", None)],
)
async def test_an_address_says_who_is_shown(
    cloud: FakeCloud, client_for: ClientFor, show: str, who: set[str] | None
) -> None:
    open_to_doctor(cloud, "Calm", "Unseen", "Alarmed")
    everybody = {"Calm", "Unseen", "Alarmed", "Wei"}
    measured(cloud, "p-Calm", "heart_rate", 70.0)
    measured(cloud, "p-Alarmed", "heart_rate", 70.0)
    cloud.directory.devices["c0-07"] = Device(
        id="c0-07",
        gateway="home",
        patient_id="p-Unseen",
        link="connected",
        model=None,
        battery_percent=None,
        on_body=False,
        reported_ms=None,
        received_ms=None,
    )
    measured(cloud, "p-Unseen", "heart_rate", 70.0)
    alert = an_alert("ventricular-tachycardia", patient_id="p-Alarmed")
    cloud.alerts.alerts[alert.id] = alert
    page = await the_page(client_for, f"/patients?show={show}")
    assert {each for each in everybody if f">{each}</a>" in page} == (who or everybody)


async def test_a_name_is_searched_for_however_it_is_written(cloud: FakeCloud, client_for: ClientFor) -> None:
    furnished(cloud)
    page = await the_page(client_for, "/patients?q=HOHENZOLLERN")
    assert LONG_NAME.strip() in page
    assert RIGHT_TO_LEFT not in page
    assert RIGHT_TO_LEFT in await the_page(client_for, f"/patients?q={RIGHT_TO_LEFT[:4]}")
    assert "Nobody of this name is open to you." in await the_page(client_for, "/patients?q=nobody-at-all")


async def test_many_are_shown_a_page_at_a_time_and_only_those_shown_are_looked_at(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    open_to_doctor(cloud, *(f"N{number:03}" for number in range(ROWS_A_PAGE + 4)))
    page = await the_page(client_for)
    assert "Page 1 of 2" in page
    assert page.count('role="rowheader"') == ROWS_A_PAGE
    assert len(looked_at(cloud)) == ROWS_A_PAGE
    second = await the_page(client_for, "/patients?page=2")
    assert second.count('role="rowheader"') == 5
    assert (await the_page(client_for, "/patients?page=900")).count('role="rowheader"') == 5


async def test_what_is_not_open_is_said_to_be_so_and_not_shown(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.directory.relations.grants.clear()
    cloud.directory.grant(DOCTOR.id, "p-wei", 0, None, frozenset({Scope.WAVEFORMS}))
    measured(cloud, "p-wei", "heart_rate", 132.0)
    alert = an_alert("ventricular-tachycardia")
    cloud.alerts.alerts[alert.id] = alert
    page = await the_page(client_for)
    assert page.count("not open to you") == 2
    assert "alert-ventricular-tachycardia" not in page
    assert "Nobody needs a look now" in page


async def test_to_whom_nobody_is_open_is_told_what_to_do(cloud: FakeCloud, client_for: ClientFor) -> None:
    assert "No patient is open to you yet." in (await client_for(STRANGER).get("/patients")).text
    assert looked_at(cloud) == set()


@pytest.mark.parametrize("person", [CARER, OWNER, ADMIN])
async def test_it_is_for_clinicians_alone(client_for: ClientFor, person: Person) -> None:
    answer = await client_for(person).get("/patients")
    assert answer.status_code == 403
    assert "Wei" not in answer.text.replace(person.display_name, "", 1) or person is OWNER


async def test_a_clinician_starts_with_the_list(client_for: ClientFor) -> None:
    assert (await client_for(DOCTOR).get("/")).headers["location"] == "/patients"


async def test_a_name_is_text_and_nothing_else(cloud: FakeCloud, client_for: ClientFor) -> None:
    attack = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    cloud.directory.patients["p-wei"] = Patient(id="p-wei", display_name=attack)
    text = (await client_for(DOCTOR).get("/patients", params={"q": "<script"})).text
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "&lt;script&gt;alert(1)" in text
