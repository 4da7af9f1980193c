from cloud.ports import Share
from cloud.replay.crowding import crowding
from tests.fakes.quarantine import FakeQuarantine
from vitals.errors import StorageError


def share(records: int, size_bytes: int = 0) -> Share:
    return Share(
        gateway="hallway", records=records, size_bytes=size_bytes, most_records=1_000, most_bytes=64_000_000
    )


def test_a_few_records_set_aside_are_no_trouble() -> None:
    assert crowding(FakeQuarantine()) == ()
    assert crowding(FakeQuarantine(room=[share(499)])) == ()


def test_from_half_of_its_room_on_somebody_is_told_whose_it_is_and_what_to_do() -> None:
    (by_count,) = crowding(FakeQuarantine(room=[share(500)]))
    (by_size,) = crowding(FakeQuarantine(room=[share(3, 60_000_000)]))
    assert "50% of the room of gateway hallway" in by_count
    assert "94% of the room" in by_size
    assert "carewire cloud quarantine list" in by_count


def test_a_quarantine_that_cannot_be_looked_at_is_told_too() -> None:
    class Damaged(FakeQuarantine):
        def shares(self) -> list[Share]:
            raise StorageError("series.db: it is damaged")

    (told,) = crowding(Damaged())
    assert "it is damaged" in told
