"""The table of slices is the bus of a service on one machine; the fake keeps the same contract."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.patient_bus import Bus, PatientBusContract, slice_of
from tests.contracts.records import event, identified, run
from tests.fakes.patient_feed import FakePatientFeed


class TestSliceTable(PatientBusContract):
    """The embedded series store."""

    @pytest.fixture
    def bus(self, tmp_path: Path) -> Iterator[Bus]:
        opened = SqliteSeries(tmp_path / "series.db")
        yield opened
        opened.close()

    @pytest.fixture
    def other_bus(self, tmp_path: Path) -> Iterator[Bus]:
        opened = SqliteSeries(tmp_path / "other.db")
        yield opened
        opened.close()

    def test_what_was_published_outlives_the_process(self, bus: SqliteSeries, tmp_path: Path) -> None:
        bus.publish([slice_of("wei", 1)])
        beside = SqliteSeries(tmp_path / "series.db")
        assert beside.pending(10) == (slice_of("wei", 1),)
        beside.done([slice_of("wei", 1).message_id])
        beside.close()
        assert bus.pending(10) == ()

    def test_a_commit_puts_its_slices_behind_those_published_before(self, bus: SqliteSeries) -> None:
        bus.publish([slice_of("wei", 1)])
        bus.commit([identified(event(1), 7), identified(run((1, 60)), 8, patient_id="ana")])
        assert [one.patient_id for one in bus.pending(10)] == ["wei", "wei", "ana"]


class TestFake(PatientBusContract):
    """What the tests of alerting stand on."""

    @pytest.fixture
    def bus(self) -> FakePatientFeed:
        return FakePatientFeed()

    @pytest.fixture
    def other_bus(self) -> FakePatientFeed:
        return FakePatientFeed()
