"""Signal Control Point of Carewire's streaming service: requests are written, responses indicated.

| message      | opcode | parameters, in this order                                             |
|--------------|--------|-----------------------------------------------------------------------|
| Get Settings | 0x01   | none                                                                  |
| Start        | 0x02   | Settings                                                              |
| Stop         | 0x03   | Signal (uint8)                                                        |
| Response     | 0xF0   | Request Opcode, Status, Settings Count (uint8 each), so many Settings |

Settings are five octets: Signal (uint8: 1 ECG, 2 PPG, 3 acceleration), Rate (uint16, samples a second) and
Resolution (uint16, units a count as `signals.SIGNALS` says: nV, 1, micro-g), neither of the last two 0. A
successful response carries all settings of all signals on offer to Get Settings, the one in force to Start
and none to Stop; an unsuccessful one carries none. Everything is little-endian. Signals are started and
stopped one by one and stream side by side. A central enables indications here and notifications of Signal
Data before it writes Start. Three settings fit the smallest ATT_MTU (23).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from vitals.gatt.octets import Octets, fitting
from vitals.gatt.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "Signal Control Point"


class Opcode(IntEnum):
    """The first octet of every message."""

    GET_SETTINGS = 0x01
    START = 0x02
    STOP = 0x03
    RESPONSE = 0xF0


class Status(IntEnum):
    """How a request ended."""

    SUCCESS = 0x00
    UNKNOWN_OPCODE = 0x01
    INVALID_PARAMETER = 0x02
    ALREADY_STREAMING = 0x03
    NOT_STREAMING = 0x04
    NOT_SUBSCRIBED = 0x05


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalSettings:
    """A way to sample a signal that the device offers."""

    signal: Signal
    rate_hz: int
    resolution: int
    """What one count is, in the signal's `resolution_unit`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetSettings:
    """Ask which settings of which signals the device offers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Ask for a signal to be streamed with one of the settings on offer."""

    settings: SignalSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Ask for a signal's stream to end."""

    signal: Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The device's answer; `request_opcode` is a plain number because it echoes unknown ones too."""

    request_opcode: int
    status: Status
    settings: tuple[SignalSettings, ...] = ()


Message = GetSettings | Start | Stop | Response


def decode(value: bytes) -> Message:
    """Decode a written request or an indicated response; the opcode tells which."""
    octets = Octets(NAME, value)
    opcode = octets.uint(1, "Opcode")
    if opcode not in _DECODERS:
        octets.reject(f"a known opcode and not 0x{opcode:02x}")
    message = _DECODERS[opcode](octets)
    octets.finish()
    return message


def encode(message: Message) -> bytes:
    """Encode a request or a response; raise `ValueError` for a number too large for its field."""
    match message:
        case GetSettings():
            return bytes([Opcode.GET_SETTINGS])
        case Start(settings=settings):
            return bytes([Opcode.START]) + _encode_settings(settings)
        case Stop(signal=signal):
            return bytes([Opcode.STOP, signal])
        case Response(request_opcode=request_opcode, status=status, settings=offered):
            fitting(request_opcode, 8, "Request Opcode")
            fitting(len(offered), 8, "Settings Count")
            header = bytes([Opcode.RESPONSE, request_opcode, status, len(offered)])
            return header + b"".join(map(_encode_settings, offered))


def _encode_settings(settings: SignalSettings) -> bytes:
    rate_hz = fitting(settings.rate_hz, 16, "Rate", low=1)
    resolution = fitting(settings.resolution, 16, "Resolution", low=1)
    return bytes([settings.signal]) + rate_hz.to_bytes(2, "little") + resolution.to_bytes(2, "little")


def _decode_settings(octets: Octets) -> SignalSettings:
    return SignalSettings(
        signal=octets.member(Signal, "Signal"),
        rate_hz=octets.positive(2, "Rate"),
        resolution=octets.positive(2, "Resolution"),
    )


def _decode_response(octets: Octets) -> Response:
    request_opcode = octets.uint(1, "Request Opcode")
    status = octets.member(Status, "Status")
    count = octets.uint(1, "Settings Count")
    settings = tuple(_decode_settings(octets) for _ in range(count))
    return Response(request_opcode=request_opcode, status=status, settings=settings)


_DECODERS: dict[int, Callable[[Octets], Message]] = {
    Opcode.GET_SETTINGS: lambda _: GetSettings(),
    Opcode.START: lambda octets: Start(settings=_decode_settings(octets)),
    Opcode.STOP: lambda octets: Stop(signal=octets.member(Signal, "Signal")),
    Opcode.RESPONSE: _decode_response,
}
