"""The signal control point beyond its vectors."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitals.errors import DecodeError
from vitals.gatt.signal_control_point import (
    GetSettings,
    Message,
    Response,
    SignalSettings,
    Start,
    Status,
    Stop,
    decode,
    encode,
)
from vitals.gatt.signals import Signal

uint16 = st.integers(1, 0xFFFF)
any_signal = st.sampled_from(Signal)
any_settings = st.builds(SignalSettings, signal=any_signal, rate_hz=uint16, resolution=uint16)
messages = st.one_of(
    st.builds(GetSettings),
    st.builds(Start, settings=any_settings),
    st.builds(Stop, signal=any_signal),
    st.builds(
        Response,
        request_opcode=st.integers(0, 255),
        status=st.sampled_from(Status),
        settings=st.lists(any_settings, max_size=8).map(tuple),
    ),
)


@given(message=messages)
@settings(deadline=None)
def test_a_message_comes_back_as_it_was(message: Message) -> None:
    assert decode(encode(message)) == message


def test_an_unknown_opcode_is_named_so_that_a_device_can_answer_it() -> None:
    with pytest.raises(DecodeError, match="0x09"):
        decode(b"\x09")


OFFERED = SignalSettings(signal=Signal.ECG, rate_hz=250, resolution=1000)


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (Start(settings=replace(OFFERED, rate_hz=0)), "Rate"),
        (Start(settings=replace(OFFERED, rate_hz=0x10000)), "Rate"),
        (Start(settings=replace(OFFERED, resolution=0)), "Resolution"),
        (Response(request_opcode=256, status=Status.SUCCESS), "Request Opcode"),
        (Response(request_opcode=1, status=Status.SUCCESS, settings=(OFFERED,) * 256), "Settings Count"),
    ],
)
def test_a_number_too_large_for_its_field_is_refused_by_name(message: Message, field: str) -> None:
    with pytest.raises(ValueError, match=field):
        encode(message)
