"""The streaming service's server side for an ECG: a control point's answers, and samples cut into frames."""

from collections.abc import Iterator

from firmware_sim.heart import HeartSegment
from vitals.errors import DecodeError
from vitals.gatt import signal_control_point as control
from vitals.gatt import signal_stream
from vitals.gatt.signals import Signal

__all__ = ["EcgStreamer"]


class EcgStreamer:
    """Streams to one central at a time; the frame counter goes on from one connection to the next."""

    def __init__(self, settings: control.SignalSettings) -> None:
        self.settings = settings
        self.streaming = False
        self._sequence = 0

    def answer(self, request: bytes, *, subscribed: bool) -> control.Response:
        """Obey a request written to the control point; `subscribed`: somebody listens to Signal Data."""
        opcode = request[0] if request else 0
        try:
            message = control.decode(request)
        except DecodeError:
            known = opcode in {control.Opcode.GET_SETTINGS, control.Opcode.START, control.Opcode.STOP}
            return _refusal(opcode, _MALFORMED if known else control.Status.UNKNOWN_OPCODE)
        match message:
            case control.GetSettings():
                return _success(opcode, self.settings)
            case control.Start(settings=settings):
                return self._start(settings, subscribed=subscribed)
            case control.Stop(signal=signal):
                return self._stop(signal)
            case control.Response():
                return _refusal(opcode, control.Status.UNKNOWN_OPCODE)

    def frames(self, segment: HeartSegment, *, max_octets: int) -> Iterator[bytes]:
        """Cut a segment into frames of at most `max_octets`, stamped with the device's own clock."""
        resolution_nv, rate_hz = self.settings.resolution, self.settings.rate_hz
        counts = (segment.ecg_mv * (_NV_PER_MV / resolution_nv)).round().astype(int).tolist()
        for frame in signal_stream.split_samples(
            [counts],
            signal=Signal.ECG,
            sequence=self._sequence,
            timestamp_us=(segment.start * _US_PER_S + rate_hz // 2) // rate_hz,
            rate_hz=rate_hz,
            resolution=resolution_nv,
            max_octets=max_octets,
        ):
            self._sequence = (frame.sequence + 1) % _SEQUENCES
            yield signal_stream.encode(frame)

    def _start(self, settings: control.SignalSettings, *, subscribed: bool) -> control.Response:
        if settings != self.settings:
            return _refusal(control.Opcode.START, control.Status.INVALID_PARAMETER)
        if not subscribed:
            return _refusal(control.Opcode.START, control.Status.NOT_SUBSCRIBED)
        if self.streaming:
            return _refusal(control.Opcode.START, control.Status.ALREADY_STREAMING)
        self.streaming = True
        return _success(control.Opcode.START, self.settings)

    def _stop(self, signal: Signal) -> control.Response:
        if signal is not self.settings.signal:
            return _refusal(control.Opcode.STOP, control.Status.INVALID_PARAMETER)
        if not self.streaming:
            return _refusal(control.Opcode.STOP, control.Status.NOT_STREAMING)
        self.streaming = False
        return _success(control.Opcode.STOP)


_NV_PER_MV = 1_000_000
_US_PER_S = 1_000_000
_SEQUENCES = 1 << 16
_MALFORMED = control.Status.INVALID_PARAMETER


def _success(opcode: int, *settings: control.SignalSettings) -> control.Response:
    return control.Response(request_opcode=opcode, status=control.Status.SUCCESS, settings=settings)


def _refusal(opcode: int, status: control.Status) -> control.Response:
    return control.Response(request_opcode=opcode, status=status)
