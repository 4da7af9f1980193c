import numpy as np
import pytest

from firmware_sim.signal_streamer import SignalStreamer
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
from vitals.gatt.signal_stream import SignalFrame
from vitals.gatt.signals import Signal

ECG = SignalSettings(signal=Signal.ECG, rate_hz=130, resolution=1000)
MOVEMENT = SignalSettings(signal=Signal.ACCELERATION, rate_hz=50, resolution=500)
OTHER = SignalSettings(signal=Signal.ECG, rate_hz=500, resolution=1000)
START, STOP = Start(settings=ECG), Stop(signal=Signal.ECG)


def streamer_of(*offered: SignalSettings) -> SignalStreamer:
    return SignalStreamer(offered or (ECG, MOVEMENT))


@pytest.mark.parametrize(
    ("requests", "answer"),
    [
        ([GetSettings()], Response(request_opcode=1, status=Status.SUCCESS, settings=(ECG, MOVEMENT))),
        ([START], Response(request_opcode=2, status=Status.SUCCESS, settings=(ECG,))),
        ([Start(settings=OTHER)], Response(request_opcode=2, status=Status.INVALID_PARAMETER)),
        ([START] * 2, Response(request_opcode=2, status=Status.ALREADY_STREAMING)),
        (
            [START, Start(settings=MOVEMENT)],
            Response(request_opcode=2, status=Status.SUCCESS, settings=(MOVEMENT,)),
        ),
        ([STOP], Response(request_opcode=3, status=Status.NOT_STREAMING)),
        ([Stop(signal=Signal.PPG)], Response(request_opcode=3, status=Status.INVALID_PARAMETER)),
        ([START, STOP], Response(request_opcode=3, status=Status.SUCCESS)),
    ],
)
def test_requests_are_answered(requests: list[Message], answer: Response) -> None:
    streamer = streamer_of()

    answers = [streamer.answer(encode(request), subscribed=True, max_octets=100) for request in requests]

    assert answers[-1] == answer


def test_signals_start_and_stop_one_by_one() -> None:
    streamer = streamer_of()

    for request in (START, Start(settings=MOVEMENT), STOP):
        streamer.answer(encode(request), subscribed=True, max_octets=100)

    assert streamer.running == {Signal.ACCELERATION}


def test_nothing_starts_while_nobody_listens() -> None:
    streamer = streamer_of()

    answer = streamer.answer(encode(START), subscribed=False, max_octets=100)

    assert answer.status is Status.NOT_SUBSCRIBED
    assert not streamer.running


def test_a_signal_whose_sample_fits_no_packet_does_not_start() -> None:
    streamer = streamer_of()

    answers = [
        streamer.answer(encode(request), subscribed=True, max_octets=20)
        for request in (Start(settings=MOVEMENT), START)
    ]

    assert [answer.status for answer in answers] == [Status.INVALID_PARAMETER, Status.SUCCESS]


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
    assert streamer_of().answer(request_octets, subscribed=True, max_octets=100).status is status


def frames_of(
    streamer: SignalStreamer, settings: SignalSettings, counts: np.ndarray, *, max_octets: int
) -> list[SignalFrame]:
    """Stream `(n, channels)` counts, 100 of each channel at a time."""
    return [
        frame
        for start in range(0, len(counts), 100)
        for frame in streamer.frames(
            settings,
            counts[start : start + 100].T.tolist(),
            timestamp_us=round(start / settings.rate_hz * 1e6),
            max_octets=max_octets,
        )
    ]


@pytest.mark.parametrize("max_octets", [30, 100, 514])
@pytest.mark.parametrize(("settings", "channels"), [(ECG, 1), (MOVEMENT, 3)])
def test_frames_carry_every_sample_in_order(settings: SignalSettings, channels: int, max_octets: int) -> None:
    counts = np.random.default_rng(2).integers(-500, 500, (400, channels))

    frames = frames_of(streamer_of(), settings, counts, max_octets=max_octets)

    assert max(len(signal_stream.encode(frame)) for frame in frames) <= max_octets
    assert [frame.sequence for frame in frames] == list(range(len(frames)))
    for channel in range(channels):
        received = [count for frame in frames for count in frame.channels[channel]]
        assert received == counts[:, channel].tolist()
    first_sample = [round(frame.timestamp_us * settings.rate_hz / 1e6) for frame in frames]
    assert first_sample == np.cumsum([0, *(frame.length for frame in frames)])[:-1].tolist()


def test_each_signal_has_its_own_counter_which_only_a_reboot_clears() -> None:
    streamer, counts = streamer_of(), np.zeros((100, 1), dtype=int)
    frames_of(streamer, ECG, counts, max_octets=100)
    streamer.halt()

    movement = frames_of(streamer, MOVEMENT, np.zeros((100, 3), dtype=int), max_octets=100)
    later = frames_of(streamer, ECG, counts, max_octets=100)
    streamer.reboot()
    anew = frames_of(streamer, ECG, counts, max_octets=100)

    assert [frames[0].sequence for frames in (movement, later, anew)] == [0, 1, 0]
