from cloud.ports import HandOff
from cloud.web.catalogues import catalogue
from cloud.web.tellings import tellings
from tests.fakes.alerts import NOW_MS, an_alert
from tests.fakes.cloud_services import CARER, ClientFor, FakeCloud

ENGLISH = catalogue("en")


async def test_a_page_says_who_was_told_by_which_way_and_why_somebody_was_not(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    alert = an_alert()
    cloud.alerts.alerts[alert.id] = alert
    for channel, person_id, error in (
        ("email", CARER.id, None),
        ("webhook", CARER.id, "the receiver does not answer"),
        ("held:grouped", "", None),
    ):
        cloud.alerts.hand_offs.append(
            HandOff(alert_id=alert.id, channel=channel, person_id=person_id, at_ms=NOW_MS, error=error)
        )
    found = [
        [part and part.said(ENGLISH) for part in (one.way, one.became, one.why)]
        for one in tellings(cloud.services, alert)
    ]
    assert found == [
        ["by email", "handed over", None],
        ["by webhook", "failed", "the receiver does not answer"],
        [None, "held back", "It goes out together with others."],
    ]
    page = (await client_for(CARER).get(f"/alerts/{alert.id}")).text
    assert f"{CARER.display_name} · by webhook" in page
    assert "held back: It goes out together with others." in page
