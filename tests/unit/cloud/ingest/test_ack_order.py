from hypothesis import given
from hypothesis import strategies as st

from cloud.ingest.ack_order import AckOrder


@given(st.permutations(range(12)))
def test_whatever_is_done_first_the_release_is_in_the_order_of_coming(order: list[int]) -> None:
    line = AckOrder()
    places = [line.came(mid, 1) for mid in range(12)]
    released: list[int] = []
    done: set[int] = set()
    for mid in order:
        released += [place.mid for place in line.done(places[mid])]
        done.add(mid)
        assert released == sorted(released)
        assert set(released) == set(range(len(released)))  # a gapless beginning ...
        assert len(released) == 12 or len(released) not in done  # ... and as long as it can be
    assert released == list(range(12))


def test_a_place_in_an_ended_connection_is_stale_and_releases_nothing() -> None:
    line = AckOrder()
    old = line.came(1, 1)
    line.begin_anew()
    new = line.came(1, 1)
    assert line.is_stale(old)
    assert not line.is_stale(new)
    assert [place.mid for place in line.done(new)] == [1]
