"""The tick: what is noticed although nothing comes."""

import pytest

from cloud.alerts.judging.state import PatientState, encode_state
from cloud.ports import AlertState
from tests.fakes.alert_house import OTHER, House
from tests.fakes.alert_material import at, heart_rate, report, slice_of


class TestTheTick:
    def test_comes_every_five_seconds_once_nothing_waits(self) -> None:
        house = House()
        worker = house.worker()
        house.receive(slice_of(report(0, on_body=False), heart_rate((0, 70)), received_s=62))
        house.presence.heard_ms["home"] = at(62)
        worker.step()
        house.clock.wall = at(121.999)
        worker.step()
        assert house.conditions == {}
        house.clock.wall = at(127)
        worker.step()
        assert house.conditions == {"sensor-off": AlertState.ACTIVE}
        assert [name for name, _ in house.notifier.told] == list(house.store.alerts)

    def test_writes_nothing_where_nothing_changed(self) -> None:
        house = House()
        house.presence.heard_ms["home"] = at(62)
        house.receive(slice_of(heart_rate((61, 70)), received_s=62))
        worker = house.worker()
        worker.step()
        for _ in range(5):
            house.clock.advance(5)
            worker.step()
        assert house.store.commits == 1

    def test_hears_a_gateway_fall_silent(self) -> None:
        house = House()
        house.receive(slice_of(heart_rate((61, 70)), received_s=62))
        house.presence.heard_ms["home"] = at(62)
        worker = house.worker()
        worker.step()
        house.clock.wall = at(242)
        worker.step()
        assert house.conditions == {"gateway-silent": AlertState.ACTIVE}

    def test_misses_a_device_of_which_nothing_ever_came(self) -> None:
        house = House()
        house.presence.heard_ms["home"] = at(62)
        worker = house.worker()
        for second in range(67, 67 + 3_600 + 60, 60):
            house.clock.wall = house.presence.heard_ms["home"] = at(second)
            worker.step()
        assert house.conditions == {"device-never-heard": AlertState.ACTIVE}

    def test_tells_whoever_runs_it_that_many_gateways_fell_at_once_and_blames_none(self) -> None:
        house = House()
        house.receive(slice_of(heart_rate((61, 70)), received_s=62))
        house.presence.heard_ms = {name: at(62) for name in ("home", "mill", "farm", "inn")}
        worker = house.worker()
        worker.step()
        house.clock.wall = at(62 + 300)
        worker.step()
        assert (house.conditions, worker.statistics.fallen) == ({}, 4)

    def test_while_nothing_is_taken_in_blames_no_gateway(self) -> None:
        house = House()
        house.receive(slice_of(heart_rate((61, 70)), received_s=62))
        house.presence.heard_ms["home"] = at(62)
        worker = house.worker()
        worker.step()
        house.presence.taking_in = False
        for second in (70, 100, 400):
            house.clock.wall = at(second)
            worker.step()
        assert house.conditions == {}

    def test_waits_while_slices_wait_but_not_for_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("cloud.alerts.working.worker.SLICES_AT_ONCE", 1)
        house = House()
        house.receive(slice_of(heart_rate((61, 70)), received_s=62, name="first"))
        worker = house.worker()
        worker.step()
        house.clock.wall = at(62 + 59.999)
        house.receive(slice_of(heart_rate((62, 70)), received_s=63, name="second"))
        house.presence.heard_ms["home"], house.presence.connected["home"] = at(62), False
        worker.step()
        assert house.conditions == {}
        house.clock.wall = at(62 + 60)
        house.receive(slice_of(heart_rate((63, 70)), received_s=64, name="third"))
        worker.step()
        assert house.conditions == {"gateway-silent": AlertState.ACTIVE}

    def test_of_one_patient_failing_leaves_the_others_watched(self) -> None:
        house = House()
        house.store.states[OTHER] = b"\xc1"
        house.receive(slice_of(report(0, on_body=False), received_s=62))
        house.presence.heard_ms["home"] = at(130)
        worker = house.worker()
        worker.step()
        house.clock.wall = at(130)
        worker.step()
        assert house.conditions == {"sensor-off": AlertState.ACTIVE}
        assert worker.statistics.counters["patient.failed"] == 1
        assert worker.statistics.unwatched == {OTHER}
        house.store.states[OTHER] = encode_state(PatientState(patient_id=OTHER))
        house.clock.advance(5)
        worker.step()
        assert worker.statistics.unwatched == set()

    def test_of_who_was_erased_leaves_no_trouble_behind(self) -> None:
        house = House()
        house.store.states[OTHER] = b"\xc1"
        house.receive(slice_of(heart_rate((0, 70)), received_s=0, patient=OTHER))
        worker = house.worker()
        worker.step()
        house.clock.advance(5)
        worker.step()
        assert (worker.statistics.blocked, worker.statistics.unwatched) == ({OTHER}, {OTHER})
        del house.store.states[OTHER]
        house.feed.waiting.clear()
        house.clock.advance(5)
        worker.step()
        assert (worker.statistics.blocked, worker.statistics.unwatched) == (set(), set())
