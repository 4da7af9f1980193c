"""Commands survive both encodings; whatever is none is refused, and by its id where that can be read."""

import contextlib
import json
from pathlib import Path

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.releases import signed
from vitals.errors import EnvelopeError
from vitals.wire.command import (
    BODIES,
    MAX_COMMAND_BYTES,
    PART_BYTES,
    AlertAcknowledged,
    ApplyRelease,
    Command,
    FetchModel,
    ForgetDevice,
    Identify,
    ModelPart,
    NobodyReached,
    SilenceAlarm,
    UploadWaveform,
    decode_command,
    encode_command,
    id_of,
)
from vitals.wire.envelope import ContentType

EXAMPLES = {
    "upload-waveform": UploadWaveform(device="c0-01", kind="ecg", from_ms=1_000, to_ms=61_000),
    "fetch-model": FetchModel(release=signed(3)),
    "model-part": ModelPart(sha256="a" * 64, offset=PART_BYTES, data="QUJD"),
    "apply-release": ApplyRelease(release=signed(3)),
    "silence-alarm": SilenceAlarm(until_ms=9_000, event_id="episode-1"),
    "alert-acknowledged": AlertAcknowledged(event_id="episode-1"),
    "identify": Identify(seconds=5),
    "nobody-reached": NobodyReached(for_s=900, priority="high"),
    "forget-device": ForgetDevice(device="c0-01", from_ms=0, to_ms=61_000),
}
BOTH = pytest.mark.parametrize("kind", list(ContentType))


def command(name: str = "identify", **changes: object) -> Command:
    fields: dict[str, object] = {
        "id": "0123456789abcdef",
        "name": name,
        "issued_ms": 1_000,
        "expires_ms": 61_000,
        "body": msgspec.to_builtins(EXAMPLES[name]),
    }
    return Command(**(fields | changes))  # type: ignore[arg-type] # a test's variations


def test_there_is_an_example_of_every_command() -> None:
    assert EXAMPLES.keys() == BODIES.keys()


@BOTH
@pytest.mark.parametrize("name", BODIES)
def test_every_command_comes_back_as_it_went_and_so_does_its_body(name: str, kind: ContentType) -> None:
    got = decode_command(encode_command(command(name), kind), kind)
    assert got == command(name)
    assert msgspec.convert(got.body, BODIES[name]) == EXAMPLES[name]


@BOTH
@given(payload=st.binary(max_size=200))
def test_arbitrary_bytes_are_read_or_refused_and_nothing_else(kind: ContentType, payload: bytes) -> None:
    with contextlib.suppress(EnvelopeError):
        decode_command(payload, kind)
    id_of(payload, kind)


@BOTH
def test_deep_nesting_is_refused(kind: ContentType) -> None:
    bomb = b"[" * 60_000 if kind is ContentType.JSON else b"\x91" * 60_000
    with pytest.raises(EnvelopeError):
        decode_command(bomb, kind)
    assert id_of(bomb, kind) is None


@BOTH
def test_another_version_is_refused_and_says_which_side_to_update(kind: ContentType) -> None:
    with pytest.raises(EnvelopeError, match=r"version 2 .* update the older"):
        decode_command(encode_command(command(v=2), kind), kind)


@BOTH
def test_a_command_without_its_times_is_refused_by_its_id(kind: ContentType) -> None:
    encode = msgspec.json.encode if kind is ContentType.JSON else msgspec.msgpack.encode
    poison = encode({"id": "0123456789abcdef", "name": "identify"})
    with pytest.raises(EnvelopeError, match="issued_ms"):
        decode_command(poison, kind)
    assert id_of(poison, kind) == ("0123456789abcdef", "identify")


def test_what_has_no_legal_id_cannot_even_be_refused() -> None:
    assert id_of(msgspec.msgpack.encode({"id": "A\n", "name": "identify"})) is None


def test_a_command_too_large_is_neither_sent_nor_read() -> None:
    large = command(body={"toml": "#" * MAX_COMMAND_BYTES})
    with pytest.raises(EnvelopeError, match="at most"):
        encode_command(large)
    payload = msgspec.msgpack.encode(large)
    with pytest.raises(EnvelopeError, match="at most"):
        decode_command(payload)
    assert id_of(payload) is None


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"release": {"document": "{}", "key": "a" * 64}}, ApplyRelease),
        ({"release": {"document": "{}", "key": "A" * 64, "signature": ""}}, ApplyRelease),
        ({"sha256": "a" * 64 + "\n", "offset": 0, "data": ""}, ModelPart),
        ({"sha256": "a" * 64, "offset": -1, "data": ""}, ModelPart),
        ({"sha256": "a" * 64, "offset": 0, "data": "A" * 60_000}, ModelPart),
        ({"seconds": 61}, Identify),
        ({"seconds": 5, "loudly": True}, Identify),
        ({"event_id": "short"}, AlertAcknowledged),
    ],
)
def test_a_body_outside_its_contract_is_refused(
    body: dict[str, object], kind: type[ApplyRelease | ModelPart | Identify | AlertAcknowledged]
) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(body, kind)


def test_the_published_schema_describes_commands_too() -> None:
    published = json.loads((Path(__file__).parents[4] / "docs" / "wire.schema.json").read_text())
    schema = {"$ref": "#/$defs/Command", "$defs": published["$defs"]}
    jsonschema.validate(json.loads(encode_command(command(), ContentType.JSON)), schema)
    for name, kind in BODIES.items():
        body = {"$ref": f"#/$defs/{kind.__name__}", "$defs": published["$defs"]}
        jsonschema.validate(msgspec.to_builtins(EXAMPLES[name]), body)
