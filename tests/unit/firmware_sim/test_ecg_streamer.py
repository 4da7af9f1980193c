import numpy as np
import pytest

from firmware_sim.ecg_streamer import EcgStreamer
from firmware_sim.heart import HeartSegment
from vitals.gatt import signal_stream
from vitals.gatt.signal_control_point import (
    GetSettings,
    Message,
    Opcode,
    Response,
    SignalSettings,
    Start,
    Status,
    Stop,
    encode,
)
from vitals.gatt.signals import Signal

SETTINGS = SignalSettings(signal=Signal.ECG, rate_hz=130, resolution=1000)
STOP = Stop(signal=Signal.ECG)
OTHER = SignalSettings(signal=Signal.ECG, rate_hz=500, resolution=1000)


def segment(start: int, ecg_mv: np.ndarray) -> HeartSegment:
    return HeartSegment(start=start, ecg_mv=ecg_mv, beats=())


@pytest.mark.parametrize(
    ("requests", "answer"),
    [
        ([GetSettings()], Response(request_opcode=1, status=Status.SUCCESS, settings=(SETTINGS,))),
        ([Start(settings=SETTINGS)], Response(request_opcode=2, status=Status.SUCCESS, settings=(SETTINGS,))),
        ([Start(settings=OTHER)], Response(request_opcode=2, status=Status.INVALID_PARAMETER)),
        ([Start(settings=SETTINGS)] * 2, Response(request_opcode=2, status=Status.ALREADY_STREAMING)),
        ([STOP], Response(request_opcode=3, status=Status.NOT_STREAMING)),
        ([Stop(signal=Signal.PPG)], Response(request_opcode=3, status=Status.INVALID_PARAMETER)),
        ([Start(settings=SETTINGS), STOP], Response(request_opcode=3, status=Status.SUCCESS)),
    ],
)
def test_requests_are_answered(requests: list[Message], answer: Response) -> None:
    streamer = EcgStreamer(SETTINGS)

    answers = [streamer.answer(encode(request), subscribed=True) for request in requests]

    assert answers[-1] == answer


def test_nothing_starts_while_nobody_listens() -> None:
    streamer = EcgStreamer(SETTINGS)

    answer = streamer.answer(encode(Start(settings=SETTINGS)), subscribed=False)

    assert answer.status is Status.NOT_SUBSCRIBED
    assert not streamer.streaming


@pytest.mark.parametrize(
    ("request_octets", "status"),
    [
        (b"", Status.UNKNOWN_OPCODE),
        (b"\x77", Status.UNKNOWN_OPCODE),
        (b"\x02\x82", Status.INVALID_PARAMETER),
        (bytes([Opcode.RESPONSE, 1, 0, 0]), Status.UNKNOWN_OPCODE),
    ],
)
def test_malformed_requests_are_refused_politely(request_octets: bytes, status: Status) -> None:
    assert EcgStreamer(SETTINGS).answer(request_octets, subscribed=True).status is status


@pytest.mark.parametrize("max_octets", [20, 100, 514])
def test_frames_carry_every_sample_in_order(max_octets: int) -> None:
    ecg_mv = np.random.default_rng(2).normal(0, 0.5, 400).round(3)
    streamer = EcgStreamer(SETTINGS)

    values = [
        value
        for start in range(0, 400, 100)
        for value in streamer.frames(segment(start, ecg_mv[start : start + 100]), max_octets=max_octets)
    ]
    frames = [signal_stream.decode(value) for value in values]

    assert max(map(len, values)) <= max_octets
    assert [frame.sequence for frame in frames] == list(range(len(frames)))
    samples_mv = np.array([sample for frame in frames for sample in frame.values[0]])
    assert samples_mv == pytest.approx(ecg_mv, abs=0.0005)
    first_sample = [round(frame.timestamp_us * 130 / 1e6) for frame in frames]
    counted = np.cumsum([0, *(frame.length for frame in frames)])[:-1]
    assert first_sample == counted.tolist()
