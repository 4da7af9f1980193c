"""Who and what there is, and who wears what since when."""

from dataclasses import replace

import pytest

from cloud.ports import Patient, Wearing, Worn
from cloud.storage.relational.opening import Relational
from tests.contracts.records import STRAP
from tests.contracts.relational.rows import ANA, CARER, WEI, WEI_HERSELF, report
from vitals.errors import StorageError


class DirectoryContract:
    """People, places, things."""

    def test_a_patient_is_found_and_a_stranger_is_not(self, people: Relational) -> None:
        assert people.directory.patient("wei") == WEI
        assert people.directory.patient("nobody") is None

    def test_a_name_can_be_corrected(self, people: Relational) -> None:
        people.directory.add_patient(replace(WEI, display_name="Wei Li"))
        assert people.directory.patient("wei") == Patient(id="wei", display_name="Wei Li")

    def test_a_person_is_found_with_the_role(self, people: Relational) -> None:
        assert people.directory.person("carer") == CARER
        assert people.directory.person("p-wei") == WEI_HERSELF
        assert people.directory.person("nobody") is None

    def test_a_device_is_worn_from_its_binding_until_the_next(self, people: Relational) -> None:
        people.directory.bind(STRAP, "wei", 100)
        people.directory.bind(STRAP, "ana", 200)
        worn = [people.directory.patient_wearing(STRAP, t) for t in (99, 100, 199, 200, 10**12)]
        assert worn == [None, "wei", "wei", "ana", "ana"]
        assert people.directory.wearings_of([STRAP, "c0-00"]) == {
            STRAP: [Wearing(from_ms=100, patient_id="wei"), Wearing(from_ms=200, patient_id="ana")]
        }
        assert people.directory.wearings_of([]) == {}

    def test_wearers_of_more_devices_than_one_question_holds_are_all_told(self, people: Relational) -> None:
        people.directory.bind("strap-0", "wei", 100)
        people.directory.bind("strap-2999", "ana", 200)
        assert people.directory.wearings_of([f"strap-{number}" for number in range(3_000)]) == {
            "strap-0": [Wearing(from_ms=100, patient_id="wei")],
            "strap-2999": [Wearing(from_ms=200, patient_id="ana")],
        }

    def test_a_binding_ends_every_later_one(self, people: Relational) -> None:
        people.directory.bind(STRAP, "wei", 100)
        people.directory.bind(STRAP, "ana", 200)
        people.directory.bind(STRAP, "wei", 150)
        assert people.directory.patient_wearing(STRAP, 300) == "wei"
        assert people.directory.devices_of("ana") == ()

    def test_a_device_that_was_taken_off_is_nobodys_from_then_on(self, people: Relational) -> None:
        people.directory.bind(STRAP, "wei", 100)
        people.directory.take_off(STRAP, 200)
        assert people.directory.patient_wearing(STRAP, 199) == "wei"
        assert people.directory.patient_wearing(STRAP, 200) is None
        assert people.directory.devices_of("wei") == ()
        assert people.directory.wearings_of([STRAP])[STRAP][-1] == Wearing(from_ms=200, patient_id=None)
        people.directory.bind(STRAP, "ana", 150)
        assert [each.patient_id for each in people.directory.wearings_of([STRAP])[STRAP]] == ["wei", "ana"]

    def test_every_device_is_listed_with_who_wears_it_now(self, people: Relational) -> None:
        people.directory.bind("strap-0", "wei", 100)
        people.directory.bind("strap-1", "wei", 100)
        people.directory.take_off("strap-1", 200)
        people.directory.note_device(replace(report(1_000), firmware="1.2"))
        found = [(each.id, each.patient_id, each.firmware) for each in people.directory.every_device()]
        assert found == sorted([("strap-0", "wei", None), ("strap-1", None, None), (STRAP, None, "1.2")])

    def test_every_patient_is_listed_by_name(self, people: Relational) -> None:
        assert people.directory.every_patient() == [ANA, WEI]

    def test_a_bound_device_is_listed_before_it_is_ever_heard(self, people: Relational) -> None:
        people.directory.bind(STRAP, "wei", 100)
        (found,) = people.directory.devices_of("wei")
        assert (found.id, found.gateway, found.patient_id, found.received_ms) == (STRAP, "", "wei", None)

    def test_the_newest_report_of_a_device_is_remembered(self, people: Relational) -> None:
        people.directory.bind(STRAP, "wei", 100)
        people.directory.note_device(report(1_000, battery_percent=70))
        people.directory.note_device(report(900, battery_percent=90))
        assert people.directory.devices_of("wei") == (
            replace(report(1_000, battery_percent=70), patient_id="wei"),
        )

    def test_a_report_from_the_future_blocks_no_later_one(self, people: Relational) -> None:
        people.directory.bind(STRAP, "wei", 100)
        people.directory.note_device(report(10**12, received_ms=1_000))
        people.directory.note_device(report(2_000))
        (found,) = people.directory.devices_of("wei")
        assert found.reported_ms == 2_000

    def test_patients_are_found_by_their_ids_in_the_order_of_their_names(self, people: Relational) -> None:
        assert people.directory.known_patients(["wei", "nobody", "ana"]) == [ANA, WEI]
        assert people.directory.known_patients([]) == []

    def test_a_binding_to_a_stranger_is_refused(self, people: Relational) -> None:
        with pytest.raises(StorageError):
            people.directory.bind(STRAP, "nobody", 1)
        assert people.directory.patient_wearing(STRAP, 1) is None

    def test_who_wears_a_device_now_is_told_whether_it_was_ever_heard_or_not(
        self, people: Relational
    ) -> None:
        assert people.directory.wearers() == ()
        people.directory.bind(STRAP, "wei", 100)
        people.directory.bind("c0-02", "wei", 150)
        assert people.directory.wearers() == ("wei",)
        people.directory.bind(STRAP, "ana", 200)
        people.directory.bind("c0-02", "ana", 200)
        assert people.directory.wearers() == ("ana",)

    def test_what_a_patient_wore_is_told_for_the_time_of_wearing_alone(self, people: Relational) -> None:
        people.directory.bind(STRAP, "wei", 100)
        people.directory.bind(STRAP, "ana", 200)
        people.directory.bind(STRAP, "wei", 300)
        people.directory.bind("c0-02", "wei", 150)
        assert people.directory.worn_by("wei", 50, 350) == (
            Worn(device=STRAP, from_ms=100, to_ms=200),
            Worn(device=STRAP, from_ms=300, to_ms=350),
            Worn(device="c0-02", from_ms=150, to_ms=350),
        )
        assert people.directory.worn_by("ana", 0, 250) == (Worn(device=STRAP, from_ms=200, to_ms=250),)
        assert people.directory.worn_by("wei", 200, 300) == (Worn(device="c0-02", from_ms=200, to_ms=300),)
        assert people.directory.worn_by("ana", 0, 200) == people.directory.worn_by("nobody", 0, 9) == ()
