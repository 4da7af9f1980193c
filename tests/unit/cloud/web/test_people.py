"""The list of people: who needs somebody stands first, and names of any length and direction are whole."""

from html import unescape

from tests.fakes.cloud_services import CARER, ClientFor, FakeCloud
from tests.fakes.furnished import LONG_NAME, RIGHT_TO_LEFT, furnished


async def test_who_needs_somebody_most_stands_first_and_who_is_well_last(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    furnished(cloud)
    page = unescape((await client_for(CARER).get("/")).text)
    rows = [page.index(each) for each in ("Wei: ", LONG_NAME.strip(), RIGHT_TO_LEFT, "Nour: ", "Ama: ")]
    assert rows == sorted(rows)
    assert "4 of 5 need a look." in page
