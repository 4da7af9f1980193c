"""A wearable that tells RR intervals and no ECG, or an ECG that cannot be judged."""

import msgspec
import numpy as np
import pytest

from edge.alarms.local_alarm import LocalAlarms
from edge.health import GatewayHealth
from edge.readings import Missing, Reading, Value
from edge.readings.reading import Withheld
from edge.rhythm.rr_watch import RrWatch
from tests.fakes.judge import judge_of
from tests.fakes.rr import bigeminal_rr_ms, fibrillating_rr_ms, steady_rr_ms
from tests.fakes.rr_model import FakeRrModel, unlike_its_neighbours
from tests.fakes.strap import stamp_at
from vitals.features.rr_af import RR_AF_LATENCY
from vitals.records import Gap, GapReason, HealthEvent, Phase

STRAP = "c0-00-00-00-00-01"
AF = "atrial-fibrillation"


class Wearer:
    """Notifies once a second of the beats since; keeps what the watch makes of them."""

    def __init__(self, model=None, *, has_model=True):
        self.model = model or FakeRrModel(unlike_its_neighbours)
        self.health = GatewayHealth(alarms=LocalAlarms(hook=lambda _: None))
        self.ecg_leads = False
        self.events = []
        self.now_s = 0.0
        self._beat_s = 0.0
        self.watch = RrWatch(
            device=STRAP,
            judge=judge_of(self.health, self.model if has_model else None),
            ecg_leads=lambda _: self.ecg_leads,
        )

    def live(self, rr_ms):
        told = []
        for one in rr_ms:
            self._beat_s += (one if np.isfinite(one) and one > 0 else 800.0) / 1000
            while self._beat_s > self.now_s + 1.0:
                self._notify(told)
                told = []
            told.append((one, self._beat_s))
        self._notify(told)

    def _notify(self, told):
        self.now_s += 1.0
        entries = tuple(
            Value(kind="rr_interval", value=one, before_ms=1000 * (self.now_s - end_s)) for one, end_s in told
        )
        self.take(Reading(entries=(Value(kind="heart_rate", value=75.0), *entries)))

    def take(self, reading):
        self.events += self.watch.on_reading(reading, stamp_at(self.now_s))

    def pass_by(self, seconds):
        self.now_s += seconds
        self._beat_s = self.now_s

    @property
    def phases(self):
        return [event.phase for event in self.events]


def of_ecg(phase, event_id="of-the-ecg", condition=AF):
    return HealthEvent(
        event_id=event_id, device=STRAP, condition=condition, phase=phase, t_ms=1, noticed_ms=2
    )


def test_fibrillation_begins_one_episode_with_evidence_and_sinus_rhythm_ends_it():
    wearer = Wearer()
    wearer.live(steady_rr_ms(200))
    wearer.live(fibrillating_rr_ms(500))
    wearer.live(steady_rr_ms(400))
    assert wearer.phases == [Phase.ONSET, Phase.END]
    onset, end = wearer.events
    assert onset.event_id == end.event_id
    assert onset.condition == AF
    assert onset.evidence.model == "rr-af"
    assert {one.name: one.unit for one in onset.evidence.features} == {
        "mean_heart_rate": "/min",
        "shortest_rr": "ms",
        "longest_rr": "ms",
        "rmssd": "ms",
        "rr_coefficient_of_variation": "1",
        "successive_differences_over_50_ms_share": "1",
        "rr_sample_entropy": "1",
        "beats": "1",
    }
    assert len(msgspec.json.encode(onset)) < 8_000


def test_the_episode_began_when_the_intervals_became_irregular_not_when_it_was_noticed():
    wearer = Wearer()
    wearer.live(steady_rr_ms(200))
    began_ms = stamp_at(wearer.now_s).wall_ms
    wearer.live(fibrillating_rr_ms(500))
    (onset,) = wearer.events
    assert abs(onset.t_ms - began_ms) < 45_000
    assert onset.noticed_ms - onset.t_ms > 45_000


@pytest.mark.parametrize("rr_ms", [steady_rr_ms(800), bigeminal_rr_ms(800), steady_rr_ms(800, rr_ms=400.0)])
def test_no_other_rhythm_begins_anything(rr_ms):
    wearer = Wearer()
    wearer.live(rr_ms)
    assert wearer.events == []
    assert wearer.model.calls > 10


def test_nothing_is_judged_before_enough_has_come():
    wearer = Wearer()
    wearer.live(fibrillating_rr_ms(RR_AF_LATENCY))
    assert wearer.model.calls == 0


def test_intervals_no_heart_makes_are_not_judged_and_counted():
    wearer = Wearer()
    spoilt = fibrillating_rr_ms(500)
    spoilt[::2] = 60.0
    spoilt[1::4] = 0.0
    wearer.live(spoilt)
    assert wearer.events == []
    assert wearer.model.calls == 0
    assert wearer.health.counters["rr-af.poor-signal"] > 10


def test_a_lost_link_neither_begins_nor_ends_an_episode():
    wearer = Wearer()
    wearer.live(fibrillating_rr_ms(400))
    wearer.watch.interrupt()
    wearer.pass_by(600)
    wearer.live(fibrillating_rr_ms(400))
    assert wearer.phases == [Phase.ONSET]


def test_a_sensor_off_the_skin_breaks_the_row():
    wearer = Wearer()
    wearer.live(fibrillating_rr_ms(400))
    wearer.take(Reading(entries=(Missing(kind="rr_interval", reason=Withheld.SENSOR_OFF),), on_body=False))
    wearer.live(fibrillating_rr_ms(10))
    assert np.isnan(wearer.watch._sequence.rr_ms()).any()


def test_notifications_without_new_beats_are_no_second_witness():
    wearer = Wearer()
    wearer.live(fibrillating_rr_ms(RR_AF_LATENCY + 30))
    calls = wearer.model.calls
    for _ in range(120):
        wearer._notify([])
    assert wearer.model.calls <= calls + 1


def test_while_the_ecg_leads_the_intervals_say_nothing():
    wearer = Wearer()
    wearer.ecg_leads = True
    wearer.live(fibrillating_rr_ms(600))
    assert wearer.events == []


def test_once_the_ecg_cannot_be_judged_the_intervals_speak():
    wearer = Wearer()
    wearer.ecg_leads = True
    wearer.live(fibrillating_rr_ms(300))
    wearer.ecg_leads = False
    wearer.live(fibrillating_rr_ms(300))
    assert wearer.phases == [Phase.ONSET]


def test_an_episode_of_the_ecg_that_stands_is_told_once():
    wearer = Wearer()
    assert wearer.watch.beside_ecg([of_ecg(Phase.ONSET)]) == [of_ecg(Phase.ONSET)]
    wearer.live(fibrillating_rr_ms(600))
    assert wearer.events == []
    assert wearer.watch.beside_ecg([of_ecg(Phase.END)]) == [of_ecg(Phase.END)]


def test_an_episode_of_the_intervals_goes_on_under_its_name_when_the_ecg_sees_it_too():
    wearer = Wearer()
    wearer.live(fibrillating_rr_ms(400))
    (onset,) = wearer.events
    wearer.ecg_leads = True
    assert wearer.watch.beside_ecg([of_ecg(Phase.ONSET)]) == []
    wearer.live(fibrillating_rr_ms(400))
    (end,) = wearer.watch.beside_ecg([of_ecg(Phase.END)])
    assert (end.event_id, end.phase) == (onset.event_id, Phase.END)
    assert wearer.phases == [Phase.ONSET]


def test_an_ecg_that_long_sees_none_ends_what_the_intervals_began():
    wearer = Wearer()
    wearer.live(fibrillating_rr_ms(400))
    wearer.ecg_leads = True
    wearer.live(fibrillating_rr_ms(100))
    assert wearer.phases == [Phase.ONSET]
    wearer.live(fibrillating_rr_ms(200))
    assert wearer.phases == [Phase.ONSET, Phase.END]
    assert wearer.events[0].event_id == wearer.events[1].event_id
    assert wearer.health.counters["rr-af.overruled-by-ecg"] == 1


def test_what_is_not_of_fibrillation_passes_untouched():
    wearer = Wearer()
    records = [
        of_ecg(Phase.ONSET, condition="pause"),
        Gap(device=STRAP, kind="ecg", from_ms=0, to_ms=1, reason=GapReason.LINK_LOST),
    ]
    assert wearer.watch.beside_ecg(records) == records


def test_without_the_model_nothing_is_told_and_nothing_breaks():
    wearer = Wearer(has_model=False)
    wearer.live(fibrillating_rr_ms(400))
    assert wearer.events == []
    assert wearer.health.counters["rr-af.no-model"] > 0


def test_a_model_that_fails_abstains():
    wearer = Wearer(FakeRrModel(lambda _: None))
    wearer.live(fibrillating_rr_ms(400))
    assert wearer.events == []
    assert wearer.health.counters["rr-af.model-failed"] > 0


def test_a_mistake_in_judging_is_counted_and_costs_only_the_row():
    def broken(_):
        raise RuntimeError("as a library may")

    wearer = Wearer(FakeRrModel(broken))
    wearer.live(fibrillating_rr_ms(400))
    assert wearer.health.counters["rr.analysis_failed"] > 0
    assert wearer.events == []
