"""The envelope survives both encodings, refuses what it must, and loses no good record to a bad one."""

import contextlib
import json
from pathlib import Path

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from vitals.errors import EnvelopeError, UnknownVersionError, ValidationError
from vitals.kinds import OBSERVATION_KINDS
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
from vitals.wire.envelope import (
    Ack,
    Batch,
    ClockStamp,
    ContentType,
    Quarantined,
    check,
    content_type,
    decode_ack,
    decode_batch,
    decode_record,
    decode_sound,
    encode_ack,
    encode_batch,
    encode_record,
)
from vitals.wire.schema import wire_schema

RECORDS: list[AnyRecord] = [
    ObservationRun(
        device="strap-1", kind="heart_rate", t_ms=[1_000, 2_000], value=[61.0, 62.5], quality=[1.0, 0.5]
    ),
    Waveform(
        device="strap-1", kind="ecg", t0_ms=1_000, rate_hz=130.0, samples=b"\x01\x00\xff\xff", scale=0.001
    ),
    HealthEvent(
        event_id="01hzyepisode",
        device="strap-1",
        condition="atrial-fibrillation",
        phase=Phase.ONSET,
        t_ms=1_000,
        noticed_ms=31_000,
        signal_quality=0.9,
        evidence=Evidence(
            model="rhythm",
            model_version=1,
            probability=0.97,
            threshold=0.6,
            features=[Feature(name="rmssd", value=180.0, unit="ms", usual_low=15.0, usual_high=60.0)],
            median_beat_uv=[0, 900, -200],
            median_beat_rate_hz=125.0,
        ),
    ),
    DeviceReport(device="strap-1", t_ms=5, link=LinkState.CONNECTED, battery_percent=80, on_body=True),
    GatewayReport(
        t_ms=5, software="0.1.0", outbox_records=3, outbox_bytes=900, counters={"ble.connected": 1}
    ),
    Gap(device="strap-1", kind="ecg", from_ms=1, to_ms=9, reason=GapReason.LINK_LOST, missed=12),
    CommandReport(
        id="0123456789abcdef",
        name="upload-waveform",
        outcome=CommandOutcome.PARTLY,
        detail="held: 40 of 60 s",
        t_ms=5,
    ),
]

BOTH = pytest.mark.parametrize("kind", list(ContentType))


def batch(records: list[bytes], **changes: object) -> Batch:
    fields: dict[str, object] = {
        "v": 1,
        "epoch": "k3f9a2xy-events",
        "first_seq": 7,
        "boot_id": "b",
        "clock": ClockStamp(wall_ms=1, boottime_ms=2, synced=True),
        "records": [Raw(record) for record in records],
    }
    return Batch(**(fields | changes))


@BOTH
@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_every_record_comes_back_as_it_went(record: AnyRecord, kind: ContentType) -> None:
    assert decode_record(encode_record(record, kind), kind) == record


@BOTH
def test_a_batch_keeps_its_records_apart_and_in_order(kind: ContentType) -> None:
    sent = batch([encode_record(record, kind) for record in RECORDS])
    got = decode_batch(encode_batch(sent, kind), kind)
    assert [decode_record(raw, kind) for raw in got.records] == RECORDS
    assert (got.epoch, got.first_seq, got.clock) == (sent.epoch, sent.first_seq, sent.clock)


@BOTH
def test_one_poison_record_leaves_the_others_readable(kind: ContentType) -> None:
    poison = (
        msgspec.json.encode({"type": "nonsense"}) if kind is ContentType.JSON else msgspec.msgpack.encode(17)
    )
    good = encode_record(RECORDS[0], kind)
    got = decode_batch(encode_batch(batch([good, poison, good]), kind), kind)
    assert decode_record(got.records[0], kind) == decode_record(got.records[2], kind) == RECORDS[0]
    with pytest.raises(ValidationError):
        decode_record(got.records[1], kind)


@BOTH
def test_another_version_is_refused_and_says_which_side_to_update(kind: ContentType) -> None:
    payload = encode_batch(batch([encode_record(RECORDS[0], kind)], v=2), kind)
    with pytest.raises(UnknownVersionError, match=r"version 2 .* update the older"):
        decode_batch(payload, kind)


@BOTH
@given(payload=st.binary(max_size=200))
def test_arbitrary_bytes_are_read_or_refused_and_nothing_else(kind: ContentType, payload: bytes) -> None:
    for decode, error in (
        (decode_batch, EnvelopeError),
        (decode_ack, EnvelopeError),
        (decode_record, ValidationError),
    ):
        with contextlib.suppress(error):
            decode(payload, kind)


@BOTH
def test_deep_nesting_is_refused(kind: ContentType) -> None:
    bomb = b"[" * 200_000 if kind is ContentType.JSON else b"\x91" * 200_000
    with pytest.raises(EnvelopeError):
        decode_batch(bomb, kind)
    with pytest.raises(ValidationError):
        decode_record(bomb, kind)


def run(**changes: object) -> ObservationRun:
    return msgspec.structs.replace(RECORDS[0], **changes)


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (run(kind="mood"), "OBSERVATION_KINDS"),
        (run(kind="UPPER"), "OBSERVATION_KINDS"),
        *((run(device=name), "3 to 64 of a-z") for name in ("", "ab", "UPPER", "strap-1\n", "x" * 65)),
        (run(value=[1.0]), "2 times and 1 values"),
        (run(t_ms=[], value=[], quality=None), "0 times"),
        (run(quality=[1.0]), "1 qualities for 2 values"),
        (run(device_ms=[0]), "1 device times for 2 values"),
        (run(value=[1.0, float("nan")]), "NaN"),
        (run(value=[1.0, float("-inf")]), "NaN or infinite"),
        (msgspec.structs.replace(RECORDS[1], samples=b"\x01"), "two bytes a sample"),
        (msgspec.structs.replace(RECORDS[1], samples=b""), "two bytes a sample"),
        (msgspec.structs.replace(RECORDS[1], kind="mood"), "OBSERVATION_KINDS"),
        (msgspec.structs.replace(RECORDS[1], scale=1e300), "finite and below"),
        (msgspec.structs.replace(RECORDS[1], scale=float("nan")), "finite and below"),
    ],
)
def test_a_record_that_breaks_its_contract_is_refused_with_the_rule(broken: AnyRecord, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        encode_record(broken)
    with pytest.raises(ValidationError, match=says):
        decode_record(msgspec.msgpack.encode(broken))


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "device", "device": "UPPER", "t_ms": 1, "link": "connected"},
        {"type": "device", "device": "strap-1\n", "t_ms": 1, "link": "connected"},
        {"type": "device", "device": "strap-1", "t_ms": -1, "link": "connected"},
        {"type": "device", "device": "strap-1", "t_ms": 10**30, "link": "connected"},
        {"type": "device", "device": "strap-1", "t_ms": 1, "link": "connected", "battery_percent": 101},
        {"type": "device", "device": "strap-1", "t_ms": 1, "link": "connected", "patient": "somebody"},
    ],
)
def test_fields_out_of_bounds_or_unknown_are_refused(payload: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        decode_record(msgspec.json.encode(payload), ContentType.JSON)


def test_a_rate_no_device_has_is_refused() -> None:
    with pytest.raises(ValidationError, match="rate_hz"):
        decode_record(msgspec.msgpack.encode(msgspec.structs.replace(RECORDS[1], rate_hz=1e-300)))


@pytest.mark.parametrize("field", ["outbox_records", "outbox_bytes", "inference_count", "t_ms"])
def test_numbers_beyond_what_both_encodings_hold_are_refused(field: str) -> None:
    report = json.loads(encode_record(RECORDS[4], ContentType.JSON)) | {field: 10**30}
    with pytest.raises(ValidationError):
        decode_record(json.dumps(report).encode(), ContentType.JSON)


@BOTH
def test_an_acknowledgement_comes_back_as_it_went(kind: ContentType) -> None:
    ack = Ack(
        epoch="k3f9a2xy-events", stored=[(1, 5), (7, 7)], quarantined=[Quarantined(seq=6, reason="why")]
    )
    assert decode_ack(encode_ack(ack, kind), kind) == ack


def test_content_type_defaults_to_messagepack_and_refuses_others() -> None:
    assert content_type(None) is content_type("") is ContentType.MSGPACK
    assert content_type("application/json") is ContentType.JSON
    with pytest.raises(EnvelopeError, match="text/plain"):
        content_type("text/plain")


def test_the_published_schema_is_the_programs_and_accepts_what_it_sends() -> None:
    published = json.loads((Path(__file__).parents[4] / "docs" / "wire.schema.json").read_text())
    assert published == wire_schema()
    sent = encode_batch(
        batch([encode_record(record, ContentType.JSON) for record in RECORDS]), ContentType.JSON
    )
    jsonschema.validate(json.loads(sent), published)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(sent) | {"first_seq": 0}, published)


def test_every_kind_states_its_unit_range_and_source() -> None:
    for key, kind in OBSERVATION_KINDS.items():
        low, high = kind.plausible
        assert key == kind.key
        assert low < high
        assert kind.resolution > 0
        assert kind.ucum
        assert kind.source
        assert kind.is_plausible(low)
        assert kind.is_plausible(high)
        assert not kind.is_plausible(high + kind.resolution)
        assert not kind.is_plausible(low - kind.resolution)


@pytest.mark.parametrize("kind", ContentType)
def test_a_sound_batch_is_decoded_at_once_to_what_its_records_decode_to(kind: ContentType) -> None:
    sent = batch([encode_record(record, kind) for record in RECORDS])
    sound = decode_sound(encode_batch(sent, kind), kind)
    assert sound is not None
    assert sound.records == RECORDS
    assert (sound.v, sound.epoch, sound.first_seq, sound.boot_id, sound.clock, sound.made) == (
        *(sent.v, sent.epoch, sent.first_seq, sent.boot_id, sent.clock, sent.made),
    )


@pytest.mark.parametrize("kind", ContentType)
def test_a_batch_with_anything_amiss_is_not_sound(kind: ContentType) -> None:
    good = encode_record(RECORDS[0], kind)
    encode = msgspec.json.encode if kind is ContentType.JSON else msgspec.msgpack.encode
    unknown_kind = encode(msgspec.structs.replace(RECORDS[0], kind="mood"))
    unlike = encode({"type": "mood"})
    for poison in (unknown_kind, unlike):
        assert decode_sound(encode_batch(batch([good, poison]), kind), kind) is None
    assert decode_sound(encode_batch(msgspec.structs.replace(batch([good]), v=2), kind), kind) is None
    assert decode_sound(encode_batch(batch([good]), kind)[:-1], kind) is None


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_value_that_is_no_number_is_found_wherever_it_stands(value: float) -> None:
    for at in range(3):
        values = [1e308, 1e308, 1e308]  # their sum is infinite, they are not
        check(ObservationRun(device="strap-1", kind="heart_rate", t_ms=[1, 2, 3], value=values))
        values[at] = value
        with pytest.raises(ValidationError, match="NaN or infinite"):
            check(ObservationRun(device="strap-1", kind="heart_rate", t_ms=[1, 2, 3], value=values))
    both = [float("inf"), -float("inf")]
    with pytest.raises(ValidationError, match="NaN or infinite"):
        check(ObservationRun(device="strap-1", kind="heart_rate", t_ms=[1, 2], value=both))
