"""What a gateway that does not run has left in its outbox."""

from pathlib import Path

from edge.outbox import read_status
from tests.fakes.gateway_records import open_outbox
from vitals.errors import StorageError
from vitals.records import AnyRecord, Gap, Waveform
from vitals.wire.envelope import decode_record


def waiting(outbox_file: Path) -> int:
    """Return how many records wait, whether the gateway runs or not."""
    try:
        return read_status(outbox_file).records
    except StorageError:
        return 0


def everything_in(outbox_file: Path) -> list[AnyRecord]:
    """Return all records that wait, oldest first in each lane."""
    outbox = open_outbox(outbox_file)
    records: list[AnyRecord] = []
    sent: dict[str, int] = {}
    try:
        while (run := outbox.next_batch(after=sent)) is not None:
            records += map(decode_record, run.payloads)
            sent[run.epoch] = run.last_seq
    finally:
        outbox.close()
    return records


def largest_hole_ms(records: list[AnyRecord]) -> int:
    """Return for how long no strip of ECG speaks of a device, nor a gap, at the longest."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for record in records:
        if isinstance(record, Waveform) and record.kind == "ecg":
            long_ms = round(500 * len(record.samples) / record.rate_hz)
            spans.setdefault(record.device, []).append((record.t0_ms, record.t0_ms + long_ms))
        elif isinstance(record, Gap) and record.kind == "ecg":
            spans.setdefault(record.device, []).append((record.from_ms, record.to_ms))
    return max(_largest_between(sorted(device)) for device in spans.values())


def _largest_between(spans: list[tuple[int, int]]) -> int:
    hole_ms, until_ms = 0, spans[0][0]
    for from_ms, to_ms in spans:
        hole_ms, until_ms = max(hole_ms, from_ms - until_ms), max(until_ms, to_ms)
    return hole_ms
