import pytest

from tests.fakes.cloud_services import CARER, STRANGER, ClientFor, FakeCloud
from tests.fakes.stored_ecg import AF, ECTOPICS, stored

PATH = "/api/v1/patients/p-wei/beats"


async def test_beats_come_in_columns_with_the_usual_one(cloud: FakeCloud, client_for: ClientFor) -> None:
    from_ms = cloud.clock.wall_ms() - 100_000
    cloud.series.strips["p-wei", "ecg"] = stored(ECTOPICS, from_ms)
    query = {"from": str(from_ms + 20_000), "to": str(from_ms + 80_000)}
    found = (await client_for(CARER).get(PATH, params=query)).json()
    assert len(found["t_ms"]) == len(found["rr_ms"]) == len(found["early"]) == len(found["other"]) == 67
    assert found["other"].count(True) == found["early"].count(True) == 14
    assert (found["source"], len(found["median_mv"])) == ("c0-01.II", 90)
    assert all(from_ms + 20_000 <= t_ms < from_ms + 80_000 for t_ms in found["t_ms"])


async def test_another_lead_is_searched_where_it_is_asked_for(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    from_ms = cloud.clock.wall_ms() - 100_000
    strips = [*stored(ECTOPICS, from_ms, seconds=40), *stored(AF, from_ms, lead="V1", seconds=30)]
    cloud.series.strips["p-wei", "ecg"] = sorted(strips, key=lambda one: one.t0_ms)
    query = {"from": str(from_ms), "to": str(from_ms + 30_000)}
    for asked, shown in (("c0-01.V1", "c0-01.V1"), ("c0-09.V6", "c0-01.II")):
        found = (await client_for(CARER).get(PATH, params={**query, "source": asked})).json()
        assert found["source"] == shown


async def test_without_a_signal_there_are_no_beats(client_for: ClientFor) -> None:
    found = (await client_for(CARER).get(PATH)).json()
    assert (found["t_ms"], found["median_mv"], found["source"]) == ([], [], None)


@pytest.mark.parametrize("query", [{"from": "0", "to": "120001"}, {"from": "soon"}, {"source": "x" * 101}])
async def test_what_is_too_long_or_cannot_be_read_is_refused(
    client_for: ClientFor, query: dict[str, str]
) -> None:
    assert (await client_for(CARER).get(PATH, params=query)).status_code == 422


async def test_a_stranger_gets_nothing(client_for: ClientFor) -> None:
    assert (await client_for(STRANGER).get(PATH)).status_code == 404
    assert (await client_for(None).get(PATH)).status_code == 401
