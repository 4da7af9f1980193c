"""One device's beats: each judged by the beat model, runs told as events, the ectopic share as a value."""

from typing import Final

from edge.judging.episode import Episode, Told
from edge.judging.evidence import fitted
from edge.judging.judge import Judge
from edge.judging.judging import Judging
from edge.judging.stages import STAGES, Window
from edge.ports import Inference
from edge.rhythm.findings import feature
from edge.rhythm.look import Look
from edge.rhythm.ventricular import Burden, JudgedBeat, Run, RunFollower
from vitals.features.beats import BeatFeatures, BeatStream, BeatWindow
from vitals.records import AnyRecord, Evidence, Feature, HealthEvent, ObservationRun

__all__ = ["BURDEN", "MODEL", "TACHYCARDIA", "BeatWatch"]

MODEL: Final = "beats"
TACHYCARDIA: Final = "ventricular-tachycardia"
BURDEN: Final = "ventricular_beat_share"

_HOP_S: Final = 1.0
_BURDEN_EVERY_S: Final = 300
_BEAT_RATE_HZ: Final = 100.0
_PASSED: Final = (*(stage.name for stage in STAGES), "run")


class BeatWatch:
    """An `EcgWatch`; without a beat model it does nothing, and costs nothing."""

    window_s = _HOP_S
    hop_s = _HOP_S

    def __init__(self, *, device: str, judge: Judge) -> None:
        self._device = device
        self._models = judge.models
        self._judging = Judging(device=device, model=MODEL, judge=judge)
        self._episode = Episode(device=device, condition=TACHYCARDIA, new_id=judge.new_id)
        self._runs = RunFollower()
        self._burden = Burden()
        self._stream: BeatStream | None = None
        self._taken = 0
        self._last_peak = -1
        self._looks = 0

    def restart(self, rate_hz: float) -> None:
        """Keep what is known of the patient's own beats, unless the rate is another."""
        self._taken, self._last_peak = 0, -1
        self._runs.restart()
        if self._stream is not None and self._stream.rate_hz == rate_hz:
            self._stream.restart()
        else:
            self._stream = BeatStream(rate_hz)

    def step(self, look: Look) -> list[AnyRecord]:
        """Judge the beats that have become known since the last look."""
        if self._models.manifest(MODEL) is None or self._stream is None:
            return []
        peaks = [peak for peak in look.ring.r_peaks if peak > self._last_peak]
        fresh = look.ring.last(look.ring.end - self._taken).ecg_mv
        self._taken, self._last_peak = look.ring.end, peaks[-1] if peaks else self._last_peak
        records: list[AnyRecord] = []
        for window in self._stream.push(fresh, peaks):
            records += self._heard(self._judged(window, look), look)
        return [*records, *self._told_burden(look)]

    def _judged(self, window: BeatWindow, look: Look) -> JudgedBeat:
        found = None
        if window.fault is None:
            asked = Window(
                model=MODEL,
                quality=1.0 if look.quality is None else look.quality,
                inputs=lambda: window.inputs,
                now_ms=look.noticed_ms,
            )
            answer = self._judging.judge(asked)
            found = answer if isinstance(answer, Inference) else None
        return JudgedBeat(
            at_s=window.at / look.ring.rate_hz, at_ms=look.wall_ms(window.at), window=window, found=found
        )

    def _heard(self, beat: JudgedBeat, look: Look) -> list[HealthEvent]:
        self._burden.take(beat)
        run = self._runs.step(beat)
        if run is not None:
            told = Told(
                t_ms=run.beats[0].at_ms,
                noticed_ms=look.noticed_ms,
                quality=look.quality,
                evidence=self._evidence(run),
            )
            return [self._episode.begin(told)]
        if self._runs.ended():
            return self._episode.end(Told(t_ms=beat.at_ms, noticed_ms=look.noticed_ms, quality=look.quality))
        return []

    def _told_burden(self, look: Look) -> list[ObservationRun]:
        """Tell the share every five minutes, as far trusted as beats could be judged."""
        self._looks += 1
        if self._looks % round(_BURDEN_EVERY_S / _HOP_S):
            return []
        burden, self._burden = self._burden, Burden()
        if not burden.judged:
            return []
        return [
            ObservationRun(
                device=self._device,
                kind=BURDEN,
                t_ms=[look.wall_ms(look.ring.end)],
                value=[round(100.0 * burden.ventricular / burden.judged, 2)],
                quality=[round(burden.judged / burden.all_beats, 3)],
            )
        ]

    def _evidence(self, run: Run) -> Evidence | None:
        last, manifest = run.beats[-1], self._models.manifest(MODEL)
        if manifest is None or last.found is None:
            return None
        window = last.window
        whole = Evidence(
            model=manifest.name,
            model_version=manifest.version,
            probability=min(1.0, max(0.0, last.found.probabilities["V"])),
            features=[
                feature("run_beats", run.ventricular, "1"),
                feature("run_rate", run.rate_per_min, "/min", high=100.0),
                *(_features(window.features) if window.features else []),
            ],
            beat_uv=[round(1000 * point) for point in window.beat_mv],
            median_beat_uv=[round(1000 * point) for point in window.median_mv],
            median_beat_rate_hz=_BEAT_RATE_HZ,
            prototypes=self._judging.nearest(),
            stages=list(_PASSED),
        )
        return fitted(whole)


def _features(seen: BeatFeatures) -> list[Feature]:
    return [
        feature("prematurity", seen.prematurity_pct, "%"),
        feature("compensatory_pause", seen.compensatory_pause_pct, "%"),
        feature("qrs_width", seen.qrs_width_ms, "ms", high=120.0),
        feature("usual_qrs_width", seen.usual_qrs_width_ms, "ms"),
        feature("likeness_to_usual", seen.likeness_to_usual, "1"),
        feature("p_wave_share", seen.p_wave_share, "1"),
    ]
