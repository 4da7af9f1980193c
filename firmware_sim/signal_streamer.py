"""The streaming service's server side: a control point's answers, and samples cut into frames."""

from collections.abc import Iterator, Sequence
from typing import Final

from vitals.errors import DecodeError
from vitals.gatt import signal_control_point as control
from vitals.gatt.signal_control_point import SignalSettings, Status
from vitals.gatt.signal_stream import SignalFrame, frame_capacity, split_samples
from vitals.gatt.signals import Signal

__all__ = ["SignalStreamer"]


class SignalStreamer:
    """Streams to one central at a time; frame counters go on from one connection to the next."""

    def __init__(self, offered: Sequence[SignalSettings]) -> None:
        self._offered = tuple(offered)
        self._running: dict[Signal, SignalSettings] = {}
        self._sequences = dict.fromkeys((settings.signal for settings in offered), 0)

    @property
    def running(self) -> frozenset[Signal]:
        """Which signals somebody asked for."""
        return frozenset(self._running)

    def answer(self, request: bytes, *, subscribed: bool, max_octets: int) -> control.Response:
        """Obey a request written to the control point.

        `subscribed`: somebody listens to Signal Data; `max_octets` is what a notification to them holds.
        """
        opcode = request[0] if request else 0
        try:
            message = control.decode(request)
        except DecodeError:
            known = opcode in {control.Opcode.GET_SETTINGS, control.Opcode.START, control.Opcode.STOP}
            return _refusal(opcode, Status.INVALID_PARAMETER if known else Status.UNKNOWN_OPCODE)
        match message:
            case control.GetSettings():
                return _success(opcode, *self._offered)
            case control.Start(settings=settings):
                return self._start(settings, subscribed=subscribed, max_octets=max_octets)
            case control.Stop(signal=signal):
                return self._stop(signal)
            case control.Response():
                return _refusal(opcode, Status.UNKNOWN_OPCODE)

    def halt(self) -> None:
        """Stop all signals, as at the end of a connection."""
        self._running.clear()

    def reboot(self) -> None:
        """Stop all signals and count frames from nothing."""
        self.halt()
        self._sequences = dict.fromkeys(self._sequences, 0)

    def frames(
        self,
        settings: SignalSettings,
        channels: Sequence[Sequence[int]],
        *,
        timestamp_us: int,
        max_octets: int,
    ) -> Iterator[SignalFrame]:
        """Cut the counts of each channel into frames of at most `max_octets`."""
        for frame in split_samples(
            channels,
            signal=settings.signal,
            sequence=self._sequences[settings.signal],
            timestamp_us=timestamp_us,
            rate_hz=settings.rate_hz,
            resolution=settings.resolution,
            max_octets=max_octets,
        ):
            self._sequences[settings.signal] = (frame.sequence + 1) % _SEQUENCES
            yield frame

    def _start(self, settings: SignalSettings, *, subscribed: bool, max_octets: int) -> control.Response:
        if settings not in self._offered or not _fits(settings.signal, max_octets):
            return _refusal(control.Opcode.START, Status.INVALID_PARAMETER)
        if not subscribed:
            return _refusal(control.Opcode.START, Status.NOT_SUBSCRIBED)
        if settings.signal in self._running:
            return _refusal(control.Opcode.START, Status.ALREADY_STREAMING)
        self._running[settings.signal] = settings
        return _success(control.Opcode.START, settings)

    def _stop(self, signal: Signal) -> control.Response:
        if signal not in self._sequences:
            return _refusal(control.Opcode.STOP, Status.INVALID_PARAMETER)
        if self._running.pop(signal, None) is None:
            return _refusal(control.Opcode.STOP, Status.NOT_STREAMING)
        return _success(control.Opcode.STOP)


_SEQUENCES: Final = 1 << 16


def _fits(signal: Signal, max_octets: int) -> bool:
    """Tell whether a notification holds one sample of each channel."""
    try:
        return frame_capacity(signal, max_octets, 0) > 0
    except ValueError:
        return False


def _success(opcode: int, *settings: SignalSettings) -> control.Response:
    return control.Response(request_opcode=opcode, status=Status.SUCCESS, settings=settings)


def _refusal(opcode: int, status: Status) -> control.Response:
    return control.Response(request_opcode=opcode, status=status)
