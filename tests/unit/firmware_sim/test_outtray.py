from firmware_sim.outtray import Outtray
from firmware_sim.record_store import Part, Record
from vitals.gatt.date_time import DateTime

STAMP = DateTime(year=2026, month=1, day=1, hours=0, minutes=0, seconds=0)


def record(number: int, *uuids: str) -> Record:
    parts = tuple(Part(uuid=uuid, message=number) for uuid in uuids)
    return Record(number=number, at_s=0.0, stamp=STAMP, parts=parts)


def delivered(tray: Outtray, *wanted: str) -> list[tuple[str, object]]:
    told = []
    while (first := tray.first(wanted.__contains__)) is not None:
        told.append((first.part.uuid, first.part.message))
        tray.remove(first)
    return told


def test_the_oldest_goes_first_and_is_kept_until_it_is_removed() -> None:
    tray = Outtray()
    tray.add(record(1, "weight"))
    tray.add(record(2, "weight"))

    assert tray.first(lambda _: True) is tray.first(lambda _: True)
    assert delivered(tray, "weight") == [("weight", 1), ("weight", 2)]
    assert len(tray) == 0


def test_a_part_that_nobody_wants_yet_waits_and_holds_nothing_up() -> None:
    tray = Outtray()
    tray.add(record(1, "weight", "composition"))
    tray.add(record(2, "weight", "composition"))

    assert delivered(tray, "weight") == [("weight", 1), ("weight", 2)]
    assert delivered(tray, "composition") == [("composition", 1), ("composition", 2)]


def test_the_oldest_gives_way_to_the_newest() -> None:
    tray = Outtray()
    for number in range(300):
        tray.add(record(number, "weight"))

    assert [message for _, message in delivered(tray, "weight")] == list(range(100, 300))


def test_what_gave_way_while_it_was_delivered_is_removed_without_harm() -> None:
    tray = Outtray()
    tray.add(record(0, "weight"))
    first = tray.first(lambda _: True)
    for number in range(1, 300):
        tray.add(record(number, "weight"))

    tray.remove(first)

    assert len(tray) == 200
