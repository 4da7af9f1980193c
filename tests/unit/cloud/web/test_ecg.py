"""The pages of a stored ECG, as somebody opens them."""

from dataclasses import replace
from html import unescape

import pytest

from cloud.access.sessions import HOUR_MS
from cloud.ports import AlertState, Deed, Scope
from tests.fakes.alerts import an_alert
from tests.fakes.cloud_services import CARER, OWNER, STRANGER, ClientFor, FakeCloud
from tests.fakes.stored_ecg import ECTOPICS, RESTING, stored

PATH = "/patients/p-wei/ecg"


@pytest.fixture
def now_ms(cloud: FakeCloud) -> int:
    """Two minutes of ectopic beats before now, with three seconds missing; an hour earlier, two at rest."""
    now_ms = cloud.clock.wall_ms()
    kept = [*stored(RESTING, now_ms - HOUR_MS), *stored(ECTOPICS, now_ms - 140_000)]
    gone = range(now_ms - 60_000, now_ms - 57_000)
    cloud.series.strips["p-wei", "ecg"] = [one for one in kept if one.t0_ms not in gone]
    return now_ms


def looks(cloud: FakeCloud) -> set[object]:
    """What somebody looked at, as the ledger names it."""
    return {note.about["what"] for note in cloud.ledger.notes if note.deed is Deed.LOOKED}


async def test_the_newest_ten_seconds_are_shown_as_a_drawing(client_for: ClientFor, now_ms: int) -> None:
    page = unescape((await client_for(CARER).get(PATH)).text)
    assert "Wei: about 66 heart beats a minute here." in page
    assert 'viewBox="0 0 250.0 56.0" width="250.0mm" height="56.0mm"' in page
    assert f'data-at-ms="{now_ms - 10_000}"' in page
    assert page.count('class="sign usual" transform') > 5
    assert "25 mm/s · 10 mm/mV" in page


async def test_a_patient_reads_of_their_own_heart(client_for: ClientFor, now_ms: int) -> None:
    assert now_ms
    assert "Your heart beat about 66 times a minute here." in (await client_for(OWNER).get(PATH)).text


async def test_missing_signal_is_hatched_and_said(client_for: ClientFor, now_ms: int) -> None:
    page = (await client_for(CARER).get(f"{PATH}?at={now_ms - 62_000}")).text
    assert "Part of the signal is missing." in page
    assert '<rect class="missing" x="49.9" width="75.1"' in page


async def test_where_nothing_is_kept_that_is_said(client_for: ClientFor, now_ms: int) -> None:
    page = (await client_for(CARER).get(f"{PATH}?at={now_ms - 30 * HOUR_MS}")).text
    assert "Wei: no ECG is kept here." in page
    assert "There is no signal at all in these 6 h" in page


async def test_a_patient_without_any_signal_has_a_page_too(client_for: ClientFor) -> None:
    assert "Wei: no ECG is kept here." in (await client_for(CARER).get(PATH)).text
    assert (await client_for(CARER).get(f"{PATH}/paper")).status_code == 200


async def test_an_address_that_cannot_be_read_is_said_and_the_newest_is_shown(
    client_for: ClientFor, now_ms: int
) -> None:
    page = (await client_for(CARER).get(f"{PATH}?at=yesterday&speed=99")).text
    assert "Part of the address could not be read." in page
    assert f'data-at-ms="{now_ms - 10_000}"' in page


async def test_hours_are_seen_at_a_glance_with_the_alerts_in_them(
    cloud: FakeCloud, client_for: ClientFor, now_ms: int
) -> None:
    within = an_alert("ventricular-tachycardia", now_ms=now_ms - 60_000)
    before = replace(
        an_alert("asystole", now_ms=now_ms),
        began_ms=now_ms - 30 * HOUR_MS,
        resolved_ms=now_ms - 29 * HOUR_MS,
        state=AlertState.RESOLVED,
    )
    technical = an_alert("battery-low", now_ms=now_ms)
    for alert in (within, before, technical):
        cloud.alerts.alerts[alert.id] = alert
    page = unescape((await client_for(CARER).get(f"{PATH}/overview?at={now_ms}")).text)
    assert page.count('class="there"') == 3
    assert f"?at={within.began_ms - 2_000}&speed=25&gain=10&hours=6" in page
    assert page.count("data-from-ms") == 2  # the hours, and one alert
    assert "Later hours" not in page


async def test_to_whom_alerts_are_not_open_none_is_shown(
    cloud: FakeCloud, client_for: ClientFor, now_ms: int
) -> None:
    alert = an_alert("ventricular-tachycardia", now_ms=now_ms)
    cloud.alerts.alerts[alert.id] = alert
    cloud.directory.grant(STRANGER.id, "p-wei", 0, None, scopes=frozenset({Scope.WAVEFORMS}))
    page = (await client_for(STRANGER).get(PATH)).text
    assert "heart beats a minute here" in page
    assert "Run of fast" not in page
    assert "What happened" not in page
    assert looks(cloud) == {"waveforms"}


@pytest.mark.parametrize("path", [PATH, f"{PATH}/overview", f"{PATH}/paper"])
async def test_a_stranger_gets_nothing_and_a_look_is_written_down(
    cloud: FakeCloud, client_for: ClientFor, now_ms: int, path: str
) -> None:
    assert now_ms
    assert (await client_for(STRANGER).get(path)).status_code == 404
    cloud.directory.grant(STRANGER.id, "p-wei", 0, None, scopes=frozenset({Scope.VITALS, Scope.ALERTS}))
    assert (await client_for(STRANGER).get(path)).status_code == 403
    assert looks(cloud) == set()
    assert (await client_for(CARER).get(path)).status_code == 200
    assert "waveforms" in looks(cloud)


async def test_a_sheet_states_who_when_and_how_it_is_drawn(client_for: ClientFor, now_ms: int) -> None:
    page = unescape((await client_for(CARER).get(f"{PATH}/paper?at={now_ms - 130_000}&gain=5&speed=50")).text)
    for said in ("<h1>ECG of Wei</h1>", "50 mm/s", "5 mm/mV", "II · c0-01", "Lin, <time"):
        assert said in page
    assert page.count('class="ecg-row"') == 4
    assert 'viewBox="-7 0 257.0 31.0"' in page


async def test_a_sheet_has_fewer_and_taller_rows_where_the_trace_is_tall(
    client_for: ClientFor, now_ms: int
) -> None:
    ectopic = (await client_for(CARER).get(f"{PATH}/paper?at={now_ms - 105_000}")).text
    assert 'height="64.0mm"' in ectopic
    assert "is cut off there" not in ectopic
    huge = (await client_for(CARER).get(f"{PATH}/paper?at={now_ms - 105_000}&gain=20")).text
    assert 'height="64.0mm"' in huge
    assert "is cut off there" in huge


async def test_an_alert_of_the_body_leads_to_the_ecg_of_then_if_that_is_open(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    alert, technical = (
        an_alert(condition, now_ms=cloud.clock.wall_ms())
        for condition in ("ventricular-tachycardia", "battery-low")
    )
    for each in (alert, technical):
        cloud.alerts.alerts[each.id] = each
    then = f'href="{PATH}?at={alert.began_ms - 2_000}"'
    assert then in (await client_for(CARER).get(f"/alerts/{alert.id}")).text
    assert f'href="{PATH}' not in (await client_for(CARER).get(f"/alerts/{technical.id}")).text
    cloud.directory.grant(STRANGER.id, "p-wei", 0, None, scopes=frozenset({Scope.ALERTS}))
    assert f'href="{PATH}' not in (await client_for(STRANGER).get(f"/alerts/{alert.id}")).text
