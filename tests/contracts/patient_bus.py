"""What every PatientBus keeps, and the PatientFeed at its other end.

A test module derives a class and gives it a `bus` that is both. `other_bus` is a second one of its own.
"""

from typing import Protocol

from cloud.partitions import EVERY_PARTITION, partition_of
from cloud.ports import PatientBus, PatientFeed, PatientSlice
from tests.contracts.records import run


class Bus(PatientBus, PatientFeed, Protocol):
    """Both ends."""


def slice_of(patient_id: str, number: int) -> PatientSlice:
    return PatientSlice(
        message_id=f"home-1/abcd1234-events/{number}-{number}/{patient_id}",
        patient_id=patient_id,
        received_ms=number,
        records=(run((number, 60.0)),),
    )


def ids(slices: "list[PatientSlice] | tuple[PatientSlice, ...]") -> list[str]:
    return [one.message_id for one in slices]


class PatientBusContract:
    """Slices are safe when publish returns, come in order for each patient, and once at a time."""

    def test_what_is_published_is_handed_out_whole_and_in_order_until_it_is_done(self, bus: Bus) -> None:
        published = [slice_of("wei", 1), slice_of("ana", 2), slice_of("wei", 3)]
        bus.publish(published[:2])
        bus.publish(published[2:])
        weis = [one for one in bus.pending(10) if one.patient_id == "wei"]
        assert weis == [published[0], published[2]]
        bus.done([published[0].message_id])
        assert sorted(ids(tuple(bus.pending(10)))) == sorted(ids(published[1:]))

    def test_what_waits_already_is_one_and_keeps_its_place(self, bus: Bus) -> None:
        bus.publish([slice_of("wei", 1), slice_of("wei", 2)])
        bus.publish([slice_of("wei", 2), slice_of("wei", 1), slice_of("wei", 3)])
        assert [one.received_ms for one in bus.pending(10)] == [1, 2, 3]

    def test_a_partition_is_handed_out_alone_and_the_oldest_of_it_first(self, bus: Bus) -> None:
        bus.publish(slice_of(f"patient-{number % 40}", number) for number in range(200))
        theirs = {partition_of("patient-7"), partition_of("patient-8")}
        expected = [n for n in range(200) if partition_of(f"patient-{n % 40}") in theirs]
        assert [one.received_ms for one in bus.pending(1_000, theirs)] == expected
        assert [one.received_ms for one in bus.pending(3, theirs)] == expected[:3]
        assert bus.pending(10, set()) == ()
        parted = [one for number in EVERY_PARTITION for one in bus.pending(1_000, {number})]
        assert sorted(ids(parted)) == sorted(ids(tuple(bus.pending(1_000))))

    def test_what_one_bus_hands_on_to_another_arrives_once_and_in_order_though_it_dies_between(
        self, bus: Bus, other_bus: Bus
    ) -> None:
        """How a broker's bus is fed from a store: published there first, and only then done here."""
        bus.publish(slice_of("wei", number) for number in range(10))
        for dies in (True, False, False):
            taken = bus.pending(6)
            other_bus.publish(taken)
            if not dies:
                bus.done(ids(tuple(taken)))
        assert bus.pending(10) == ()
        assert [one.received_ms for one in other_bus.pending(100)] == list(range(10))
