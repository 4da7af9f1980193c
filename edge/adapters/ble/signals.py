"""Starts and stops a wearable's signals over the control point of the streaming service."""

from collections.abc import Callable
from typing import Final

from edge.adapters.ble.exchange import Exchange
from edge.link.profiles import SignalWish
from vitals.errors import DeviceError
from vitals.gatt import signal_control_point as control

__all__ = ["start_signals", "stop_signals"]

_GRANTED: Final = {control.Status.SUCCESS, control.Status.ALREADY_STREAMING}


async def start_signals(exchange: Exchange, wishes: tuple[SignalWish, ...], *, device: str) -> None:
    """Start each signal at the rate on offer that is nearest to the one wished for.

    Raises
    ------
    DeviceError
        The wearable does not offer one, or refuses.
    BleakError, TimeoutError, OSError, EOFError
        The radio failed.
    """
    offered = (await _request(exchange, control.GetSettings(), device=device)).settings
    for wish in wishes:
        chosen = _nearest(wish, offered)
        if chosen is None:
            raise DeviceError(f"{device} offers no {wish.signal.name}: update its firmware")
        await _request(exchange, control.Start(settings=chosen), device=device)


async def stop_signals(exchange: Exchange, wishes: tuple[SignalWish, ...], *, device: str) -> None:
    """Stop each signal; raises as starting does."""
    for wish in wishes:
        await _request(exchange, control.Stop(signal=wish.signal), device=device)


def _nearest(wish: SignalWish, offered: tuple[control.SignalSettings, ...]) -> control.SignalSettings | None:
    """Return the nearest rate on offer, at its finest resolution."""
    rows = (row for row in offered if row.signal is wish.signal)
    return min(rows, key=lambda row: (abs(row.rate_hz - wish.rate_hz), row.resolution), default=None)


async def _request(exchange: Exchange, message: control.Message, *, device: str) -> control.Response:
    value = control.encode(message)
    answer = await exchange.ask(value, _response_to(value[0]))
    if answer.status not in _GRANTED:
        request, refusal = type(message).__name__, answer.status.name
        raise DeviceError(f"{device} answers {request} with {refusal}: it is connected anew")
    return answer


def _response_to(opcode: int) -> Callable[[bytes], control.Response | None]:
    def answer(value: bytes) -> control.Response | None:
        message = control.decode(value)
        is_it = isinstance(message, control.Response) and message.request_opcode == opcode
        return message if is_it and isinstance(message, control.Response) else None

    return answer
