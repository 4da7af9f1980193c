"""Every table says what becomes of its rows when a patient is erased."""

from cloud.storage.forgetting import DEALT_WITH, of
from cloud.storage.relational.tables import metadata


def test_every_table_is_dealt_with_and_none_that_is_not_there() -> None:
    assert set(DEALT_WITH) == set(metadata.tables)


def test_a_table_is_emptied_of_a_patient_or_says_why_not() -> None:
    for name, dealt in DEALT_WITH.items():
        assert (of(metadata.tables[name], "wei") is None) == bool(dealt.kept), name


def test_a_table_that_names_patients_or_persons_is_kept_for_a_reason_alone() -> None:
    for name, dealt in DEALT_WITH.items():
        columns = metadata.tables[name].c.keys()
        if "patient_id" in columns and dealt.kept is None:
            assert "patient_id" in {dealt.patient, dealt.person}, name
        if "person_id" in columns and dealt.kept is None and dealt.through is None:
            assert dealt.person == "person_id", name
