"""How much of a core one chest strap costs the gateway: notifications through codecs, features and model."""

import time

from carewire.bench.figures import Figures, rank
from edge.adapters.tflite import TfliteRhythmModel
from edge.bootstrap import shipped_model
from edge.clock import Stamp
from edge.health import GatewayHealth
from edge.pipeline import Pipeline
from edge.rhythm import RhythmJudge
from firmware_sim.excerpts import load_excerpt
from firmware_sim.recordings import resample
from vitals.gatt import signal_stream, uuids
from vitals.gatt.signals import Signal

RATE_HZ = 130
RESOLUTION_NV = 1_000
SAMPLES_A_FRAME = 26  # a fifth of a second
OCTETS = 244
STRAP = "c0-ca-4e-00-00-01"


def measure() -> Figures:
    """Play an excerpt of atrial fibrillation through the gateway's pure core as fast as it goes."""
    recording = resample(load_excerpt("atrial-fibrillation-203"), RATE_HZ)
    counts = [round(sample * 1e6 / RESOLUTION_NV) for sample in recording.ecg_mv]
    judge = RhythmJudge(model=TfliteRhythmModel.load(shipped_model()), health=GatewayHealth())
    pipeline = Pipeline(judge=judge, software="bench")
    took_ms, began_cpu_s, sequence = [], time.process_time(), 0
    for start in range(0, len(counts), SAMPLES_A_FRAME):
        at_s = start / RATE_HZ
        for frame in signal_stream.split_samples(
            [counts[start : start + SAMPLES_A_FRAME]],
            signal=Signal.ECG,
            sequence=sequence,
            timestamp_us=round(at_s * 1e6),
            rate_hz=RATE_HZ,
            resolution=RESOLUTION_NV,
            max_octets=OCTETS,
        ):
            value, sequence = signal_stream.encode(frame), sequence + 1
            began_s = time.perf_counter()
            pipeline.on_notification(
                STRAP, uuids.SIGNAL_DATA, value, Stamp(wall_ms=round(at_s * 1000), monotonic_s=at_s)
            )
            took_ms.append((time.perf_counter() - began_s) * 1000)
    played_s = len(counts) / RATE_HZ
    return {
        "played_s": round(played_s, 1),
        "cpu_share_of_a_core": round((time.process_time() - began_cpu_s) / played_s, 5),
        "notification_p50_ms": rank(took_ms, 0.50),
        "notification_p99_ms": rank(took_ms, 0.99),
        "inferences": judge.timings.count,
        "inference_p50_us": judge.timings.p50_us,
    }
