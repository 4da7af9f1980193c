"""Is there a Bluetooth adapter, switched on, and may this user use it: asked of BlueZ over D-Bus."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from dbus_fast import BusType, Message, MessageType
from dbus_fast.aio import MessageBus

from edge.doctor.finding import Case, Finding, Verdict

__all__ = ["check_bluetooth"]

_ADAPTER: Final = "org.bluez.Adapter1"
_RFKILL: Final = Path("/sys/class/rfkill")
_ADVICE: Final = (
    ("ServiceUnknown", "bluetoothd does not run", "apt install bluez; systemctl enable --now bluetooth"),
    ("NameHasNoOwner", "bluetoothd does not run", "apt install bluez; systemctl enable --now bluetooth"),
    ("AccessDenied", "this user may not use Bluetooth", "add it to the group bluetooth, then log in again"),
)


class _RefusedError(Exception):
    """D-Bus answered with an error of this name."""


def check_bluetooth(case: Case) -> list[Finding]:
    """Ask for the adapters, but not for longer than `limit_s`."""
    try:
        adapters = asyncio.run(asyncio.wait_for(_adapters(), case.limit_s))
    except TimeoutError:
        return [_row(Verdict.FAIL, "BlueZ does not answer", "systemctl restart bluetooth")]
    except _RefusedError as error:
        return [_refused(str(error))]
    except (OSError, EOFError, ValueError) as error:
        return [_row(Verdict.FAIL, f"no system message bus ({error})", "apt install dbus, and start it")]
    return [judge_adapters(adapters, case.settings.radio.adapter, is_blocked=_is_blocked())]


def judge_adapters(adapters: Mapping[str, bool], wanted: str | None, *, is_blocked: bool) -> Finding:
    """Return what is to be said of adapters by name, each with whether it is switched on."""
    if not adapters:
        return _row(Verdict.FAIL, "there is no adapter", "plug one in, or enable the one on the board")
    name = wanted or min(adapters)
    if name not in adapters:
        there = ", ".join(sorted(adapters))
        return _row(Verdict.FAIL, f"there is no {name}, but {there}", "correct radio.adapter in the settings")
    if not adapters[name]:
        remedy = "rfkill unblock bluetooth" if is_blocked else f"bluetoothctl power on; is {name} well"
        return _row(Verdict.FAIL, f"{name} is switched off", remedy)
    return _row(Verdict.OK, f"{name} is there and switched on")


async def _adapters() -> dict[str, bool]:
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    try:
        answer = await bus.call(
            Message(
                destination="org.bluez",
                path="/",
                interface="org.freedesktop.DBus.ObjectManager",
                member="GetManagedObjects",
            )
        )
    finally:
        bus.disconnect()
    if answer is None or answer.message_type is MessageType.ERROR:
        raise _RefusedError(answer.error_name if answer is not None else "no answer")
    objects: dict[str, dict[str, dict[str, Any]]] = answer.body[0]
    return {
        path.rsplit("/", 1)[1]: bool(interfaces[_ADAPTER]["Powered"].value)
        for path, interfaces in objects.items()
        if _ADAPTER in interfaces
    }


def _refused(name: str) -> Finding:
    for part, says, remedy in _ADVICE:
        if part in name:
            return _row(Verdict.FAIL, says, remedy)
    return _row(Verdict.FAIL, f"BlueZ refuses ({name})", "see journalctl -u bluetooth")


def _is_blocked(root: Path = _RFKILL) -> bool:
    """Tell whether the kernel keeps a Bluetooth radio off, by a switch or by a command."""
    return any(
        (switch / "type").read_text(encoding="ascii").strip() == "bluetooth"
        and "1" in {(switch / name).read_text(encoding="ascii").strip() for name in ("soft", "hard")}
        for switch in root.glob("rfkill*")
    )


def _row(verdict: Verdict, says: str, remedy: str = "") -> Finding:
    return Finding(check="bluetooth", verdict=verdict, says=says, remedy=remedy)
