"""A worker among others: what is not leased to it is not its business, from one moment to the next."""

from dataclasses import replace

from cloud.alerts.acknowledge import AcknowledgeReason, AlertService
from cloud.alerts.judging.evaluate import evaluate
from cloud.alerts.judging.state import PatientState
from cloud.alerts.rules.plan import CarePlan
from cloud.partitions import partition_of
from cloud.ports import Alert, AlertState, PatientSlice
from tests.fakes.alert_house import FAST, OTHER, OWNER, UNEVEN, House
from tests.fakes.alert_material import PATIENT, at, heart_rate, onset, slice_of, steady
from tests.fakes.live_feed import FakeLiveFeed


class TestLeases:
    def test_only_what_is_leased_is_evaluated_watched_and_told(self) -> None:
        house = House()
        hers = slice_of(onset(0, event_id="hers-0001"), received_s=61, name="hers", patient=OTHER)
        house.receive(UNEVEN, hers)
        house.leases.epochs = {partition_of(OTHER): 0}
        worker = house.worker()
        assert worker.step() == 1
        house.clock.wall = at(1_000)
        worker.step()
        assert {one.patient_id for one in house.store.alerts.values()} == {OTHER}
        assert [one.message_id for one in house.feed.waiting] == ["uneven"]
        house.leases.epochs = {partition_of(PATIENT): 0}
        told = len(house.notifier.told)
        worker.step()
        assert {one.alert.patient_id for one in house.notifier.delivered[told:]} == {PATIENT}

    def test_one_whose_epoch_has_gone_by_commits_nothing_tells_nothing_and_leaves_the_slice(self) -> None:
        house = House()
        house.receive(UNEVEN)
        house.store.epochs[partition_of(PATIENT)] = 1
        worker = house.worker()
        assert worker.step() == 0
        assert (house.store.states, house.notifier.told, house.live.published) == ({}, [], [])
        assert [one.message_id for one in house.feed.waiting] == ["uneven"]
        assert partition_of(PATIENT) not in house.leases.mine()
        assert worker.statistics.counters["patient.fenced"] == 1
        assert worker.statistics.blocked == set()

    def test_one_frozen_between_its_judgement_and_its_word_leaves_the_word_to_the_other(self) -> None:
        house = House()
        house.receive(UNEVEN)
        worker = house.worker(live=_Freezing(house))
        worker.step()
        assert house.conditions == {"atrial-fibrillation": AlertState.ACTIVE}
        assert house.notifier.told == []
        assert len(house.store.owed) == 1

    def test_a_tick_of_one_that_was_fenced_off_raises_nothing(self) -> None:
        house = House()
        house.presence.heard_ms["home"] = at(62)
        house.receive(slice_of(heart_rate((61, 70)), received_s=62))
        worker = house.worker()
        worker.step()
        house.store.epochs[partition_of(PATIENT)] = 1
        house.clock.wall = at(400)
        worker.step()
        assert house.conditions == {}
        assert worker.statistics.unwatched == set()
        assert worker.statistics.counters["patient.fenced"] == 1

    def test_a_word_given_while_it_judges_is_kept_and_it_judges_anew(self) -> None:
        house = House()
        worker = house.worker()
        house.receive(FAST)
        worker.step()
        (name,) = house.store.alerts
        service = AlertService(store=house.store, reader=house.store, permissions=house.directory)

        def interrupted(
            state: PatientState, fresh: PatientSlice, now_ms: int, plan: CarePlan
        ) -> tuple[PatientState, list[Alert]]:
            service.acknowledge(name, replace(OWNER, id="u-p-wei"), AcknowledgeReason.KNOWN, at(63))
            return evaluate(state, fresh, now_ms, plan)

        worker.evaluation = interrupted
        house.receive(slice_of(steady(150, 65, 100), received_s=101, name="still fast"))
        worker.step()
        assert house.feed.waiting
        worker.step()
        assert house.conditions == {"tachycardia": AlertState.ACKNOWLEDGED}
        assert worker.statistics.counters["patient.overtaken"] == 1
        assert house.feed.waiting == []


class _Freezing(FakeLiveFeed):
    """Everything is somebody else's by the time that it publishes."""

    def __init__(self, house: House) -> None:
        super().__init__()
        self.house = house

    def publish(self, *_: object) -> None:
        self.house.leases.epochs.clear()
