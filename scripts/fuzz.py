"""Feed every decoder of what comes from outside with octets nobody meant: `make fuzz`.

Noise, and well-formed values with a few things changed, which get further. A decoder may refuse with an error
of `vitals.errors`; what it takes must encode, and decode to the same again. Anything else is a finding: it is
printed with the octets that brought it about, and the exit status is 1. The same seed makes the same octets.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw

from cloud.ingest.acknowledge import acks_of
from cloud.ingest.reading import read
from cloud.ports import Delivery
from cloud.storage.journal.ranges import ranges_of
from scripts.hostile_batches import batch_of, hostile
from vitals.errors import CarewireError, EnvelopeError, ValidationError
from vitals.gatt.registry import CODECS
from vitals.records import (
    AnyRecord,
    CommandOutcome,
    CommandReport,
    DeviceReport,
    Evidence,
    Feature,
    Gap,
    GapReason,
    GatewayReport,
    HealthEvent,
    LinkState,
    ObservationRun,
    Phase,
    Waveform,
)
from vitals.wire import command, envelope
from vitals.wire.envelope import ContentType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

VECTORS = Path(__file__).parents[1] / "tests" / "vectors" / "gatt"
MOST_FINDINGS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One decoder, the encoder that goes with it if there is one, and octets that it takes.

    `make` makes cases of its own, beside what becomes of the corpus.
    """

    name: str
    decode: Callable[[bytes], object]
    encode: Callable[[Any], bytes] | None = None
    corpus: Sequence[bytes]
    make: Callable[[random.Random], bytes] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Octets that a decoder did not survive, and how it fell."""

    target: str
    octets: bytes
    what: str


@dataclass(slots=True, kw_only=True)
class Tally:
    """What one target was fed."""

    octets: int = 0
    cases: int = 0
    taken: int = 0
    findings: list[Finding] = field(default_factory=list)


def characteristics() -> Iterator[Target]:
    """Yield each codec, with the octets of its vectors and those it must refuse."""
    for codec in CODECS.values():
        path = VECTORS / f"{codec.name.lower().replace(' ', '_')}.json"
        rows = json.loads(path.read_text(encoding="utf-8"))
        corpus = [bytes.fromhex(row["hex"]) for row in (*rows["values"], *rows["malformed"])]
        yield Target(name=codec.name, decode=codec.decode, encode=codec.encode, corpus=corpus)


def messages() -> Iterator[Target]:
    """Yield what the cloud and the gateway read of one another, in both encodings."""
    for kind in ContentType:
        records = [envelope.encode_record(record, kind) for record in _records()]
        batch = envelope.Batch(
            v=envelope.VERSION,
            epoch="fuzz0000-vital",
            first_seq=1,
            boot_id="fuzz",
            clock=envelope.ClockStamp(wall_ms=1_700_000_000_000, boottime_ms=5, synced=True),
            records=[Raw(record) for record in records],
        )
        ack = envelope.Ack(
            epoch="fuzz0000-vital",
            stored=[(1, 3), (5, 9)],
            quarantined=[envelope.Quarantined(seq=4, reason="why")],
        )
        asked = [
            command.encode_command(
                command.Command(
                    id="fuzz-command-1",
                    name=name,
                    issued_ms=1_700_000_000_000,
                    expires_ms=1_700_000_060_000,
                    body={"seconds": 5, "device": "c0-ca-4e-00-00-01", "kind": "ecg"},
                ),
                kind,
            )
            for name in command.BODIES
        ]
        for name, decode, encode, corpus in (
            ("record", envelope.decode_record, envelope.encode_record, records),
            ("batch", _read_batch, None, [envelope.encode_batch(batch, kind)]),
            ("acknowledgement", envelope.decode_ack, envelope.encode_ack, [envelope.encode_ack(ack, kind)]),
            ("command", command.decode_command, command.encode_command, asked),
            ("command's id", command.id_of, None, asked),
        ):
            yield Target(
                name=f"{name}, {kind.removeprefix('application/')}",
                decode=partial(decode, kind=kind),
                encode=partial(encode, kind=kind) if encode else None,
                corpus=corpus,
            )


def ingested() -> Iterator[Target]:
    """Yield what ingest reads a delivery with: nothing raises there, and no record of it is nowhere."""
    sound = batch_of(_records())
    for kind in ContentType:
        yield Target(
            name=f"ingest, {kind.removeprefix('application/')}",
            decode=partial(_account_for, kind=kind),
            corpus=[_encoded(sound, kind)],
            make=partial(hostile, sound, kind),
        )


def cases(corpus: Sequence[bytes], rng: random.Random) -> Iterator[bytes]:
    """Yield octets without end: one in four is noise, the others are changed from the corpus."""
    while True:
        if rng.random() < _NOISE:
            yield rng.randbytes(rng.randrange(_LONGEST_NOISE))
            continue
        octets = bytearray(rng.choice(corpus))
        for _ in range(rng.randint(1, _MOST_CHANGES)):
            rng.choice(_CHANGES)(octets, corpus, rng)
        yield bytes(octets)


def feed(target: Target, octets: int, rng: random.Random) -> Tally:
    """Feed a target with so many octets, and a few more."""
    tally = Tally()
    changed = cases(target.corpus, rng)
    while True:
        made = target.make is not None and rng.random() < _MADE
        case = target.make(rng) if made and target.make else next(changed)
        tally.cases += 1
        tally.octets += len(case)
        try:
            tally.taken += _is_taken(target, case)
        except Exception as error:  # noqa: BLE001 - each one is what is looked for
            what = f"{type(error).__name__}: {error}"
            tally.findings.append(Finding(target=target.name, octets=case, what=what))
        if tally.octets >= octets or len(tally.findings) >= MOST_FINDINGS:
            return tally


def fuzz(targets: Iterable[Target], *, octets: int, seed: int) -> dict[str, Tally]:
    """Feed each target with its share of so many octets, from a seed of its own."""
    known = list(targets)
    share = -(-octets // len(known))
    return {
        target.name: feed(target, share, random.Random(f"{seed} {target.name}"))  # noqa: S311 - repeatable
        for target in known
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz, say what was fed and what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--bytes", type=int, default=10_000_000, help="how much to feed each group: codecs, messages, ingest"
    )
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    began_s = time.perf_counter()
    tallies = {
        name: tally
        for group in (characteristics(), messages(), ingested())
        for name, tally in fuzz(group, octets=asked.bytes, seed=asked.seed).items()
    }
    took_s = time.perf_counter() - began_s
    for name, tally in tallies.items():
        _say(f"{name:<40}{tally.octets:>12,} bytes{tally.cases:>10,} cases{tally.taken:>10,} taken")
    total = [sum(getattr(tally, name) for tally in tallies.values()) for name in ("octets", "cases", "taken")]
    _say(f"{'in all':<40}{total[0]:>12,} bytes{total[1]:>10,} cases{total[2]:>10,} taken in {took_s:.1f} s")
    findings = [finding for tally in tallies.values() for finding in tally.findings]
    for finding in findings:
        _say(f"FOUND {finding.target}: {finding.what}\n      {finding.octets.hex()}")
    _say(f"{len(findings)} findings, seed {asked.seed}")
    return 1 if findings else 0


class NotTheSameError(Exception):
    """What a decoder took comes back otherwise."""


class NotAccountedForError(Exception):
    """A record that came is neither good nor set aside, or it is both."""


_NOISE = 0.25
_MADE = 0.8
_LONGEST_NOISE = 60
_MOST_CHANGES = 4
_EXTREMES = (0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF)


def _is_taken(target: Target, case: bytes) -> bool:
    """Decode; what is taken must survive being encoded."""
    try:
        value = target.decode(case)
    except CarewireError:
        return False
    if target.encode is not None:
        again = target.decode(target.encode(value))
        if repr(again) != repr(value):  # not `!=`: a NaN is no other NaN's equal
            raise NotTheSameError(f"{value} became {again}")
    return True


def _read_batch(payload: bytes, kind: ContentType) -> list[AnyRecord]:
    """Read a batch as the cloud does: a record that cannot be read costs the others nothing."""
    records = []
    for raw in envelope.decode_batch(payload, kind).records:
        with suppress(ValidationError):
            records.append(envelope.decode_record(raw, kind))
    return records


def _account_for(payload: bytes, kind: ContentType) -> int:
    """Read a delivery as ingest does; return how many of its records are good, and refuse it if none is."""
    delivery = Delivery(
        gateway="fuzz",
        payload=payload,
        content_type=kind,
        received_ms=1_700_000_000_000,
        acknowledge=lambda: None,
    )
    reading = read(delivery)
    good = [seq for seq, _ in reading.records]
    aside = [item.seq for item in reading.quarantined]
    if aside == [0]:
        is_whole = not good and reading.quarantined[0].payload == payload
    else:
        numbers = sorted(good + aside)
        is_whole = bool(numbers) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    if not is_whole:
        raise NotAccountedForError(f"good {good}, set aside {aside}")
    if aside == [0]:
        raise ValidationError("it cannot be told what it holds")
    for ack in acks_of(
        reading.epoch,
        ranges_of(good),
        [envelope.Quarantined(seq=item.seq, reason=item.reason) for item in reading.quarantined],
    ):
        try:
            envelope.decode_ack(envelope.encode_ack(ack, kind), kind)
        except EnvelopeError as error:
            raise NotAccountedForError(f"no gateway can read what it is told: {error}") from error
    if not good:
        raise ValidationError("nothing of it is good")
    return len(good)


def _encoded(sound: dict[str, Any], kind: ContentType) -> bytes:
    encode = msgspec.msgpack.encode if kind is ContentType.MSGPACK else msgspec.json.encode
    return encode(sound)


def _replace(octets: bytearray, _corpus: Sequence[bytes], rng: random.Random) -> None:
    if octets:
        octets[rng.randrange(len(octets))] = rng.randrange(256)


def _flip(octets: bytearray, _corpus: Sequence[bytes], rng: random.Random) -> None:
    if octets:
        octets[rng.randrange(len(octets))] ^= 1 << rng.randrange(8)


def _exaggerate(octets: bytearray, _corpus: Sequence[bytes], rng: random.Random) -> None:
    if octets:
        octets[rng.randrange(len(octets))] = rng.choice(_EXTREMES)


def _cut(octets: bytearray, _corpus: Sequence[bytes], rng: random.Random) -> None:
    del octets[rng.randrange(len(octets) + 1) :]


def _insert(octets: bytearray, _corpus: Sequence[bytes], rng: random.Random) -> None:
    place = rng.randrange(len(octets) + 1)
    octets[place:place] = rng.randbytes(rng.randint(1, 4))


def _remove(octets: bytearray, _corpus: Sequence[bytes], rng: random.Random) -> None:
    place = rng.randrange(len(octets) + 1)
    del octets[place : place + rng.randint(1, 4)]


def _repeat(octets: bytearray, _corpus: Sequence[bytes], rng: random.Random) -> None:
    place = rng.randrange(len(octets) + 1)
    octets[place:place] = octets[place : place + rng.randint(1, 16)]


def _splice(octets: bytearray, corpus: Sequence[bytes], rng: random.Random) -> None:
    other = rng.choice(corpus)
    octets[rng.randrange(len(octets) + 1) :] = other[rng.randrange(len(other) + 1) :]


_CHANGES = (_replace, _replace, _flip, _flip, _exaggerate, _cut, _insert, _remove, _repeat, _splice)


def _records() -> list[AnyRecord]:
    t_ms, device = 1_700_000_000_000, "c0-ca-4e-00-00-01"
    return [
        ObservationRun(device=device, kind="heart_rate", t_ms=[t_ms, t_ms + 1000], value=[71.0, 72.0]),
        ObservationRun(device=device, kind="oxygen_saturation", t_ms=[t_ms], value=[97.0], quality=[0.9]),
        Waveform(device=device, kind="ecg", t0_ms=t_ms, rate_hz=250.0, samples=b"\x10\x00" * 25, scale=0.001),
        Gap(device=device, kind="ecg", from_ms=t_ms, to_ms=t_ms + 500, reason=GapReason.LINK_LOST, missed=65),
        HealthEvent(
            event_id="fuzz-event-1",
            device=device,
            condition="atrial-fibrillation",
            phase=Phase.ONSET,
            t_ms=t_ms,
            noticed_ms=t_ms,
            evidence=Evidence(
                model="rhythm",
                model_version=1,
                probability=0.97,
                threshold=0.9,
                features=[Feature(name="rmssd", value=120.5, unit="ms", usual_low=20.0)],
                median_beat_uv=[0, 1000, -200],
                median_beat_rate_hz=130.0,
            ),
        ),
        DeviceReport(device=device, t_ms=t_ms, link=LinkState.CONNECTED),
        GatewayReport(
            t_ms=t_ms,
            software="carewire",
            outbox_records=1,
            outbox_bytes=2,
            oldest_unsent_ms=None,
            counters={"ecg.samples": 3},
        ),
        CommandReport(id="fuzz-command-1", name="identify", outcome=CommandOutcome.DONE, t_ms=t_ms),
    ]


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
