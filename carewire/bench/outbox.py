"""How fast the outbox makes records durable, and lets them go."""

import tempfile
import time
from pathlib import Path

from carewire.bench.figures import Figures, rank
from edge.outbox import Outbox, Timekeeper
from vitals.clock import ScaledClock
from vitals.records import AnyRecord, ObservationRun, Waveform
from vitals.wire.envelope import Ack

APPENDS = 1_000
GIGABYTE = 1 << 30


def measure(folder: Path | None = None) -> Figures:
    """Append a second of one strap (a strip and a run) at a time, then drain with acknowledgements."""
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        outbox = Outbox.open(
            Path(temporary) / "outbox.db",
            timekeeper=Timekeeper(clock=ScaledClock(), boot_id="bench", is_synced=lambda: True),
            new_epoch=lambda lane: f"bench000-{lane}",
            max_bytes=GIGABYTE,
        )
        try:
            took_ms = [_append_ms(outbox, _second(at)) for at in range(APPENDS)]
            drained, drain_s = 0, time.perf_counter()
            while (run := outbox.next_batch()) is not None:
                gone = outbox.acknowledge(Ack(epoch=run.epoch, stored=[(run.first_seq, run.last_seq)]))
                drained += gone.stored
            drain_s = time.perf_counter() - drain_s
        finally:
            outbox.close()
    return {
        "appends": APPENDS,
        "append_p50_ms": rank(took_ms, 0.50),
        "append_p99_ms": rank(took_ms, 0.99),
        "drained_records": drained,
        "drained_records_per_s": round(drained / drain_s),
    }


def _second(at: int) -> list[AnyRecord]:
    t_ms = 1_700_000_000_000 + at * 1000
    return [
        Waveform(
            device="bench-strap",
            kind="ecg",
            t0_ms=t_ms,
            rate_hz=130.0,
            samples=b"\x10\x00" * 130,
            scale=0.001,
        ),
        ObservationRun(device="bench-strap", kind="heart_rate", t_ms=[t_ms], value=[72.0]),
    ]


def _append_ms(outbox: Outbox, records: list[AnyRecord]) -> float:
    began_s = time.perf_counter()
    outbox.append(records)
    return (time.perf_counter() - began_s) * 1000
